"""Sets of routing rules as they are kept, the traces of decisions, and the issues of a period."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError

from node.domain.access import Access
from node.domain.appeal import Contact
from node.domain.errors import Invalid
from node.domain.people import NewGrant
from node.domain.place_condition import AddressWords
from node.domain.rights import Actor
from node.domain.routing import Basis, Case, Decision, RuleSet, Step, route
from node.domain.routing_values import sha256_of, to_json
from node.domain.word_condition import Words
from node.store import issues, routing_cases, routings
from node.store.appeals import Appeal
from node.store.issues import Issue, IssueState
from node.store.routings import DRAFT, PUBLISHED, RETIRED, IssueRoute, RoutingSet
from node.store.session import Database, open_engine
from tests.support.appeals import NOW, TOWN, UNIT, moved, submitted, the_rulebook
from tests.support.routing import a_rule

RULES = RuleSet((a_rule("water", "water_utility", topics=("utilities",)),), "administration", 1)
SHIPPED = RuleSet((a_rule("shipped", "administration"),))
BY_WORDS = RuleSet((a_rule(words=Words(some=("яма",)), place=AddressWords(("Мира",))),))


def a_set(rules: RuleSet = RULES, state: str = PUBLISHED, version: int | None = 1) -> RoutingSet:
    body = to_json(rules)
    return RoutingSet(
        state=state, version=version, body=body, sha256=sha256_of(body), made_by="x", made_at=NOW
    )


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements sent meanwhile, but for those that begin and end transactions."""
    sent: list[str] = []

    def note(*args: object) -> None:
        if not str(args[2]).startswith("BEGIN"):
            sent.append(str(args[2]))

    event.listen(database.engine, "before_cursor_execute", note)
    yield sent
    event.remove(database.engine, "before_cursor_execute", note)


# --- Sets -----------------------------------------------------------------------------------------


def test_the_published_set_is_in_force_and_else_the_shipped_one(database: Database) -> None:
    with database.transaction() as session:
        assert routings.in_force(session, SHIPPED) == SHIPPED
        session.add(a_set(state=DRAFT, version=None))
        session.add(a_set(SHIPPED, state=RETIRED, version=2))
        session.flush()
        assert routings.in_force(session, SHIPPED) == SHIPPED
        session.add(a_set())
        session.flush()
        assert routings.in_force(session, SHIPPED) == RULES
        routings.retire(session, now=NOW)
        assert routings.in_force(session, SHIPPED) == SHIPPED
        assert [one.version for one in routings.history(session, limit=9)] == [2, 1]
        assert routings.last_version(session) == 2


@pytest.mark.parametrize("state", [DRAFT, PUBLISHED])
def test_there_is_one_draft_and_one_published_set_at_most(database: Database, state: str) -> None:
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add(a_set(state=state, version=1))
        session.add(a_set(state=state, version=2))


def test_the_rules_in_force_cost_one_short_query(database: Database) -> None:
    with database.transaction() as session:
        session.add(a_set(version=7))
    with database.reading() as session:
        first = routings.in_force(session, SHIPPED)
    with database.reading() as session, counted(database) as sent:
        assert routings.in_force(session, SHIPPED) is first
    assert len(sent) == 1
    assert "body" not in sent[0]


# --- Traces ---------------------------------------------------------------------------------------


def decided(rules: RuleSet, **values: str) -> Decision:
    rulebook = the_rulebook()
    case = Case(**{"topic": "utilities.heating", "territory": TOWN, "channel": "api"} | values)
    return route(rules, case, agencies=rulebook.agencies, directory=rulebook.directory)


def test_a_decision_is_kept_with_its_issue_and_counted_by_its_rule(database: Database) -> None:
    with database.transaction() as session:
        number = submitted(session).issue_number
        issue = issues.by_number(session, number)
        assert issue is not None
        earlier = decided(RULES, topic="roads.pits")
        routings.record(session, [(issue.id, earlier)], now=NOW - timedelta(days=40))
        both = [(issue.id, decided(RULES)), (issue.id, decided(RULES, topic="roads.pits"))]
        routings.record(session, both, now=NOW)
    with database.reading() as session:
        registered, first, *kept = routings.routes_of(session, issue.id)
        assert (registered.version, registered.basis, first.basis) == (0, "topic", "topic")
        assert [(one.version, one.basis, one.rule, one.executor) for one in kept] == [
            (1, "rule", "water", "water_utility"),
            (1, "topic", None, "road_directorate"),
        ]
        # What a rule of another topic says of it is only counted.
        assert [(one.passed_over, one.trail) for one in kept] == [
            (0, [["rule", "water", "water_utility", None]]),
            (1, [["topic", None, "road_directorate", None]]),
        ]
        found = routings.hits(session, since=NOW - timedelta(days=30))
        assert (found.rules, found.otherwise) == ({"water": 1}, {Basis.TOPIC: 1})


def test_many_decisions_are_one_statement_and_none_is_none(database: Database) -> None:
    with database.transaction() as session:
        number = submitted(session).issue_number
        issue = issues.by_number(session, number)
        assert issue is not None
        other = issues.by_number(session, submitted(session).issue_number)
        assert other is not None
        made = [(issue.id, decided(RULES))] * 50 + [(other.id, decided(RULES))]
        with counted(database) as sent:
            routings.record(session, made, now=NOW)
            routings.record(session, [], now=NOW)
        assert len(sent) == 1
        # An issue counts once, however often it was decided.
        assert routings.hits(session, since=NOW).rules == {"water": 2}


def test_a_draft_leaves_no_trace(database: Database) -> None:
    with pytest.raises(ValueError, match="draft"), database.transaction() as session:
        decision = Decision(None, None, Basis.QUEUE, (Step(Basis.RULE, None),), version=None)
        routings.record(session, [(1, decision)], now=NOW)


def test_two_registrations_by_one_rule_do_not_wait_for_each_other(postgres_url: str) -> None:
    """No row is common to the issues of a rule: that is why nothing is counted up."""
    database = Database(open_engine(postgres_url))
    other = Database(open_engine(postgres_url))
    with database.transaction() as session:
        numbers = [submitted(session).issue_number for _ in range(2)]
        ids = session.scalars(select(Issue.id).where(Issue.number.in_(numbers))).all()
    with database.transaction() as first:
        routings.record(first, [(ids[0], decided(RULES))], now=NOW)
        with other.transaction() as second:
            second.execute(text("SET LOCAL lock_timeout = '1s'"))
            routings.record(second, [(ids[1], decided(RULES))], now=NOW)
    with database.reading() as session:
        assert len(session.scalars(select(IssueRoute).where(IssueRoute.version == 1)).all()) == 2
    database.close()
    other.close()


# --- Issues as cases ------------------------------------------------------------------------------

SINCE = NOW - timedelta(days=30)


def an_access(*grants: NewGrant) -> Access:
    rulebook = the_rulebook()
    permits = rulebook.roles.permits(grants)
    return Access(
        Actor("somebody", "должность", permits, within=rulebook.directory.is_within),
        rulebook,
        UNIT,
    )


def test_the_issues_of_a_period_come_newest_first_each_once(database: Database) -> None:
    with database.transaction() as session:
        old = submitted(session, received_at=SINCE - timedelta(seconds=1)).issue_number
        numbers = [
            submitted(session, received_at=NOW - timedelta(hours=hour)).issue_number
            for hour in (3, 2, 1)
        ]
        rejected = issues.by_number(session, submitted(session).issue_number)
        first = issues.by_number(session, numbers[0])
        assert rejected is not None
        assert first is not None
        rejected.state = "rejected"
        session.add(
            Appeal(
                number="second",
                status_key="second",
                issue_id=first.id,
                channel="vk",
                territory=TOWN,
                text="Ещё раз о том же",
                received_at=NOW,
                registered_at=NOW,
            )
        )
    with database.reading() as session:
        found = list(routing_cases.cases_since(session, SINCE, sets=(BY_WORDS,)))
        assert [one.number for one in found] == list(reversed(numbers))
        assert old not in {one.number for one in found}
        assert {one.case.text for one in found} == {"Яма во дворе дома 5"}
        assert routing_cases.count_since(session, SINCE) == 3
        # From any place on, the rest.
        rest = routing_cases.cases_since(session, SINCE, sets=(), before=found[0].place)
        assert [one.number for one in rest] == [one.number for one in found[1:]]
        assert routing_cases.count_since(session, SINCE, before=found[0].place) == 2


def test_texts_and_addresses_are_read_only_for_rules_that_ask_for_them(database: Database) -> None:
    with database.transaction() as session:
        submitted(session)
    with database.reading() as session, counted(database) as sent:
        [plain] = routing_cases.cases_since(session, SINCE, sets=(RULES,))
        list(routing_cases.cases_since(session, SINCE, sets=(RULES, BY_WORDS)))
    assert plain.case.text == ""
    assert len(sent) == 2
    assert ["resident" in statement for statement in sent] == [False, True]
    assert ["appeal.text" in statement for statement in sent] == [False, True]


@pytest.mark.parametrize(
    "place", ["", "x", "2026-13-01T00:00:00_1", "2026-11-01T00:00:00_" + "9" * 10]
)
def test_a_place_that_is_none_is_refused(database: Database, place: str) -> None:
    with database.reading() as session, pytest.raises(Invalid) as refusal:
        list(routing_cases.cases_since(session, SINCE, sets=(), before=place))
    assert [fault.field for fault in refusal.value.faults] == ["before"]


@pytest.mark.parametrize(
    "grants",
    [
        [NewGrant("coordinator", UNIT)],
        [NewGrant("coordinator", TOWN)],
        [NewGrant("coordinator", UNIT, sectors=("health",))],
        [NewGrant("executor", UNIT, agencies=("road_directorate",))],
        [NewGrant("coordinator", "RU-KGD")],
    ],
    ids=str,
)
def test_only_what_may_be_seen_is_compared(database: Database, grants: list[NewGrant]) -> None:
    with database.transaction() as session:
        for topic in ("roads.pits", "health.queues", "social.crisis"):
            for territory in (TOWN, UNIT):
                submitted(session, topic=topic, territory=territory)
    access = an_access(*grants)
    with database.reading() as session:
        every = session.scalars(select(Issue)).all()
        seen = {issue.number for issue in every if access.sees(issue)}
        found = routing_cases.cases_since(session, SINCE, sets=(), shown=access.shown)
        assert {one.number for one in found} == seen
        assert routing_cases.count_since(session, SINCE, shown=access.shown) == len(seen)


def test_an_issue_is_a_case_with_its_address_and_its_returns(database: Database) -> None:
    with database.transaction() as session:
        number = submitted(
            session,
            topic="roads.pits",
            lat=68.9,
            lon=33.1,
            contact=Contact(address="улица Мира, 1", name="Имя"),
        ).issue_number
        issue = moved(session, number, "route", 1, executor="road_service")
        for executor in ("road_service", "road_directorate"):
            for move in ("route", "return"):
                session.add(
                    IssueState(
                        issue_id=issue.id,
                        move=move,
                        state="returned",
                        topic=issue.topic,
                        territory=issue.territory,
                        executor=executor if move == "route" else None,
                        actor="test",
                        at=NOW + timedelta(hours=1),
                    )
                )
        session.flush()
        case = routing_cases.case_of(session, issue)
        assert (case.topic, case.channel, case.kind) == ("roads.pits", "api", "message")
        assert (case.lat, case.lon) == (68.9, 33.1)
        assert case.address == "улица Мира, 1"
        assert case.returned_by == {"road_service", "road_directorate"}
        assert not case.to_and_fro
        # What is of a resident is never printed with a case.
        assert "Мира" not in repr(case)
        assert "Яма" not in repr(case)
