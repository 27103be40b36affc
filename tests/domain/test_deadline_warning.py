"""Who is warned of a deadline: the people of the next step, and nobody who may not see it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from node.domain.access import Access
from node.domain.deadline_warning import NEXT_STEPS, Audience, Watcher
from node.domain.issue import MOVES, State
from node.domain.people import NewGrant
from node.domain.rights import Actor
from tests.support.appeals import ELSEWHERE, TOWN, UNIT, the_rulebook

ROADS = "road_directorate"
HEALTH = "health_ministry"


@dataclass(frozen=True)
class AnIssue:
    state: str
    topic: str = "roads.pits"
    executor: str | None = ROADS
    territory: str = TOWN


MODERATOR, COORDINATOR, EXECUTOR, OTHER, ANYWHERE, APPROVER, HEAD, ANALYST = range(1, 9)
GRANTS = {
    MODERATOR: NewGrant("moderator", UNIT),
    COORDINATOR: NewGrant("coordinator", UNIT),
    EXECUTOR: NewGrant("executor", UNIT, agencies=(ROADS,)),
    OTHER: NewGrant("executor", UNIT, agencies=(HEALTH,)),
    ANYWHERE: NewGrant("executor", UNIT),
    APPROVER: NewGrant("approver", UNIT),
    HEAD: NewGrant("head", UNIT),
}


def a_watcher(person: int, *grants: NewGrant, wants_letters: bool = True) -> Watcher:
    actor = Actor(f"p{person}", "", the_rulebook().roles.permits(grants), person=person)
    return Watcher(person, Access(actor, the_rulebook(), UNIT), wants_letters)


def everybody(*but: int) -> list[Watcher]:
    return [a_watcher(one, grant) for one, grant in GRANTS.items() if one not in but]


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("registered", MODERATOR),
        ("moderation", MODERATOR),
        ("coordination", COORDINATOR),
        ("returned", COORDINATOR),
        ("reopened", COORDINATOR),
        ("routed", EXECUTOR),
        ("approval", APPROVER),
        ("paused", None),
        ("answered", None),
        ("closed", None),
        ("rejected", None),
        ("merged", None),
    ],
)
def test_whoever_can_make_the_next_step_is_told(state: str, told: int | None) -> None:
    expected = () if told is None else (told,)
    assert Audience(everybody()).of(AnIssue(state)) == expected


def test_the_step_waited_for_is_one_the_state_allows() -> None:
    for state, step in NEXT_STEPS.items():
        assert state in MOVES[step].sources
    assert State.ROUTED in MOVES["reroute"].sources


def test_where_nobody_of_the_executor_can_be_told_coordinators_are() -> None:
    assert Audience(everybody(EXECUTOR)).of(AnIssue("routed")) == (COORDINATOR,)
    assert Audience(everybody()).of(AnIssue("routed", executor="fire_service")) == (COORDINATOR,)


def test_an_executor_who_wants_no_letters_is_not_replaced_by_coordinators() -> None:
    quiet = a_watcher(EXECUTOR, GRANTS[EXECUTOR], wants_letters=False)
    assert Audience([*everybody(EXECUTOR), quiet]).of(AnIssue("routed")) == ()


def test_a_grant_of_a_whole_agency_reaches_the_executors_below_it() -> None:
    agencies = the_rulebook().agencies
    agency, executor = next(
        (one.code, below)
        for one in agencies
        for below in sorted(agencies.with_executors([one.code]))
        if below != one.code
    )
    chief = a_watcher(20, NewGrant("executor", UNIT, agencies=(agency,)))
    audience = Audience([chief, *everybody(EXECUTOR)])
    assert audience.of(AnIssue("routed", executor=executor)) == (20,)


def test_somebody_with_a_wide_and_a_narrow_grant_is_told_through_the_narrow_one() -> None:
    both = a_watcher(20, GRANTS[ANYWHERE], GRANTS[EXECUTOR])
    assert Audience([both]).of(AnIssue("routed")) == (20,)


def test_a_closed_sector_is_told_to_its_own_people_only() -> None:
    issue = AnIssue("coordination", topic="health.queues", executor=HEALTH)
    of_health = a_watcher(20, NewGrant("coordinator", UNIT, sectors=("health",)))
    of_all = a_watcher(21, NewGrant("coordinator", UNIT, sectors=("*",)))
    assert Audience([*everybody(), of_health, of_all]).of(issue) == (20, 21)
    routed = AnIssue("routed", topic="health.queues", executor=HEALTH)
    assert Audience(everybody()).of(routed) == (OTHER,)
    # Without people of the executor: still nobody who may not see it.
    assert Audience(everybody(OTHER)).of(routed) == ()


def test_what_is_not_sorted_is_told_to_moderators_only() -> None:
    unsorted = AnIssue("registered", topic="unsorted", executor=None)
    assert Audience(everybody()).of(unsorted) == (MODERATOR,)
    assert Audience(everybody()).of(AnIssue("coordination", topic="unsorted")) == ()


def test_a_grant_elsewhere_is_told_nothing_of_here() -> None:
    away = a_watcher(20, NewGrant("moderator", ELSEWHERE), NewGrant("coordinator", ELSEWHERE))
    for state in NEXT_STEPS:
        assert Audience([away]).of(AnIssue(state)) == ()
