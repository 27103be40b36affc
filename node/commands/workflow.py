"""`cur workflow`: the picture of states and moves as a file; the table itself asks for no node."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape

from node.domain.errors import Fault, Invalid
from node.domain.issue import MOVES, State
from node.domain.workflow_diagram import workflow_svg


def write_picture(path: Path, out: Console) -> None:
    """Write the SVG and say where it is. Invalid when the file cannot be written."""
    try:
        path.write_text(workflow_svg(), encoding="utf-8")
    except OSError as error:
        raise Invalid(Fault("--out", f"не записать сюда: {error.strerror}")) from error
    out.print(f"{escape(str(path))}: состояний {len(State)}, ходов {len(MOVES)}.")
