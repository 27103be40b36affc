"""Who may do what, where: permits, roles from their file, and what of the issues somebody sees."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from node.domain.access import EVERYTHING, Access, closed_topics
from node.domain.issue import MOVES
from node.domain.people import NewGrant
from node.domain.rights import Actor, NoRight, Right, unlimited
from node.domain.roles import EVERY_SECTOR, InvalidRoles, Roles
from node.domain.table import InvalidTable
from tests.support.appeals import ELSEWHERE, TOWN, UNIT, the_rulebook

ALL_RIGHTS = [right.value for right in Right]


@dataclass(frozen=True)
class AnIssue:
    territory: str = TOWN
    executor: str | None = "road_agency"
    topic: str = "roads.pits"
    state: str = "registered"


def an_actor(*grants: NewGrant) -> Actor:
    rulebook = the_rulebook()
    return Actor(
        "somebody",
        "должность",
        rulebook.roles.permits(grants),
        within=rulebook.directory.is_within,
    )


def access(*grants: NewGrant) -> Access:
    return Access(an_actor(*grants), the_rulebook(), UNIT)


# --- Permits --------------------------------------------------------------------------------------


def test_a_right_holds_in_its_unit_and_below_and_nowhere_else() -> None:
    actor = an_actor(NewGrant("analyst", UNIT))
    assert actor.may(Right.RANKINGS_READ, unit=UNIT)
    assert actor.may(Right.RANKINGS_READ, unit=TOWN)
    assert not actor.may(Right.RANKINGS_READ, unit=ELSEWHERE)
    assert not actor.may(Right.RANKINGS_READ, unit="SZFO")
    assert not actor.may(Right.ISSUES_READ, unit=UNIT)


def test_two_grants_do_not_lend_each_other_their_place() -> None:
    actor = an_actor(NewGrant("analyst", UNIT), NewGrant("administrator", TOWN))
    assert actor.may(Right.PEOPLE_MANAGE, unit=TOWN)
    assert not actor.may(Right.PEOPLE_MANAGE, unit=UNIT)
    assert actor.units(Right.PEOPLE_MANAGE) == (TOWN,)


def test_a_directive_is_written_by_its_own_coordinating_body_only() -> None:
    actor = an_actor(NewGrant("directive_coordinator", UNIT, bodies=("ano",)))
    assert actor.may(Right.DIRECTIVES_ISSUE, body="ano")
    with pytest.raises(NoRight):
        actor.require(Right.DIRECTIVES_ISSUE, body="ministry")


def test_a_role_that_is_gone_from_the_file_gives_nothing() -> None:
    assert an_actor(NewGrant("boss", UNIT)).permits == ()


def test_an_unlimited_actor_may_everything_everywhere() -> None:
    actor = unlimited("cur", UNIT)
    assert all(actor.may(right, unit=ELSEWHERE, agency="x", sector="y") for right in Right)
    assert Access(actor, the_rulebook(), UNIT).shown == (EVERYTHING,)


# --- Roles ----------------------------------------------------------------------------------------


def test_every_right_is_given_by_a_shipped_role() -> None:
    roles = the_rulebook().roles
    assert {right for role in roles for right in role.rights} == set(Right)
    assert [role.code for role in roles] == [
        "moderator",
        "coordinator",
        "executor",
        "approver",
        "block_owner",
        "head",
        "analyst",
        "directive_coordinator",
        "administrator",
        "data_officer",
    ]
    assert [role.code for role in roles if role.closed_sectors] == ["head"]


@pytest.mark.parametrize(
    ("role", "named"),
    [
        ({"title": "Т", "about": "О", "rights": ["issue.read"]}, "roles.x.rights.*issues.read"),
        ({"title": "Т", "rights": ALL_RIGHTS}, "roles.x.about is missing"),
        ({"title": "Т", "about": "О", "rights": ALL_RIGHTS, "rigths": []}, "roles.x.rigths.*right"),
        ({"title": "Т", "about": "О", "rights": ALL_RIGHTS, "closed_sectors": 1}, "true or false"),
    ],
)
def test_a_wrong_role_is_refused_by_key(role: dict[str, object], named: str) -> None:
    with pytest.raises(InvalidTable, match=named):
        Roles.from_table({"roles": {"x": role}})


def test_a_right_that_no_role_gives_is_named() -> None:
    role = {"title": "Т", "about": "О", "rights": ALL_RIGHTS[1:]}
    with pytest.raises(InvalidRoles, match=r"issues\.read"):
        Roles.from_table({"roles": {"x": role}})


# --- Issues ---------------------------------------------------------------------------------------


def test_an_executor_sees_and_answers_the_issues_of_the_agency() -> None:
    reach = access(NewGrant("executor", UNIT, agencies=("road_agency",)))
    own, other = AnIssue(state="routed"), AnIssue(state="routed", executor="health_ministry")
    assert reach.sees(own)
    assert [move.name for move in reach.moves(own)] == ["return", "interim", "pause", "answer"]
    assert not reach.sees(other)
    assert not reach.sees(AnIssue(executor=None))
    with pytest.raises(NoRight):
        reach.require_move(MOVES["reroute"], own)


@pytest.mark.parametrize(
    ("limit", "seen"),
    [
        ("utilities_ministry", {"utilities_ministry", "water_utility", "heat_networks"}),
        ("water_utility", {"water_utility"}),
        ("heat_networks", {"heat_networks"}),
    ],
)
def test_an_agency_sees_the_issues_of_its_executors_and_an_executor_its_own(
    limit: str, seen: set[str]
) -> None:
    reach = access(NewGrant("executor", UNIT, agencies=(limit,)))
    asked = ("utilities_ministry", "water_utility", "heat_networks", "road_service", None)
    assert {code for code in asked if reach.sees(AnIssue(executor=code))} == seen


def test_a_town_sees_its_own_and_a_region_sees_its_towns() -> None:
    town = access(NewGrant("moderator", TOWN))
    assert town.sees(AnIssue())
    assert not town.sees(AnIssue(territory=UNIT))
    assert access(NewGrant("moderator", UNIT)).sees(AnIssue())


@pytest.mark.parametrize(
    ("topic", "limits", "seen"),
    [
        ("health.queues", {}, False),
        ("social", {}, False),
        ("education.bullying", {}, False),
        ("education.bullying.own", {}, False),
        ("education", {}, True),
        ("unsorted", {}, True),
        ("health.queues", {"sectors": ("health",)}, True),
        ("health.queues", {"sectors": (EVERY_SECTOR,)}, True),
        ("unsorted", {"sectors": (EVERY_SECTOR,)}, True),
        ("social.crisis", {"sectors": ("health",)}, False),
        ("unsorted", {"sectors": ("health",)}, False),
        ("unsorted", {"sectors": ("health", "unsorted")}, True),
        ("healthy.thing", {"sectors": ("health",)}, False),
        ("health.queues", {"agencies": ("road_agency",)}, True),
        ("health.queues", {"agencies": ("another",)}, False),
    ],
)
def test_closed_topics_are_seen_where_sector_or_agency_is_named(
    topic: str, limits: dict[str, tuple[str, ...]], seen: bool
) -> None:
    assert access(NewGrant("moderator", UNIT, **limits)).sees(AnIssue(topic=topic)) is seen


def test_the_head_sees_closed_topics_by_the_role() -> None:
    assert access(NewGrant("head", UNIT)).sees(AnIssue(topic="health.queues"))


def test_whoever_reads_no_issues_is_not_told_which_there_are() -> None:
    with pytest.raises(NoRight):
        access(NewGrant("analyst", UNIT))


def test_closed_topics_are_the_sensitive_ones_of_the_classifier() -> None:
    closed = closed_topics(the_rulebook().classifier)
    assert {"health", "social", "family", "education.bullying"} <= set(closed)
    assert not any(code.startswith(("health.", "roads")) for code in closed)


def test_every_move_is_made_by_somebody_and_no_role_makes_them_all() -> None:
    roles = the_rulebook().roles
    for move in MOVES.values():
        assert any(set(move.rights) & role.rights for role in roles), move.name
    for role in roles:
        assert not all(set(move.rights) & role.rights for move in MOVES.values()), role.code
