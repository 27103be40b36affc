"""`cur pack`: the meeting pack of a directive as two files, XLSX and PDF."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from node.actions.directive_check import NoSuchDirective
from node.bootstrap import Node
from node.dashboards.meeting_pack.print import NoTypesetter, as_pdf
from node.dashboards.meeting_pack.sheet import as_xlsx
from node.dashboards.meeting_pack.words import caution, file_name
from node.domain.errors import Fault, Invalid
from node.domain.new_directive import quoted
from node.domain.rights import unlimited
from node.store.directives import listed
from node.web.pages.directive_view import View
from node.web.pages.meeting_pack import pack_of

MOST_NAMED = 10  # directives, the newest, where the one asked for is not there


def make_files(
    node: Node,
    directive: str,
    folder: Path,
    out: Console,
    err: Console,
    *,
    as_of: date | None,
    since: date | None,
) -> None:
    """Write both files into `folder` and say where they are.

    A node without the extra `pdf` still writes the XLSX, and is told how to get the other.
    """
    now = node.clock()
    view = View(as_of=as_of.isoformat() if as_of else "", since=since.isoformat() if since else "")
    try:
        pack = pack_of(node, unlimited("cur pack", node.code), directive, view, now=now)
    except NoSuchDirective:
        raise NoSuchDirective(_what_there_is(node, directive)) from None
    if since is not None and pack.since != since:
        raise Invalid(Fault("--since", f"должна быть не позже дня данных, {pack.as_of:%d.%m.%Y}"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fault = f"папку {folder} не создать: {error.strerror}. Назовите другую"
        raise Invalid(Fault("--out", fault)) from error
    out.print(f"Данные на {pack.as_of:%d.%m.%Y}, сравнение с {pack.since:%d.%m.%Y}.")
    if said := caution(pack):
        out.print(escape(said))
    _write(folder / file_name(pack, "xlsx"), as_xlsx(pack, made_at=now), out)
    try:
        _write(folder / file_name(pack, "pdf"), as_pdf(pack, made_at=now), out)
    except NoTypesetter as error:
        err.print(f"[yellow]Внимание:[/] {escape(error.message)}")


def _what_there_is(node: Node, wanted: str) -> str:
    with node.reading() as session:
        held = [one.directive.id for one in listed(session)[:MOST_NAMED]]
    there = f"есть: {', '.join(held)}" if held else "на этом узле нет ни одного"
    return f"Поручения {quoted(wanted)} нет; {there}."


def _write(path: Path, content: bytes, out: Console) -> None:
    path.write_bytes(content)
    out.print(f"{escape(str(path))}  {len(content) // 1024} КБ")
