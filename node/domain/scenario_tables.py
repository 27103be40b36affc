"""A scenario's files as values: scenario.toml and the rows of facts.csv, readings.csv, news.csv.

Which files those were, and in what line a row stood, is added by whoever opens them
(`node/commands/scenario_files.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from node.domain.directive import (
    Condition,
    Milestone,
    MilestoneKind,
    Rank,
    Reading,
    RiskKind,
    RiskRule,
    Rollup,
)
from node.domain.new_directive import TIER, NewDirective
from node.domain.scenario import (
    Draft,
    Fact,
    InvalidScenario,
    Known,
    Measure,
    Rebuilt,
    Said,
    last_day_of,
    percent_of,
)
from node.domain.table import Table

FACT_COLUMNS = ("directive", "unit", "as_of", "what", "value", "source")
READING_COLUMNS = ("directive", "unit", "as_of", "milestone", "percent", "value")
NEWS_COLUMNS = ("directive", "as_of", "measure", "value", "source")

Word = TypeVar("Word", bound=StrEnum)
Row = Mapping[str, str]
"""A line of a CSV file by column, every value stripped."""


def heading(values: Mapping[str, object]) -> tuple[str, str, tuple[Draft, ...]]:
    """Title, a sentence on it, and the directives of scenario.toml. InvalidTable names the key."""
    table = Table(values)
    read = (
        table.text("title"),
        table.text("about"),
        tuple(_draft(one) for one in table.tables("directives")),
    )
    table.close()
    return read


def fact(row: Row) -> Fact:
    """A row of facts.csv. InvalidScenario says what is wrong with it."""
    read = Fact(
        row["directive"],
        row["unit"],
        day(row["as_of"]),
        _word(Known, row["what"]),
        row["value"],
        row["source"],
    )
    if not read.source:
        raise InvalidScenario("a fact without a source is none")
    match read.what:
        case Known.READINESS:
            percent_of(read.value)
        case Known.PLANNED_ON:
            last_day_of(read.value)
        case Known.OPENED if read.value:
            raise InvalidScenario("an opening has no value: its day says it all")
    return read


def rebuilt(row: Row) -> Rebuilt:
    """A row of readings.csv: always a reconstruction, there is no other kind in that file."""
    reading = Reading(
        row["milestone"],
        day(row["as_of"]),
        percent_of(row["percent"]),
        value=row["value"] or None,
        reconstructed=True,
    )
    return Rebuilt(row["directive"], row["unit"], reading)


def said(row: Row) -> Said:
    """A row of news.csv."""
    measure = _word(Measure, row["measure"])
    value = row["value"]
    if not row["source"]:
        raise InvalidScenario("news without a source are none")
    if measure is Measure.ALL_COMPLETE:
        if value:
            raise InvalidScenario(f"{measure} has no value")
    elif measure is Measure.RISK_ZONE:
        if not value.split():
            raise InvalidScenario(f"{measure} names units, with blanks between them")
    elif not value.isdecimal():
        raise InvalidScenario(f"{measure}: {value!r} is not a number of units")
    is_number = measure not in (Measure.ALL_COMPLETE, Measure.RISK_ZONE)
    return Said(
        row["directive"],
        day(row["as_of"]),
        measure,
        int(value) if is_number else None,
        frozenset() if is_number else frozenset(value.split()),
        row["source"],
    )


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidScenario(f"{text!r} is not a day like 2020-10-27") from error


def _word(words: type[Word], text: str) -> Word:
    try:
        return words(text)
    except ValueError as error:
        raise InvalidScenario(f"{text!r} is none of {', '.join(words)}") from error


def _draft(table: Table) -> Draft:
    rules = tuple(_rule(one) for one in table.tables("risk_rules"))
    new = NewDirective(
        title=table.text("title"),
        basis=table.text("basis"),
        issued_on=_day(table, "issued_on"),
        deadline=_day(table, "deadline"),
        addressed=TIER,
        tier=table.text("tier"),
        coordinator=table.text("coordinator"),
        coordinator_name=table.text("coordinator_name"),
        responsible=table.texts("responsible"),
        co_executors=table.texts("co_executors"),
        milestones=tuple(_milestone(one) for one in table.tables("milestones")),
        rollup=Rollup(table.choice("roll_up", Rollup.MEAN, tuple(Rollup))),
        # Without rules of its own a directive goes by the shipped ones.
        risk_rules=rules or None,
        note=table.optional_text("note"),
    )
    draft = Draft(
        table.text("id"),
        new,
        known_since=_day(table, "known_since"),
        known_why=table.text("known_why"),
    )
    table.close()
    return draft


def _milestone(table: Table) -> Milestone:
    kind = MilestoneKind(table.choice("kind", MilestoneKind.PROGRESS, tuple(MilestoneKind)))
    ranks = tuple(_rank(one) for one in table.tables("scale"))
    at_least = table.optional_text("at_least")
    if bool(ranks) != (at_least is not None):
        raise table.refusal("at_least", "and scale go together")
    read = Milestone(
        code=table.text("code"),
        title=table.text("title"),
        weight=table.whole("weight", 0, least=1),
        kind=kind,
        condition=Condition(ranks, at_least) if at_least is not None else None,
    )
    table.close()
    return read


def _rank(table: Table) -> Rank:
    rank = Rank(table.text("code"), table.text("title"))
    table.close()
    return rank


def _rule(table: Table) -> RiskRule:
    percent = table.optional_text("percent")
    rule = RiskRule(
        kind=RiskKind(table.choice("rule", "", tuple(RiskKind))),
        percent=None if percent is None else percent_of(percent),
        days=table.optional_whole("days", least=1),
        weeks=table.optional_whole("weeks", least=1),
    )
    table.close()
    return rule


def _day(table: Table, key: str) -> date:
    try:
        return day(table.text(key))
    except InvalidScenario as error:
        raise table.refusal(key, f": {error}") from error
