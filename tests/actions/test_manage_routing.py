"""Routing rules kept by people: a draft, its publishing, the return to older rules, dry runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from node.actions.decide_route import decide_route, record_route
from node.actions.manage_routing import (
    AlreadyInForce,
    DraftChanged,
    NoDraft,
    NoSuchVersion,
    begin_routing_draft,
    discard_routing_draft,
    publish_routing,
    return_to_routing,
)
from node.domain.errors import Invalid
from node.domain.people import NewGrant
from node.domain.rights import Actor, NoRight
from node.domain.routing import Case, RuleSet
from node.store import issues, journal, routings
from node.store.journal import JournalEntry
from node.store.session import Database
from tests.support.appeals import NOW, TOWN, UNIT, submitted, the_rulebook
from tests.support.routing_sets import (
    ADMIN,
    PITS,
    ROADS,
    WATER,
    an_actor,
    in_force,
    published,
    returned,
    saved,
)

# --- Draft and publishing -------------------------------------------------------------------------


def test_a_draft_begins_with_the_rules_in_force_and_decides_nothing(database: Database) -> None:
    with database.transaction() as session:
        begun = begin_routing_draft(session, the_rulebook(), unit=UNIT, actor=ADMIN, now=NOW)
        assert begun.rules.rules == the_rulebook().routing.rules
        assert (begun.rules.version, begun.revision) == (None, 1)
        again = begin_routing_draft(session, the_rulebook(), unit=UNIT, actor=ADMIN, now=NOW)
        assert again.id == begun.id
        assert in_force(session).version == 0


def test_a_published_draft_is_in_force_under_the_next_version(database: Database) -> None:
    with database.transaction() as session:
        first = published(session, WATER, note="Вода – водоканалу")
        assert (first.version, first.note, first.published_by) == (1, "Вода – водоканалу", "test")
        assert in_force(session) == RuleSet((WATER,), None, 1)
        assert routings.draft(session) is None
        second = published(session, WATER, ROADS)
        assert second.version == 2
        assert in_force(session) == RuleSet((WATER, ROADS), None, 2)
        states = {one.version: one.state for one in routings.history(session, limit=9)}
        assert states == {1: "retired", 2: "published"}
        entry = journal.last_of(session, "routing")
        assert entry is not None
        assert (entry.action, entry.details["version"]) == ("routing_published", 2)
        assert entry.details["sha256"] == second.sha256


def test_the_decision_follows_the_set_in_force(database: Database) -> None:
    case = Case(topic="roads.pits", territory=TOWN, channel="api")
    with database.transaction() as session:
        assert decide_route(session, the_rulebook(), case=case).executor == "road_directorate"
        published(session, ROADS)
        decision = decide_route(session, the_rulebook(), case=case)
        assert (decision.executor, decision.agency) == ("road_service", "road_directorate")
        assert (decision.rule, decision.version) == ("roads", 1)
        issue = issues.by_number(session, submitted(session).issue_number)
        assert issue is not None
        record_route(session, issue.id, decision, NOW)
        assert routings.hits(session, since=NOW).rules == {"roads": 1}


def test_whoever_was_second_is_told_and_nothing_is_overwritten(database: Database) -> None:
    with database.transaction() as session:
        draft = saved(session, WATER)
        saved(session, WATER, ROADS, revision=1)
        for revision in (None, 1, 3):
            with pytest.raises(DraftChanged) as refusal:
                saved(session, ROADS, revision=revision)
            assert refusal.value.extra["revision"] == 2
        with pytest.raises(DraftChanged):
            publish_routing(
                *(session, the_rulebook()),
                unit=UNIT,
                revision=1,
                note=None,
                actor=ADMIN,
                now=NOW,
            )
        with pytest.raises(DraftChanged):
            discard_routing_draft(session, unit=UNIT, revision=1, actor=ADMIN, now=NOW)
        session.refresh(draft)
        assert draft.rules.rules == (WATER, ROADS)
        discard_routing_draft(session, unit=UNIT, revision=2, actor=ADMIN, now=NOW)
        assert routings.draft(session) is None
        with pytest.raises(DraftChanged, match="больше нет"):
            saved(session, ROADS, revision=2)


def test_rules_that_could_not_work_are_not_published(database: Database) -> None:
    with database.transaction() as session:
        with pytest.raises(Invalid) as refusal:
            saved(session, replace(WATER, executor="voda"))
        assert [fault.field for fault in refusal.value.faults] == ["rules.0.executor"]
        with pytest.raises(Invalid) as refusal:
            saved(session, WATER, note="н" * 1001)
        assert [fault.field for fault in refusal.value.faults] == ["note"]
        # A draft may be half done: it is kept, and refused only when it is to be published.
        with pytest.raises(Invalid) as refusal:
            published(session, ROADS, PITS)
        assert [fault.field for fault in refusal.value.faults] == ["rules.1.name"]
        assert in_force(session).version == 0
        draft = routings.draft(session)
        assert draft is not None
        assert draft.rules.rules == (ROADS, PITS)


def test_publishing_what_is_in_force_already_says_so(database: Database) -> None:
    with database.transaction() as session:
        with pytest.raises(NoDraft):
            publish_routing(
                session, the_rulebook(), unit=UNIT, revision=1, note=None, actor=ADMIN, now=NOW
            )
        with pytest.raises(AlreadyInForce):
            published(session, *the_rulebook().routing.rules)
        discard_routing_draft(session, unit=UNIT, revision=1, actor=ADMIN, now=NOW)
        published(session, WATER)
        with pytest.raises(AlreadyInForce):
            published(session, WATER)


# --- Back to older rules --------------------------------------------------------------------------


def test_an_older_set_is_published_again_as_the_next_version(database: Database) -> None:
    with database.transaction() as session:
        published(session, WATER)
        published(session, ROADS)
        made = returned(session, 1)
        assert made is not None
        assert (made.version, made.again) == (3, 1)
        assert in_force(session) == RuleSet((WATER,), None, 3)
        assert returned(session, 0) is None
        assert in_force(session) == the_rulebook().routing
        entry = journal.last_of(session, "routing")
        assert entry is not None
        assert entry.action == "routing_retired"
        # What was withdrawn can be brought back, too.
        made = returned(session, 2)
        assert made is not None
        assert in_force(session) == RuleSet((ROADS,), None, 4)


def test_there_is_no_way_back_to_what_never_was(database: Database) -> None:
    with database.transaction() as session:
        with pytest.raises(AlreadyInForce):
            returned(session, 0)
        for version in (1, -1):
            with pytest.raises(NoSuchVersion):
                returned(session, version)
        published(session, WATER)
        with pytest.raises(AlreadyInForce):
            returned(session, 1)


def test_an_old_set_whose_executor_is_gone_is_refused_by_rule(database: Database) -> None:
    with database.transaction() as session:
        published(session, WATER)
        published(session, ROADS)
        old = routings.by_version(session, 1)
        assert old is not None
        old.body = old.body.replace("water_utility", "dissolved")
        session.flush()
        with pytest.raises(Invalid) as refusal:
            returned(session, 1)
        assert [fault.field for fault in refusal.value.faults] == ["rules.0.executor"]


# --- Who may --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "grant",
    [
        NewGrant("coordinator", TOWN),
        NewGrant("coordinator", UNIT, sectors=("roads",)),
        NewGrant("coordinator", UNIT, agencies=("road_directorate",)),
        NewGrant("administrator", UNIT),
        NewGrant("moderator", UNIT),
    ],
    ids=str,
)
@pytest.mark.parametrize(
    "attempt",
    [
        lambda session, actor: begin_routing_draft(
            session, the_rulebook(), unit=UNIT, actor=actor, now=NOW
        ),
        lambda session, actor: saved(session, WATER, actor=actor),
        lambda session, actor: discard_routing_draft(
            session, unit=UNIT, revision=1, actor=actor, now=NOW
        ),
        lambda session, actor: publish_routing(
            session, the_rulebook(), unit=UNIT, revision=1, note=None, actor=actor, now=NOW
        ),
        lambda session, actor: return_to_routing(
            session, the_rulebook(), unit=UNIT, version=0, actor=actor, now=NOW
        ),
    ],
    ids=["begin", "save", "discard", "publish", "return"],
)
def test_rules_are_for_whoever_coordinates_the_whole_node(
    database: Database, grant: NewGrant, attempt: Callable[[Session, Actor], Any]
) -> None:
    if not database.is_sqlite:
        pytest.skip("the refusal comes before any query")
    with database.transaction() as session, pytest.raises(NoRight):
        attempt(session, an_actor(grant))


def test_a_coordinator_of_the_whole_node_may(database: Database) -> None:
    with database.transaction() as session:
        coordinator = an_actor(NewGrant("coordinator", UNIT))
        assert saved(session, WATER, actor=coordinator).made_by == "somebody"
        written = session.scalars(select(JournalEntry.action)).all()
        assert written == ["routing_draft_saved"]
