"""Repeats offered at registration, and what a merging makes of counts, clocks and residents."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from node.domain.errors import Invalid
from node.domain.issue import State
from node.store import appeals, issues, repeats
from node.store.appeals import Appeal
from node.store.issues import Issue, IssueFlow, IssueState
from node.store.session import Database, Session
from tests.support.appeals import NOW, UNIT, moved, submitted, the_rulebook

LONG = "Во дворе дома пять на улице Ленина вторую неделю не горит ни один фонарь"
PLACE = {"lat": 68.97, "lon": 33.08}
DAY = timedelta(days=1)


def offers(session: Session, number: str) -> list[tuple[str, str]]:
    issue = the_issue(session, number)
    return [(found.sign, found.issue.number) for found in repeats.offered(session, issue.id)]


def the_issue(session: Session, number: str) -> Issue:
    issue = issues.by_number(session, number)
    assert issue is not None
    return issue


def an_issue(session: Session, **overrides: Any) -> str:
    return submitted(session, **overrides).issue_number


def test_the_same_text_is_offered_whatever_its_case(database: Database) -> None:
    with database.transaction() as session:
        first = an_issue(session, text=LONG)
        other = an_issue(session, text="Совсем о другом: не вывозят мусор с площадки за школой")
        again = submitted(session, text=LONG.upper() + "!!")
        assert again.offers == 1
        assert offers(session, again.issue_number) == [("same_text", first)]
        assert offers(session, other) == []


def test_the_same_topic_near_the_same_place_is_offered_within_the_window(
    database: Database,
) -> None:
    with database.transaction() as session:
        topic = "roads.pits"
        old = NOW - 40 * DAY
        an_issue(session, text="Давняя яма", topic=topic, received_at=old, **PLACE)
        near = an_issue(session, text="Яма у подъезда", topic=topic, lat=68.9705, lon=33.08)
        an_issue(session, text="Яма далеко", topic=topic, lat=68.98, lon=33.08)
        an_issue(session, text="Снег там же", topic="roads.snow", **PLACE)
        again = an_issue(session, text="Опять яма", topic=topic, **PLACE)
        assert offers(session, again) == [("near", near)]
        [found] = repeats.offered(session, the_issue(session, again).id)
        assert found.metres == 56


def test_a_quoted_number_is_offered_also_one_of_another_system(database: Database) -> None:
    with database.transaction() as session:
        first = submitted(session, channel="pos", external_id="1829334")
        quoting = an_issue(session, text="По обращению № 1829334 ничего не сделано")
        assert offers(session, quoting) == [("quoted", first.issue_number)]
        by_ours = an_issue(session, text=f"Писал раньше, {first.number}, всё так же")
        assert offers(session, by_ours) == [("quoted", first.issue_number)]


def test_what_was_rejected_is_repeated_by_nothing(database: Database) -> None:
    with database.transaction() as session:
        first = an_issue(session, text=LONG)
        moved(session, first, "reject", 1, ground="no_matter")
        assert offers(session, an_issue(session, text=LONG)) == []


def test_a_merged_issue_is_counted_as_repeated_and_unmerging_takes_it_back(
    database: Database,
) -> None:
    with database.transaction() as session:
        head = an_issue(session, text=LONG)
        moved(session, head, "admit", 1)
        again = an_issue(session, text=LONG, received_at=NOW - DAY)
        merged = moved(session, again, "merge", 1, into=head)
        assert (merged.state, merged.closed_at, merged.next_due_at) == (State.MERGED, NOW, None)
        kept = the_issue(session, head)
        assert (kept.appeals, kept.arrived_at, kept.version) == (2, NOW - DAY, 3)
        assert len(appeals.of_family(session, kept.id)) == 2
        assert session.scalars(select(Appeal.repeated).order_by(Appeal.id)).all() == [False, True]

        back = moved(session, again, "unmerge", 2)
        assert (back.state, back.closed_at, back.head_id) == (State.MODERATION, None, None)
        session.refresh(kept)
        assert (kept.appeals, kept.arrived_at) == (1, NOW)
        assert session.scalars(select(Appeal.repeated)).all() == [False, False]
        told = session.scalars(
            select(IssueState.move).where(IssueState.issue_id == kept.id).order_by(IssueState.id)
        ).all()
        assert told == ["register", "admit", "gather", "ungather"]


def test_merging_what_was_open_counts_and_unmerging_opens_it_again(database: Database) -> None:
    with database.transaction() as session:
        head, other = an_issue(session), an_issue(session)
        for number in (head, other):
            moved(session, number, "route", 1)
        moved(session, other, "merge", 2, into=head)
        assert moved(session, other, "unmerge", 3).state == State.COORDINATION
        counted = session.scalars(
            select(IssueFlow.counter)
            .where(IssueFlow.issue_id == the_issue(session, other).id)
            .order_by(IssueFlow.id)
        ).all()
        assert counted == ["opened", "routed", "merged", "reopened"]
        assert the_issue(session, other).appeals == 1


def test_a_tree_of_mergings_has_one_head_and_comes_apart_where_it_was_joined(
    database: Database,
) -> None:
    with database.transaction() as session:
        top, middle, leaf = (an_issue(session) for _ in range(3))
        moved(session, leaf, "merge", 1, into=middle)
        moved(session, middle, "merge", 2, into=top)
        head = the_issue(session, top)
        assert {the_issue(session, number).head_id for number in (middle, leaf)} == {head.id}
        assert head.appeals == 3
        moved(session, middle, "unmerge", 3)
        assert the_issue(session, leaf).head_id == the_issue(session, middle).id
        session.refresh(head)
        assert (head.appeals, the_issue(session, middle).appeals) == (1, 2)


@pytest.mark.parametrize("into", ["itself", "nowhere", "ended", "below"])
def test_what_cannot_be_merged_into_is_named(database: Database, into: str) -> None:
    with database.transaction() as session:
        issue, ended, below = (an_issue(session) for _ in range(3))
        moved(session, ended, "reject", 1, ground="no_matter")
        moved(session, below, "merge", 1, into=issue)
        version = the_issue(session, issue).version
        target = {"itself": issue, "nowhere": "X-P26-000001", "ended": ended, "below": below}[into]
        with pytest.raises(Invalid) as refusal:
            moved(session, issue, "merge", version, into=target)
        assert [fault.field for fault in refusal.value.faults] == ["into"]


def test_a_formal_appeal_is_not_merged_into_what_the_body_complained_of_works_on(
    database: Database,
) -> None:
    agency = next(iter(the_rulebook().agencies)).code
    with database.transaction() as session:
        head = an_issue(session, territory=UNIT)
        moved(session, head, "route", 1, executor=agency)
        formal = an_issue(session, kind="formal", text="Жалуюсь на ведомство")
        moved(session, formal, "admit", 1, complained_of=agency)
        with pytest.raises(Invalid, match="жалуются"):
            moved(session, formal, "merge", 2, into=head)
        other = an_issue(session)
        moved(session, formal, "merge", 2, into=other)
        assert the_issue(session, other).formal
