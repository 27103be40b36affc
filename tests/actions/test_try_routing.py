"""Routing rules tried before they are published: one case, one issue, the issues of a month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from node.actions.manage_routing import (
    NoDraft,
)
from node.actions.move_issue import NoSuchIssue
from node.actions.try_routing import compare_routing, try_routing, try_routing_of_issue
from node.domain.errors import Invalid
from node.domain.people import NewGrant
from node.domain.rights import Actor, NoRight
from node.domain.routing import Basis, Case
from node.domain.routing_trial import checked_case
from node.domain.word_condition import Words
from node.store.session import Database
from tests.support.appeals import NOW, TOWN, UNIT, submitted, the_rulebook
from tests.support.routing import a_rule
from tests.support.routing_sets import (
    ADMIN,
    PITS,
    ROADS,
    WATER,
    an_actor,
    published,
    saved,
)

A_CASE = Case(topic="utilities.roof", territory=TOWN, channel="vk", text="Нужен капремонт крыши")


def tried(session: Session, case: Case, *, by_draft: bool = False, actor: Actor = ADMIN) -> Any:
    return try_routing(
        session, the_rulebook(), unit=UNIT, case=case, by_draft=by_draft, actor=actor
    )


def tried_issue(session: Session, number: str, *, actor: Actor = ADMIN) -> Any:
    return try_routing_of_issue(
        session, the_rulebook(), unit=UNIT, number=number, by_draft=False, actor=actor
    )


def compared(session: Session, *, actor: Actor = ADMIN, **over: Any) -> Any:
    values: dict[str, Any] = {"before": None, "out_of_time": lambda: False} | over
    return compare_routing(
        session,
        the_rulebook(),
        unit=UNIT,
        since=NOW - timedelta(days=30),
        actor=actor,
        **values,
    )


def test_a_made_up_case_is_tried_by_the_rules_in_force_or_by_the_draft(database: Database) -> None:
    with database.transaction() as session:
        trial = tried(session, A_CASE)
        assert (trial.decision.executor, trial.decision.rule) == (
            "capital_repair_fund",
            "capital_repair",
        )
        with pytest.raises(NoDraft):
            tried(session, A_CASE, by_draft=True)
        saved(session, WATER)
        trial = tried(session, A_CASE, by_draft=True)
        assert (trial.decision.executor, trial.decision.basis) == (
            "housing_inspection",
            Basis.TOPIC,
        )


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"topic": "utilities"}, "topic"),
        ({"territory": "RU-KGD"}, "territory"),
        ({"channel": "В К"}, "channel"),
        ({"kind": "letter"}, "kind"),
        ({"urgency": "soon"}, "urgency"),
        ({"text": "х" * 10_001}, "text"),
        ({"text": "\0"}, "text"),
        ({"address": "\ud800"}, "address"),
        ({"lat": 1.0}, "lon"),
        ({"lat": float("nan"), "lon": 1.0}, "lat"),
        ({"lat": 1.0, "lon": 181.0}, "lon"),
        ({"complained_of": "nobody"}, "complained_of"),
    ],
)
def test_a_case_that_cannot_be_is_refused_by_field(values: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        checked_case(replace(A_CASE, **values), the_rulebook(), UNIT)
    assert [fault.field for fault in refusal.value.faults] == [field]


def test_an_issue_is_tried_as_it_is_and_only_by_who_sees_it(database: Database) -> None:
    with database.transaction() as session:
        number = submitted(session, topic="utilities.roof", text="Капремонт").issue_number
        closed = submitted(session, topic="health.queues").issue_number
        trial = tried_issue(session, number)
        assert (trial.decision.rule, trial.number) == ("capital_repair", number)
        coordinator = an_actor(NewGrant("coordinator", UNIT))
        assert tried_issue(session, number, actor=coordinator).number == number
        for unseen in (closed, "RU-MUR-P26-999999", "\0", "x" * 500):
            with pytest.raises(NoSuchIssue):
                tried_issue(session, unseen, actor=coordinator)


def test_a_comparison_names_what_publishing_would_change(database: Database) -> None:
    with database.transaction() as session:
        published(session, ROADS)
        moved = [submitted(session, topic="roads.pits").issue_number for _ in range(3)]
        submitted(session, topic="roads.snow")
        submitted(session, topic="education.meals")
        submitted(session, topic="roads.pits", received_at=NOW - timedelta(days=31))
        saved(session, PITS, ROADS)
    with database.reading() as session:
        found = compared(session)
    assert (found.checked, found.total, found.changed, found.stopped_at) == (5, 5, 3, None)
    assert dict(found.pairs) == {("road_service", "amenities_service"): 3}
    assert {one.number for one in found.listed} == set(moved)
    assert {(one.before.rule, one.after.rule) for one in found.listed} == {("roads", "pits")}


def test_a_comparison_counts_only_what_the_reader_sees(database: Database) -> None:
    with database.transaction() as session:
        submitted(session, topic="health.queues")
        submitted(session, topic="roads.pits")
        saved(session, a_rule("all", "administration"))
    coordinator = an_actor(NewGrant("coordinator", UNIT))
    with database.reading() as session:
        assert (compared(session).total, compared(session, actor=coordinator).total) == (2, 1)
        assert compared(session, actor=coordinator).changed == 1


def test_a_comparison_stops_when_time_is_out_and_goes_on_from_there(database: Database) -> None:
    with database.transaction() as session:
        for _ in range(100):
            submitted(session, topic="roads.pits")
        saved(session, a_rule("all", "administration", words=Words(some=("яма",))))
    numbers: list[str] = []
    with database.reading() as session:
        first = compared(session, out_of_time=lambda: True)
        assert (first.checked, first.total) == (64, 100)
        rest = compared(session, before=first.stopped_at, out_of_time=lambda: True)
        assert (rest.checked, rest.total, rest.stopped_at) == (36, 36, None)
        numbers = [one.number for one in (*first.listed, *rest.listed)]
    assert len(set(numbers)) == 100


def test_a_comparison_asks_as_often_for_many_issues_as_for_one(database: Database) -> None:
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    def queries() -> int:
        with database.reading() as session:
            asked.clear()
            compared(session)
            return len([sql for sql in asked if not sql.startswith("BEGIN")])

    with database.transaction() as session:
        saved(session, WATER)
        submitted(session)
    one = queries()
    with database.transaction() as session:
        for _ in range(30):
            submitted(session)
    assert queries() == one == 4


@pytest.mark.parametrize(
    "attempt",
    [
        lambda session, actor: tried(session, A_CASE, actor=actor),
        lambda session, actor: tried_issue(session, "RU-MUR-P26-000001", actor=actor),
        lambda session, actor: compared(session, actor=actor),
    ],
    ids=["case", "issue", "month"],
)
@pytest.mark.parametrize(
    "grant",
    [NewGrant("coordinator", TOWN), NewGrant("moderator", UNIT), NewGrant("administrator", UNIT)],
    ids=str,
)
def test_rules_are_tried_by_who_keeps_them(
    database: Database, grant: NewGrant, attempt: Callable[[Session, Actor], Any]
) -> None:
    with database.transaction() as session, pytest.raises(NoRight):
        attempt(session, an_actor(grant))
