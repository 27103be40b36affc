"""Another directory than the shipped one, as an administrator of the top would write it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from node.bootstrap import Node
from node.domain.directory import Directory, Unit


def changed(
    directory: Directory,
    *,
    added: Collection[Unit] = (),
    without: Collection[str] = (),
    **units: dict[str, Any],
) -> Directory:
    """The directory with some units changed; `RU_MUR` stands for the code RU-MUR."""
    changes = {code.replace("_", "-"): values for code, values in units.items()}
    return Directory(
        [
            *(
                replace(unit, **changes.get(unit.code, {}))
                for unit in directory.units
                if unit.code not in without
            ),
            *added,
        ]
    )


def enter(node: Node, **changes: Any) -> None:
    """Into the files of a node, as if it had been started on them. Nothing is signed by that."""
    node.files = replace(node.files, directory=changed(node.files.directory, **changes))
