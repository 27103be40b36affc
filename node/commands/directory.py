"""`cur directory`: sign the directory at the top, and see anywhere which one is in force."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from rich.markup import escape

from federation.ledger import State
from federation.schemas.directory import KEY
from federation.statement import StatementId
from node.actions.publish_directory import NotStartedYet, publish_directory
from node.bootstrap import Node
from node.domain.directory import Directory, Unit
from node.domain.directory_changes import DirectoryChanges, UnitChange, changes
from node.domain.rights import unlimited
from node.jobs.exchange import turn_to_the_directory
from node.store import directories
from node.store.directories import InForce, Refused
from node.store.ledger import SqlLedger
from node.web.locale import russian
from node.web.locale.delivery_words import why_refused

if TYPE_CHECKING:
    from rich.console import Console

MOST_LINES = 40  # of differences: whoever changed more than that knows it without a list
FIELDS = {
    "tier": "уровень",
    "parent": "вышестоящая единица",
    "name": "название",
    "name_en": "название по-английски",
    "lat": "широта",
    "lon": "долгота",
    "population": "население",
    "timezone": "часовой пояс",
    "opened_on": "центр открыт",
    "closed_on": "центр закрыт",
    "node_from": "узел с",
    "node_until": "узел до",
    "curator": "куратор",
}


def publish(node: Node, out: Console) -> None:
    """Sign what the files say; the nodes below take it over as they call."""
    if not node.has_keys:
        raise NotStartedYet
    now = node.clock()
    before = node.rulebook.directory
    with node.transaction() as session:
        published = publish_directory(
            session,
            node.files,
            me=node.code,
            signer=node.signing,
            actor=unlimited("cur", node.code),
            now=now,
        )
    node.refresh()
    if published.sealed:
        turn_to_the_directory(node)
    version = _version(published.statement.epoch, published.statement.rev)
    if not published.sealed:
        out.print(f"Справочник не изменился: действует версия {version}.")
        return
    out.print(
        f"Справочник подписан: версия {version}, "
        f"{russian.counted(len(node.rulebook.directory), 'единица', 'единицы', 'единиц')}. "
        "Узлы ниже получат его при ближайшем обмене."
    )
    for line in in_words(changes(before, node.rulebook.directory), node.rulebook.directory):
        out.print(f"  {escape(line)}")


def show(node: Node, out: Console) -> None:
    """Which directory is in force, how many units it has, and what the files say otherwise."""
    found = node.in_force
    with node.reading() as session:
        refused = directories.last_refused(session)
        told = SqlLedger(session).deliveries([StatementId(node.code, directories.TYPE, KEY)])
    _print_source(node, found, refused, out)
    _print_tiers(node, out)
    if told:
        has = sum(row.result is State.STORED for row in told)
        out.print(f"получили         {has} из {len(told)} узлов непосредственно ниже")
        for row in told:
            if row.result is State.QUARANTINED:
                out.print(f"  {row.peer} не принял: {escape(why_refused(row.code))}")
    _print_differences(node, found, out)


def in_words(found: DirectoryChanges, directory: Directory) -> Iterator[str]:
    """One line a difference, at most MOST_LINES of them."""
    lines = [
        *(f"+ {_named(unit)}, под {directory.name(unit.parent or '')}" for unit in found.added),
        *(f"– {_named(unit)}: больше нет" for unit in found.removed),
        *(_changed(one) for one in found.changed),
    ]
    yield from lines[:MOST_LINES]
    if len(lines) > MOST_LINES:
        yield f"… и ещё {russian.number(len(lines) - MOST_LINES)}"


def _print_source(node: Node, found: InForce, refused: Refused | None, out: Console) -> None:
    if found.signed is None:
        out.print("справочник       из файлов этого узла; подписанного здесь ещё нет")
        if node.rulebook.directory.parent(node.code) is None:
            out.print("Подписать и разослать: [bold]cur directory publish[/]")
        else:
            out.print("Подписанный придёт сверху сам, когда верхний узел его разошлёт.")
    else:
        signed = found.signed
        out.print(
            f"справочник       подписан узлом {signed.origin} "
            f"{russian.moment(signed.made_at, node.zone)}, "
            f"версия {_version(signed.version.epoch, signed.version.rev)}"
        )
        if signed.origin != node.code:
            out.print(f"получен          {russian.moment(signed.received_at, node.zone)}")
    if found.fault is not None:
        out.print(
            "[yellow]Внимание:[/] самый новый справочник этому узлу не подходит, действует "
            f"предыдущий: {escape(found.fault)}"
        )
    if refused is not None:
        out.print(
            f"[yellow]Внимание:[/] справочник, полученный "
            f"{russian.moment(refused.received_at, node.zone)}, не принят: "
            f"{escape(why_refused(refused.code))}"
        )


def _print_tiers(node: Node, out: Console) -> None:
    rulebook = node.rulebook
    out.print(f"единиц           {russian.number(len(rulebook.directory))}")
    counted = Counter(unit.tier for unit in rulebook.directory.units)
    for code, policy in rulebook.tiers.items():
        expected = rulebook.expected.get(code)
        if not counted[code] and expected is None:
            continue
        line = f"  {policy.name:<28} {counted[code]:>6}"
        if expected is not None:
            line += f" из {expected} ожидаемых"
        if expected not in (None, counted[code]):
            line = f"[yellow]{line}[/]"
        out.print(line)


def _print_differences(node: Node, found: InForce, out: Console) -> None:
    if found.signed is None:
        return
    files = node.files.directory
    if found.signed.origin == node.code:
        lines = list(in_words(changes(node.rulebook.directory, files), files))
        if lines:
            out.print("В файлах иначе; чтобы это вступило в силу: [bold]cur directory publish[/]")
    else:
        lines = list(in_words(changes(files, node.rulebook.directory), node.rulebook.directory))
        if lines:
            out.print("Подписанный отличается от файлов этого узла (действует подписанный):")
    for line in lines:
        out.print(f"  {escape(line)}")
    if found.kept_out and found.signed.origin != node.code:
        out.print(
            "[yellow]Внимание:[/] единицы из файла этого узла, которых нет в подписанном "
            f"справочнике, не действуют: {', '.join(found.kept_out)}. Сводку с неизвестной выше "
            "территорией там отклонили бы целиком. Попросите верхний узел внести их."
        )


def _changed(one: UnitChange) -> str:
    return f"{_named(one.unit)}: {FIELDS[one.field]} {_value(one.before)} → {_value(one.after)}"


def _named(unit: Unit) -> str:
    return f"{unit.name} ({unit.code})"


def _value(value: object) -> str:
    if value in (None, ""):
        return "не указано"
    if isinstance(value, date):
        return russian.day(value)
    return f"«{value}»" if isinstance(value, str) else russian.number(float(str(value)), 4)


def _version(epoch: int, rev: int) -> str:
    return f"{epoch}.{rev}"
