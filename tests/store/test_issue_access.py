"""The database shows of the issues exactly what `Access.sees` would, one by one."""

from __future__ import annotations

from typing import Any

import pytest

from node.actions.move_issue import NoSuchIssue, move_issue
from node.domain.access import Access
from node.domain.people import NewGrant
from node.domain.rights import Actor, NoRight
from node.store import work_lists
from node.store.session import Database
from node.store.work_lists import Scope, Wanted
from tests.support.appeals import NOW, TOWN, UNIT, moved, submitted, the_rulebook

TOPICS = [
    "roads.pits",
    "health.queues",
    "social.crisis",
    "education.bullying",
    "education.repairs",
    "sanitary.pests",
    None,
]
GRANTS = [
    [NewGrant("moderator", UNIT)],
    [NewGrant("moderator", TOWN)],
    [NewGrant("head", UNIT)],
    [NewGrant("moderator", UNIT, sectors=("*",))],
    [NewGrant("moderator", UNIT, sectors=("health", "unsorted"))],
    [NewGrant("executor", UNIT, agencies=("health_ministry", "social_ministry"))],
    [NewGrant("executor", TOWN, agencies=("health_ministry",), sectors=("health",))],
    [NewGrant("executor", UNIT, agencies=("utilities_ministry",))],
    [NewGrant("executor", UNIT, agencies=("water_utility", "road_directorate"))],
    [
        NewGrant("moderator", TOWN, sectors=("roads",)),
        NewGrant("executor", UNIT, sectors=("health",)),
    ],
    [NewGrant("moderator", "RU-KGD")],
]


def an_actor(*grants: NewGrant) -> Actor:
    rulebook = the_rulebook()
    return Actor(
        "somebody", "должность", rulebook.roles.permits(grants), within=rulebook.directory.is_within
    )


def some_issues(database: Database) -> None:
    classifier = the_rulebook().classifier
    known = [topic for topic in TOPICS if topic is None or classifier.accepts(topic)]
    assert len(known) >= 6
    with database.transaction() as session:
        for topic in known:
            for territory in (TOWN, UNIT):
                submitted(session, topic=topic, territory=territory)
        for executor in ("water_utility", "heat_networks", "utilities_ministry"):
            number = submitted(session, topic="utilities.cold_water").issue_number
            moved(session, number, "route", 1, executor=executor)


@pytest.mark.parametrize("grants", GRANTS, ids=str)
def test_the_list_shows_what_may_be_seen_and_nothing_else(
    database: Database, grants: list[NewGrant]
) -> None:
    some_issues(database)
    access = Access(an_actor(*grants), the_rulebook(), UNIT)
    with database.reading() as session:
        every = work_lists.page(session, Wanted(scope=Scope.ALL), limit=100)
        seen = {issue.number for issue in every if access.sees(issue)}
        paged = work_lists.page(session, Wanted(scope=Scope.ALL, shown=access.shown), limit=100)
        listed = work_lists.work_list(session, Wanted(shown=access.shown), limit=100)
        counted = work_lists.counts(session, [Wanted(shown=access.shown)], late_at=NOW)
    assert {issue.number for issue in paged} == seen
    assert {issue.number for issue in listed} == seen
    assert counted.issues == (len(seen),)


def move(session: Any, actor: Actor, number: str, name: str, **fields: str) -> None:
    move_issue(
        session,
        the_rulebook(),
        unit=UNIT,
        number=number,
        move=name,
        version=1,
        fields=fields,
        actor=actor,
        now=NOW,
    )


def test_a_move_on_a_hidden_issue_is_as_if_there_were_none(database: Database) -> None:
    actor = an_actor(NewGrant("coordinator", UNIT))
    with database.transaction() as session:
        number = submitted(session, topic="health.queues").issue_number
        with pytest.raises(NoSuchIssue):
            move(session, actor, number, "route")


def test_a_move_of_another_role_is_refused(database: Database) -> None:
    actor = an_actor(NewGrant("approver", UNIT))
    with database.transaction() as session:
        number = submitted(session, topic="roads.pits").issue_number
        with pytest.raises(NoRight):
            move(session, actor, number, "route")
        assert moved(session, number, "route", 1).version == 2
