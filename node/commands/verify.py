"""`cur verify`: go through what must not have been tampered with, and say what does not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

from node.bootstrap import Node
from node.commands.opening import Config, err, opened, out
from node.domain.errors import Fault, Invalid
from node.domain.journal_chain import Break, Flaw, Head, Walk, heads_in
from node.store import append_only, journal

app = typer.Typer(help="Проверить, что записанное не подменили.", no_args_is_help=True)

SHOWN_EVERY = 500  # entries between two looks of the progress bar


@app.callback()
def chosen() -> None:
    """Without it Typer would take the one command for the whole of `verify`."""


@app.command("journal")
def verify_journal(
    against: Annotated[
        Path | None,
        typer.Option(help="Файл, где раньше записали голову журнала (номер:хеш в строке)."),
    ] = None,
    head: Annotated[
        list[str] | None, typer.Option(help="Записанная голова номер:хеш; можно несколько раз.")
    ] = None,
    config: Config = None,
) -> None:
    """Пройти журнал по цепочке; код 1 – не сходится, и сказано, с какой записи."""
    given = [*_given(head or ()), *(_read(against) if against else ())]
    with opened(config) as node:
        noted = [*given, *_kept_here(node)]
        walk, found = _walk(node, noted)
        with node.reading() as session:
            unguarded = append_only.missing(session, journal.TABLE.name)
    if found is not None:
        err.print(f"[bold red]Журнал не сходится:[/] {_words(found)}")
    else:
        out.print(f"Сходятся все записи: {walk.head.entries}. Голова журнала: {walk.head}")
    if noted and found is None:
        out.print(f"Сверено с записанными раньше: {len(noted)}.")
    if not noted:
        out.print(
            "Отрезанный конец по самой цепочке не виден: запишите голову вне узла и в следующий "
            "раз сверьте, --head или --against."
        )
    if unguarded:
        err.print(
            "[bold red]Таблицу journal сейчас можно изменить:[/] нет триггеров "
            f"{', '.join(unguarded)}. Кто-то снял их; верните базу к схеме программы."
        )
    if found is not None or unguarded:
        raise typer.Exit(1)


def _walk(node: Node, noted: list[Head]) -> tuple[Walk, Break | None]:
    walk = Walk(noted)
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    with (
        node.reading() as session,
        Progress(*columns, console=err, transient=True) as progress,
    ):
        task = progress.add_task("Журнал", total=journal.newest(session).entries)
        for entry in journal.entries(session):
            if (found := walk.step(entry)) is not None:
                return walk, found
            if entry.id % SHOWN_EVERY == 0:
                progress.update(task, completed=entry.id)
        progress.update(task, completed=walk.head.entries)
    return walk, walk.end()


def _words(found: Break) -> str:
    last = (found.until or 0) - 1
    which = f"записи {found.id}" if last <= found.id else f"записей {found.id}–{last}"
    match found.flaw:
        case Flaw.GAP:
            return f"нет {which}: их удалили."
        case Flaw.CUT:
            return f"нет {which}, а раньше они были: конец отрезали или базу взяли из копии."
        case Flaw.HEAD:
            return (
                f"запись {found.id} не та, что была записана раньше под этим номером: цепочку до "
                "неё вычислили заново или базу взяли из копии и продолжили."
            )
        case Flaw.UNREADABLE:
            return f"запись {found.id} не читается: её изменили мимо программы."
        case Flaw.HASH:
            return (
                f"запись {found.id}: хеш не следует из её содержания и хеша предыдущей. Изменили "
                "её, вставили её или подменили предыдущую вместе с хешем."
            )


def _given(texts: list[str] | tuple[str, ...]) -> list[Head]:
    heads = heads_in(texts)
    if len(heads) != len(texts):
        raise Invalid(Fault("--head", "нужен вид номер:хеш, как его печатает cur verify journal"))
    return heads


def _read(file: Path) -> list[Head]:
    try:
        heads = heads_in(file.read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(Fault("--against", f"файл {file} не читается: {error}")) from error
    if not heads:
        raise Invalid(Fault("--against", f"в файле {file} нет ни одной строки вида номер:хеш"))
    return heads


def _kept_here(node: Node) -> list[Head]:
    """What the job `note_journal` has noted beside the database; nothing before its first run."""
    file = node.settings.journal_heads
    return heads_in(file.read_text(encoding="utf-8").splitlines()) if file.exists() else []
