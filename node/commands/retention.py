"""`cur retention`: show what the terms would erase now, erase it, hold something back."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from node.actions import hold_issue
from node.actions.apply_retention import Toll, count_due
from node.bootstrap import Node
from node.commands.opening import Config, err, opened, out
from node.domain.errors import Fault, Invalid
from node.domain.local_day import day_of
from node.domain.rights import unlimited
from node.jobs import apply_retention
from node.store import legal_holds
from node.web.locale import retention_words, russian

app = typer.Typer(help="Сроки хранения: удалить, чей срок вышел, или показать, что уйдёт.")

BATCH = 500


@app.callback(invoke_without_command=True)
def retention(
    context: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Показать, что ушло бы сейчас, и ничего не трогать.")
    ] = False,
    run: Annotated[bool, typer.Option("--run", help="Удалить и обезличить сейчас.")] = False,
    config: Config = None,
) -> None:
    if context.invoked_subcommand is not None:
        return
    if dry_run == run:
        raise Invalid(Fault("retention", "выберите одно: --dry-run (показать) или --run (удалить)"))
    with opened(config) as node:
        toll = apply_retention.run_out(node) if run else _counted(node)
        if run:
            node.scrub()
        _tell(node, toll, done=run)
        held = _held_back(node)
        if held:
            out.print(f"Под запретом удаления: {held}; их список – cur retention holds.")
        days = node.rulebook.retention.longest.days
        out.print(
            f"Самый долгий срок по правилам: {days} дн. Жителям обещано: "
            f"«{node.settings.operator.term}» (настройка operator.term)."
        )


@app.command()
def hold(
    number: Annotated[str, typer.Argument(help="Номер обращения или проблемы.")],
    reason: Annotated[str, typer.Option(help="Почему: суд, проверка, спор. Без личных данных.")],
    config: Config = None,
) -> None:
    """Запретить удаление по сроку и по запросу, пока запрет не снят."""
    with opened(config) as node, node.transaction() as session:
        issue = hold_issue.hold_issue(
            session,
            unit=node.code,
            number=number,
            reason=reason,
            actor=unlimited("cur", node.code),
            now=node.clock(),
        )
    out.print(f"Удаление запрещено: {issue}.")


@app.command()
def release(
    number: Annotated[str, typer.Argument(help="Номер обращения или проблемы.")],
    config: Config = None,
) -> None:
    """Снять запрет удаления."""
    with opened(config) as node, node.transaction() as session:
        issue = hold_issue.release_issue(
            session,
            unit=node.code,
            number=number,
            actor=unlimited("cur", node.code),
            now=node.clock(),
        )
    out.print(f"Запрет снят: {issue}.")


@app.command("holds")
def show_holds(config: Config = None) -> None:
    """Показать запреты удаления."""
    with opened(config) as node:
        with node.reading() as session:
            found = legal_holds.listed(session)
        for number, one in found:
            since = russian.day(day_of(one.at, node.zone))
            out.print(f"{number}  с {since}  {one.actor}: {one.reason}", markup=False)
    if not found:
        err.print("Запретов удаления нет.")


def _counted(node: Node) -> Toll:
    """In one look: nothing is written."""
    toll, now, last = Toll(), node.clock(), 0
    with node.reading() as session:
        while True:
            reached = count_due(session, node.rulebook, toll, after=last, limit=BATCH, now=now)
            if reached is None:
                return toll
            last = reached


def _tell(node: Node, toll: Toll, *, done: bool) -> None:
    if not toll.lines:
        out.print("По срокам хранения сейчас удалять нечего.")
        return
    table = Table(title="Удалено и обезличено" if done else "Ушло бы сейчас (ничего не изменено)")
    for name in ("Правило", "Что", "Как", "Номеров", "Штук", "Самое давнее завершено"):
        table.add_column(name, justify="right" if name in ("Номеров", "Штук") else "left")
    for line in toll.lines:
        table.add_row(
            node.rulebook.retention.named(line.rule),
            retention_words.DATA[line.data],
            retention_words.FATES[line.fate],
            str(line.numbers),
            str(line.items),
            russian.day(day_of(line.oldest, node.zone)),
        )
    out.print(table)


def _held_back(node: Node) -> int:
    with node.reading() as session:
        return len(legal_holds.listed(session))
