"""An issue through approval, pauses, interim answers, returns and 59-ФЗ, as rows tell it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from node.actions.move_issue import move_issue
from node.domain.errors import Invalid
from node.domain.issue import State
from node.domain.rights import Actor, Permit, Right
from node.jobs import go_on
from node.store import issues, outbox, replies
from node.store.appeals import Appeal
from node.store.issues import Issue, IssueFlow, IssueState
from node.store.outbox import OutboxMessage
from node.store.replies import Reply
from node.store.session import Database, Session
from tests.support.appeals import NOW, UNIT, admitted, moved, submitted, the_rulebook
from tests.support.web import a_node

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
EXECUTOR = Actor(
    "executor", "инженер", (Permit(frozenset({Right.ISSUES_READ, Right.ISSUES_EXECUTE}), UNIT),)
)


def executes(
    session: Session, number: str, move: str, version: int, *, now: Any = NOW, **fields: str
) -> Issue:
    return move_issue(
        session,
        the_rulebook(),
        unit=UNIT,
        number=number,
        move=move,
        version=version,
        fields=fields,
        actor=EXECUTOR,
        now=now,
    )


def routed(session: Session, **overrides: Any) -> str:
    number = admitted(session, topic="roads.pits", **overrides).issue_number
    moved(session, number, "route", 2)
    return number


def counted(session: Session) -> list[str]:
    return list(session.scalars(select(IssueFlow.counter).order_by(IssueFlow.id)))


def told(session: Session) -> list[str]:
    return list(session.scalars(select(OutboxMessage.stage).order_by(OutboxMessage.id)))


def test_an_answer_of_an_executor_leaves_only_when_approved(database: Database) -> None:
    with database.transaction() as session:
        number = routed(session)
        before = told(session)
        draft = executes(session, number, "answer", 3, text="Засыпали", outcome="solved")
        assert (draft.state, draft.first_answer_at) == (State.APPROVAL, None)
        assert told(session) == before
        sent = moved(session, number, "approve", 4, now=NOW + HOUR, text="Яму засыпали 18 ноября")
        assert (sent.state, sent.first_answer_at) == (State.ANSWERED, NOW + HOUR)
        [reply] = replies.of_issue(session, sent.id)
        assert (reply.text, reply.state, reply.actor, reply.approved_by, reply.outcome) == (
            "Яму засыпали 18 ноября",
            "sent",
            "executor",
            "test",
            "solved",
        )
        assert told(session) == [*before, "answered"]
        assert counted(session) == ["opened", "routed", "answered_first"]


def test_a_draft_sent_back_is_there_again_for_its_author(database: Database) -> None:
    with database.transaction() as session:
        number = routed(session)
        issue = executes(session, number, "answer", 3, text="Сделаем")
        moved(session, number, "send_back", 4, reason="Назовите день")
        draft = replies.draft_of(session, issue.id, "executor", "final")
        assert draft is not None
        assert draft.text == "Сделаем"
        executes(session, number, "answer", 5, text="Сделаем в среду")
        assert replies.draft_of(session, issue.id, "executor", "final") is None
        assert [one.state for one in replies.of_issue(session, issue.id)] == ["proposed"]


def test_of_two_windows_that_begin_a_draft_at_once_the_second_writes_on(database: Database) -> None:
    def begun(text: str) -> Reply:
        return Reply(
            issue_id=issue.id, kind="final", state="draft", text=text, actor="executor", at=NOW
        )

    with database.transaction() as session:
        number = routed(session)
        issue = issues.by_number(session, number)
        assert issue is not None
        assert replies.begin_draft(session, begun("Первое окно"))
        assert not replies.begin_draft(session, begun("Второе окно"))
        assert [one.text for one in replies.drafts_of(session, issue.id, "executor")] == [
            "Первое окно"
        ]


def test_an_interim_answer_promises_a_day_and_the_issue_goes_on(database: Database) -> None:
    with database.transaction() as session:
        number = routed(session)
        promised = "2026-12-17"
        moved(session, number, "interim", 3, text="Ждём асфальт", until=promised)
        issue = session.scalars(select(Issue)).one()
        assert (issue.state, issue.interims, str(issue.promised_on)) == ("routed", 1, promised)
        assert issue.first_answer_at == NOW
        assert issue.final_due_at is not None
        assert issue.final_due_at.isoformat() == "2026-12-17T21:00:00+00:00"
        assert "interim" in told(session)


def test_an_interim_answer_may_not_promise_what_the_norm_forbids(database: Database) -> None:
    with database.transaction() as session:
        number = routed(session)
        with pytest.raises(Invalid) as refusal:
            moved(session, number, "interim", 3, text="Когда-нибудь", until="2028-01-01")
        assert [fault.field for fault in refusal.value.faults] == ["until"]


def test_while_the_resident_is_waited_for_the_clock_stands(database: Database) -> None:
    with database.transaction() as session:
        number = routed(session)
        due = session.scalars(select(Issue.final_due_at)).one()
        assert due is not None
        paused = moved(session, number, "pause", 3, text="Какой подъезд?")
        assert paused.state == State.PAUSED
        assert paused.paused_until is not None
        assert paused.final_due_at is not None
        assert paused.final_due_at > due
        resumed = moved(session, number, "resume", 4, now=NOW + 3 * DAY)
        assert (resumed.state, resumed.paused_until) == (State.ROUTED, None)
        assert resumed.final_due_at == due + 3 * DAY
        assert [one.kind for one in replies.of_issue(session, paused.id)] == ["question"]


def test_what_was_returned_is_proposed_to_whom_the_executor_named(database: Database) -> None:
    other = [agency.code for agency in the_rulebook().agencies][3]
    with database.transaction() as session:
        number = routed(session)
        had = session.scalars(select(Issue.executor)).one()
        issue = moved(session, number, "return", 3, reason="Дорога частная", responsible=other)
        assert (issue.state, issue.executor, issue.returns) == (State.RETURNED, other, 1)
        row = session.scalars(select(IssueState).order_by(IssueState.id.desc())).first()
        assert row is not None
        assert (row.executor, row.reason) == (had, "Дорога частная")
        assert counted(session)[-1] == "returned"
        moved(session, number, "route", 4)
        moved(session, number, "return", 5, reason="И не наша", responsible="кто-то ещё")
        issue = session.scalars(select(Issue)).one()
        assert issue.executor not in (had, other)


def test_who_cannot_be_answered_is_recorded_and_the_issue_closes(
    database: Database, tmp_path: Any, database_url: str
) -> None:
    with a_node(tmp_path, database_url) as node:
        with node.transaction() as session:
            number = routed(session)
            moved(session, number, "answer", 3, text="Сделано", outcome="solved")
            reply = session.scalars(select(Reply)).one()
            assert outbox.settled(session, reply.id)
            message = session.scalars(
                select(OutboxMessage).where(OutboxMessage.reply_id == reply.id)
            ).one()
            assert (message.state, message.failure) == ("failed", "no_way_to_answer")
        go_on.run(node)
        with node.reading() as session:
            issue = issues.by_number(session, number)
            assert issue is not None
            assert (issue.state, issue.outcome) == ("closed", "solved")
            assert counted(session)[-1] == "closed_solved"


def test_an_issue_is_not_closed_while_its_answer_is_on_the_way(database: Database) -> None:
    from node.actions.issue_changes import StillOnItsWay
    from node.domain.appeal import Contact

    contact = Contact(email="resident@example.org", reply_by="email")
    with database.transaction() as session:
        number = routed(session, contact=contact)
        moved(session, number, "answer", 3, text="Сделано")
        with pytest.raises(StillOnItsWay):
            moved(session, number, "close", 4, outcome="solved")


def test_a_pause_ends_by_itself_at_its_limit(tmp_path: Any, database_url: str) -> None:
    with a_node(tmp_path, database_url) as node:
        with node.transaction() as session:
            number = routed(session)
            limit = moved(session, number, "pause", 3, text="Где это?").paused_until
        assert limit is not None
        go_on.run(node)
        with node.reading() as session:
            assert issues.by_number(session, number).state == "paused"  # type: ignore[union-attr]
        node.clock.advance(seconds=(limit - NOW).total_seconds())  # type: ignore[attr-defined]
        go_on.run(node)
        with node.reading() as session:
            assert issues.by_number(session, number).state == "routed"  # type: ignore[union-attr]


def test_a_formal_appeal_needs_to_know_whom_it_complains_of(database: Database) -> None:
    agency = the_rulebook().agencies.for_topic("roads.pits").code
    with database.transaction() as session:
        number = submitted(session, kind="formal", topic="roads.pits").issue_number
        with pytest.raises(Invalid) as refusal:
            moved(session, number, "admit", 1)
        assert [fault.field for fault in refusal.value.faults] == ["complained_of"]
        issue = moved(session, number, "admit", 1, complained_of=agency)
        assert issue.executor != agency
        with pytest.raises(Invalid, match="жалуются"):
            moved(session, number, "route", 2, executor=agency)


def test_nothing_moves_the_thirty_days_of_a_formal_appeal(database: Database) -> None:
    with database.transaction() as session:
        number = submitted(session, kind="formal", topic="roads.pits").issue_number
        due = session.scalars(select(Issue.final_due_at)).one()
        forward = session.scalars(select(Issue.forward_due_at)).one()
        assert due is not None
        assert forward is not None
        assert (due - NOW).days == 30
        assert (forward - NOW).days == 7
        moved(session, number, "admit", 1, complained_of="none")
        moved(session, number, "route", 2)
        moved(session, number, "interim", 3, text="Проверяем", until="2026-12-10")
        moved(session, number, "reclassify", 4, topic="health.ambulance")
        assert session.scalars(select(Issue.final_due_at)).one() == due


def test_a_formal_appeal_is_forwarded_by_post_and_closed_as_explained(database: Database) -> None:
    fields = {"addressee": "Прокуратура области", "way": "post", "sent_on": "2026-11-18"}
    with database.transaction() as session:
        number = submitted(session, kind="formal").issue_number
        with pytest.raises(Invalid, match="ещё не наступила"):
            moved(session, number, "forward", 1, **fields | {"sent_on": "2026-11-20"})
        issue = moved(session, number, "forward", 1, **fields)
        assert (issue.state, issue.outcome) == ("closed", "explained")
        row = session.scalars(select(IssueState).order_by(IssueState.id.desc())).first()
        assert row is not None
        assert row.details == fields
        assert "forwarded" in told(session)
        other = submitted(session).issue_number
        with pytest.raises(Invalid, match="59-ФЗ"):
            moved(session, other, "forward", 1, **fields)


def test_words_of_danger_make_an_issue_urgent_at_once(database: Database) -> None:
    with database.transaction() as session:
        taken = submitted(session, text="Сильный запах газа в подъезде, помогите")
        assert taken.danger
        issue = session.scalars(select(Issue)).one()
        assert (issue.urgency, issue.danger) == ("urgent", True)
        assert issue.first_due_at is not None
        assert issue.first_due_at - NOW <= 4 * HOUR
        assert session.scalars(select(Appeal.text)).one().startswith("Сильный")
