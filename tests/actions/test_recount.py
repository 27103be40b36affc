"""Every counter, stock and histogram of a summary against a recount that shares no code with it.

A few weeks of a centre are played at random through the actions people use; then each day is
counted again from the dated rows of issues, replies and residents' messages alone. `issue_flow`,
which the summary is made from, is not looked at.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from federation.histogram import Histogram
from node.actions.hear_resident import hear_resident
from node.actions.make_summary import make_summary
from node.actions.move_issue import NotAllowed
from node.actions.observe_stocks import observe_stocks
from node.domain.appeal import Contact
from node.domain.errors import DomainError
from node.domain.issue import MOVES
from node.domain.local_day import bounds, day_of
from node.domain.resident_choices import Choice
from node.store.appeals import Appeal
from node.store.issues import Issue, IssueDeadline, IssueState
from node.store.replies import Reply
from node.store.resident_messages import ResidentMessage
from node.store.session import Database, Session
from tests.support.appeals import NOW, TOWN, UNIT, moved, submitted, the_rulebook

ZONE = the_rulebook().directory.zone(UNIT)
DAYS = 24
START = NOW - timedelta(days=DAYS)
TOPICS = ("roads.pits", "roads.lighting", "waste.dumps", None, "utilities.heating")
ADMITTED = {
    "coordination",
    "routed",
    "returned",
    "paused",
    "approval",
    "answered",
    "reopened",
    "closed",
}


def play(session: Session, rng: random.Random) -> None:
    """Some forty appeals and several hundred moves, whatever comes; refusals are part of life."""
    now = START
    names: list[tuple[str, str]] = []
    topics = [topic for topic in TOPICS if topic is None or topic in _known()]
    while now < NOW:
        now += timedelta(minutes=rng.randint(5, 200))
        if len(names) < 40 and rng.random() < 0.3:
            taken = submitted(
                session,
                now=now,
                topic=rng.choice(topics),
                territory=rng.choice((TOWN, UNIT)),
                text=f"Во дворе дома {rng.randint(1, 10**9)} темно и скользко, помогите",
                kind=rng.choice(("message",) * 5 + ("formal",)),
                received_at=now - timedelta(hours=rng.randint(0, 50)),
                contact=Contact(),
                link_shown=True,
            )
            names.append((taken.issue_number, taken.status_key))
        elif names:
            try:
                with session.begin_nested():
                    _something(session, rng, names, now)
            except DomainError:
                continue
    _join_some(session)


def _join_some(session: Session) -> None:
    """What still waits for moderation is joined to what is in work: it counts as repeated."""
    waiting = session.scalars(select(Issue).where(Issue.state == "registered").limit(3)).all()
    into = session.scalars(select(Issue.number).where(Issue.state == "coordination")).first()
    assert into is not None
    for issue in waiting:
        moved(session, issue.number, "merge", issue.version, now=NOW, into=into)


def _known() -> set[str]:
    return {topic.code for topic in the_rulebook().classifier.topics}


def _something(
    session: Session, rng: random.Random, names: list[tuple[str, str]], now: datetime
) -> None:
    number, key = rng.choice(names)
    issue = session.scalars(select(Issue).where(Issue.number == number)).one()
    if rng.random() < 0.15:
        hear_resident(
            session,
            the_rulebook(),
            unit=UNIT,
            key=key,
            choice=rng.choice((Choice.MARK, Choice.CONTEST, Choice.ANSWER)),
            mark=rng.choice(("satisfied", "unsatisfied")),
            text="Вот так",
            contest_days=14,
            now=now,
        )
        return
    open_moves = [move for move in MOVES.values() if issue.state in move.sources]
    if not open_moves:
        raise NotAllowed
    move = rng.choice(open_moves)
    if issue.state == "registered" and rng.random() < 0.5:
        move = MOVES["merge"]
    agencies = [agency.code for agency in the_rulebook().agencies]
    values = {
        "topic": rng.choice([topic for topic in TOPICS if topic in _known()]),
        "territory": rng.choice((TOWN, UNIT)),
        "executor": rng.choice(agencies),
        "urgency": rng.choice(("ordinary", "urgent")),
        "complained_of": "none",
        "ground": "no_matter",
        "responsible": rng.choice(agencies),
        "reason": "Так решили",
        "text": "Ответ",
        "until": (now + timedelta(days=5)).date().isoformat(),
        "outcome": rng.choice(("solved", "explained", "refused")),
        "addressee": "Прокуратура",
        "way": "post",
        "sent_on": now.date().isoformat(),
        "into": rng.choice(names)[0],
    }
    given = {name: values[name] for name in (*move.requires, *move.optional)}
    if move.name in ("reclassify", "admit") and rng.random() < 0.5:
        given.pop("territory", None)
    moved(session, number, move.name, issue.version, now=now, **given)


# --- The recount ----------------------------------------------------------------------------------

Key = tuple[date, str, str]


class Recount:
    """All that a day should say, from dated rows."""

    def __init__(self, session: Session) -> None:
        self.issues = {one.id: one for one in session.scalars(select(Issue))}
        self.states: dict[int, list[IssueState]] = defaultdict(list)
        for row in session.scalars(select(IssueState).order_by(IssueState.at, IssueState.id)):
            self.states[row.issue_id].append(row)
        self.due: dict[tuple[int, str], list[IssueDeadline]] = defaultdict(list)
        for row in session.scalars(select(IssueDeadline).order_by(IssueDeadline.id)):
            self.due[row.issue_id, row.kind].append(row)
        self.appeals = session.scalars(select(Appeal)).all()
        self.replies = session.scalars(select(Reply).where(Reply.state == "sent")).all()
        self.said = session.scalars(select(ResidentMessage)).all()
        self.flows: Counter[tuple[Key, str]] = Counter()
        self.minutes: dict[tuple[Key, str], list[int]] = defaultdict(list)
        self._count()

    def _add(
        self, issue_id: int, at: datetime, counter: str, *, since: datetime | None = None
    ) -> None:
        issue = self.issues[issue_id]
        key = (day_of(at, ZONE), issue.territory, issue.topic)
        self.flows[key, counter] += 1
        if since is not None:
            self.minutes[key, counter].append(int((at - since).total_seconds() // 60))

    def _count(self) -> None:
        for appeal in self.appeals:
            self._add(appeal.issue_id, appeal.received_at, "received")
            if appeal.repeated:
                self._add(appeal.issue_id, appeal.received_at, "repeated")
        for message in self.said:
            if message.kind == "mark":
                own = next(one for one in self.appeals if one.id == message.appeal_id).issue_id
                assert message.mark is not None
                self._add(self._head_at(own, message.at), message.at, message.mark)
        for issue_id, rows in self.states.items():
            self._of_issue(issue_id, rows)

    def _head_at(self, issue_id: int, at: datetime) -> int:
        """Who stood for an issue at a moment: told by its merge rows."""
        while True:
            before = [row for row in self.states[issue_id] if row.at <= at]
            last = [row for row in before if row.move in ("merge", "unmerge")]
            if not last or last[-1].move == "unmerge":
                return issue_id
            number = str(last[-1].details["into"])
            issue_id = next(one.id for one in self.issues.values() if one.number == number)

    def _of_issue(self, issue_id: int, rows: list[IssueState]) -> None:
        arrived = self._arrived(issue_id)
        admitted = routed = False
        for row in rows:
            if row.move in ("gather", "ungather"):
                continue
            if not admitted and row.state in ADMITTED:
                admitted = True
                self._add(issue_id, row.at, "opened")
            if row.move == "route" and not routed:
                routed = True
                self._add(issue_id, row.at, "routed", since=arrived(row.at))
            simple = {"reject": "rejected", "return": "returned", "reopen": "reopened"}
            if row.move in simple:
                self._add(issue_id, row.at, simple[row.move])
            if row.move == "merge" and admitted:
                self._add(issue_id, row.at, "merged")
            if row.move == "unmerge" and admitted:
                self._add(issue_id, row.at, "reopened")
            if row.move in ("close", "forward"):
                timed = arrived(row.at) if row.outcome == "solved" else None
                self._add(issue_id, row.at, f"closed_{row.outcome}", since=timed)
                if self._late(issue_id, "final", row.at):
                    self._add(issue_id, row.at, "late_final")
        sent = [
            one.sent_at
            for one in self.replies
            if one.issue_id == issue_id and one.kind in ("interim", "final") and one.sent_at
        ]
        if sent:
            first = min(sent)
            self._add(issue_id, first, "answered_first", since=arrived(first))
            if self._late(issue_id, "first_answer", first):
                self._add(issue_id, first, "late_first")

    def _arrived(self, issue_id: int) -> Any:
        """The earliest appeal an issue stood for at a moment."""

        def at(moment: datetime) -> datetime:
            return min(
                appeal.received_at
                for appeal in self.appeals
                if appeal.registered_at <= moment
                and self._head_before(appeal.issue_id, moment) == issue_id
            )

        return at

    def _head_before(self, issue_id: int, moment: datetime) -> int:
        if self._head_at(issue_id, moment) == issue_id:
            return issue_id
        return self._head_at(issue_id, moment)

    def _late(self, issue_id: int, kind: str, at: datetime) -> bool:
        set_before = [row for row in self.due[issue_id, kind] if row.set_at < at]
        return at > (set_before or self.due[issue_id, kind])[-1].due_at

    def stocks(self, moment: datetime) -> Iterator[tuple[str, str, str]]:
        """(territory, topic, stock) once for each issue that counts at a moment."""
        for issue_id, rows in self.states.items():
            before = [row for row in rows if row.at < moment]
            if not before or before[-1].state in ("closed", "rejected", "merged"):
                continue
            row = before[-1]
            if row.topic == "unsorted":
                yield row.territory, row.topic, "unsorted"
            if row.state in ("registered", "moderation"):
                continue
            yield row.territory, row.topic, "open"
            due = [one for one in self.due[issue_id, "final"] if one.set_at < moment][-1]
            if due.due_at < moment:
                yield row.territory, row.topic, "overdue"
            if due.drags_at is not None and due.drags_at < moment:
                yield row.territory, row.topic, "dragging"


@pytest.mark.parametrize("seed", [1, 3])
def test_every_figure_of_every_day_is_what_the_rows_say(database: Database, seed: int) -> None:
    with database.transaction() as session:
        play(session, random.Random(seed))
        recount = Recount(session)
        first = day_of(START - timedelta(days=3), ZONE)
        yesterday = day_of(NOW, ZONE) - timedelta(days=1)
        days = [first + timedelta(days=n) for n in range((yesterday - first).days + 1)]
        opens = 0
        seen: Counter[str] = Counter()
        for day in days:
            observe_stocks(session, day=day, zone=ZONE, now=NOW)
            body = make_summary(
                session,
                the_rulebook(),
                unit=UNIT,
                day=day,
                status="final",
                reason=None,
                serves=lambda territory, _day: territory,
                now=NOW,
            )
            rows = body["rows"]
            assert isinstance(rows, list)
            expected: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
            for ((on, territory, topic), counter), count in recount.flows.items():
                if on == day:
                    expected[territory, topic][counter] += count
            for territory, topic, stock in recount.stocks(bounds(day, ZONE)[1]):
                expected[territory, topic][stock] += 1
            told = {(row["territory"], row["topic"]): row for row in rows}
            assert {place: dict(row["counters"]) for place, row in told.items()} == {
                place: dict(counters) for place, counters in expected.items()
            }, day
            timed = {
                "route_hours": "routed",
                "first_answer_hours": "answered_first",
                "solve_hours": "closed_solved",
            }
            for (territory, topic), row in told.items():
                for name, counter in timed.items():
                    minutes = recount.minutes.get(((day, territory, topic), counter), [])
                    found = row.get("histograms", {}).get(name)
                    wanted = Histogram.of(minutes).to_wire() if minutes else None
                    assert found == wanted, (day, territory, topic, name)
            total = sum((counters for counters in expected.values()), Counter())
            closed = sum(total[f"closed_{how}"] for how in ("solved", "explained", "refused"))
            opens += total["opened"] + total["reopened"] - closed - total["merged"]
            assert total["open"] == opens, day
            seen += total
    for counter in (
        "received",
        "rejected",
        "repeated",
        "opened",
        "routed",
        "returned",
        "answered_first",
        "merged",
        "reopened",
    ):
        assert seen[counter] > 0, counter
