"""Staff to be warned of deadlines, issues that come near them, and the letters that came."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import event, select

from node.bootstrap import Node
from node.jobs import deliver, warn_of_deadlines
from node.store.deadline_warnings import DeadlineWarning
from node.store.issues import Issue
from node.store.outbox import OutboxMessage
from tests.support.appeals import NOW, moved, submitted
from tests.support.mail import Post, Received
from tests.support.messages import clock_of
from tests.support.people import a_grant, a_person

FRIDAY = datetime.fromisoformat("2026-11-20T06:30:00+00:00")  # 09:30 in Murmansk
EXECUTOR = "roads@staff.example"
COORDINATOR = "coordinator@staff.example"
MODERATOR = "moderator@staff.example"
ROADS = "road_directorate"


def an_executor(node: Node, login: str = "roads", email: str | None = EXECUTOR) -> int:
    return a_person(node, login, a_grant("executor", agencies=(ROADS,)), email=email)


def a_coordinator(node: Node, **limits: Any) -> int:
    return a_person(node, "coordinator", a_grant("coordinator", **limits), email=COORDINATOR)


def a_moderator(node: Node) -> int:
    return a_person(node, "moderator", a_grant("moderator", sectors=("*",)), email=MODERATOR)


def an_issue(
    node: Node, state: str = "routed", *, now: datetime = NOW, topic: str = "roads.pits", **how: str
) -> str:
    """Its number. A first answer is due a working day later and warned of two hours before."""
    with node.transaction() as session:
        number = submitted(session, now=now, topic=topic, **how).issue_number
        if state != "registered":
            moved(session, number, "admit", 1, now=now)
        if state == "routed":
            moved(session, number, "route", 2, now=now, executor=ROADS)
    return number


def face(node: Node, number: str) -> Issue:
    with node.reading() as session:
        return session.scalars(select(Issue).where(Issue.number == number)).one()


def move(node: Node, number: str, name: str, **fields: str) -> Issue:
    with node.transaction() as session:
        version = session.scalars(select(Issue.version).where(Issue.number == number)).one()
        return moved(session, number, name, version, now=node.clock(), **fields)


def warned_at(node: Node, number: str) -> datetime:
    moment = face(node, number).warn_at
    assert moment is not None
    return moment


def goes_on(node: Node, moment: datetime | None = None) -> None:
    """Both jobs, at a moment."""
    if moment is not None:
        clock_of(node).move_to(moment)
    warn_of_deadlines.run(node)
    deliver.run(node)


def letters(post: Post, address: str | None = None) -> list[Received]:
    return [
        one
        for one in post.received
        if "deadlines." in str(one.message["List-Id"]) and address in (None, *one.to)
    ]


def warnings(node: Node) -> list[OutboxMessage]:
    with node.reading() as session:
        query = select(OutboxMessage).where(OutboxMessage.kind == "warning")
        return list(session.scalars(query.order_by(OutboxMessage.id)))


def fates(node: Node) -> list[tuple[str, str | None]]:
    return [(one.state, one.failure) for one in warnings(node)]


def told_rows(node: Node) -> int:
    with node.reading() as session:
        return len(session.scalars(select(DeadlineWarning)).all())


def numbers_in(letter: Received) -> list[str]:
    return re.findall(r"https://cur\.example/issues/(\S+-\d{6})", letter.text)


@contextmanager
def counted(node: Node) -> Iterator[list[str]]:
    asked: list[str] = []

    def note(*args: object) -> None:
        asked.append(str(args[2]))

    event.listen(node.database.engine, "before_cursor_execute", note)
    yield asked
    event.remove(node.database.engine, "before_cursor_execute", note)
