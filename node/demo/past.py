"""The past of a live node, written in bulk: days of appeals and moves as rows.

The same rows as `submit_appeal` and `move_issue` write, made by the same rules (`opening`,
`flows`); but one action an appeal would take minutes where this takes seconds. The journal gets
one line a day, which says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from node.demo.lives import Life, Step
from node.domain.appeal import checked
from node.domain.issue import MOVES, Outcome, State, after
from node.domain.issue_flows import Standing, flows
from node.domain.local_day import bounds
from node.domain.opening import Opening, opening
from node.domain.rulebook import Rulebook
from node.store import appeals, days, journal
from node.store.issues import Issue, IssueFlow, IssueState
from node.store.replies import Reply

ACTOR = "demo"


@dataclass(slots=True)
class _Known:
    """An issue still on its way: what stands of it, and the steps to come."""

    id: int
    standing: Standing
    version: int
    outcome: str | None
    closed_at: datetime | None
    steps: tuple[Step, ...]


@dataclass(slots=True)
class _Written:
    """Rows a day adds."""

    states: list[dict[str, Any]] = field(default_factory=list)
    flows: list[dict[str, Any]] = field(default_factory=list)
    replies: list[dict[str, Any]] = field(default_factory=list)
    faces: dict[int, dict[str, Any]] = field(default_factory=dict)


class Past:
    """One live node's issues while its history is written, day after day."""

    def __init__(self, rulebook: Rulebook, unit: str) -> None:
        self._rulebook = rulebook
        self._unit = unit
        self._open: list[_Known] = []

    def write(
        self, session: Session, day: date, lives: Sequence[Life], *, until: datetime, now: datetime
    ) -> int:
        """Write what happened on a local day before `until`; how many appeals came."""
        zone = self._rulebook.directory.zone(self._unit)
        starts, ends = bounds(day, zone)
        end = min(ends, until)
        came = [life for life in lives if life.received_at < end]
        if came:
            self._register(session, came, year=day.year, now=now)
        self._move(session, starts, end)
        days.mark_dirty(session, [day], reason="late", now=now)
        journal.write(
            session,
            action="write_past",
            subject=self._unit,
            actor=ACTOR,
            now=now,
            day=day.isoformat(),
            appeals=len(came),
        )
        return len(came)

    def _register(
        self, session: Session, lives: Sequence[Life], *, year: int, now: datetime
    ) -> None:
        openings = [self._opening(life, now) for life in lives]
        names = appeals.register(
            session, openings, unit=self._unit, year=year, actor=ACTOR, now=now
        )
        numbers = [name.issue_number for name in names]
        rows = session.execute(
            select(Issue.number, Issue.id).where(Issue.number.between(numbers[0], numbers[-1]))
        )
        ids = dict(rows.all())
        for life, one, number in zip(lives, openings, numbers, strict=True):
            self._open.append(_Known(ids[number], _standing(one), 1, None, None, life.steps))

    def _opening(self, life: Life, now: datetime) -> Opening:
        accepted = checked(
            replace(life.appeal, received_at=life.received_at),
            directory=self._rulebook.directory,
            classifier=self._rulebook.classifier,
            unit=self._unit,
            now=now,
        )
        return opening(accepted, self._rulebook, self._unit, now=life.received_at)

    def _move(self, session: Session, starts: datetime, end: datetime) -> None:
        """Every step that falls before `end`, the earliest first."""
        due = [(step.at, known) for known in self._open for step in known.steps if step.at < end]
        due.sort(key=lambda pair: (pair[0], pair[1].id))
        written = _Written()
        for _, known in due:
            self._step(known, written)
        self._open = [known for known in self._open if known.steps]
        _insert(session, IssueState, written.states)
        _insert(session, IssueFlow, written.flows)
        _insert(session, Reply, written.replies)
        if written.faces:
            faces = list(written.faces.values())
            columns = [name for name in faces[0] if name != "row"]
            session.execute(
                update(Issue.__table__)  # type: ignore[arg-type]
                .where(Issue.__table__.c.id == bindparam("row"))
                .values({name: bindparam(name) for name in columns}),
                faces,
            )

    def _step(self, known: _Known, written: _Written) -> None:
        step, known.steps = known.steps[0], known.steps[1:]
        move, before, at = MOVES[step.move], known.standing, step.at.astimezone(UTC)
        state = after(before.state, move)
        counted = flows(move, state, step.fields, before, at)
        first = before.first_answer_at
        if step.move == "answer":
            first = first or at
            written.replies.append(
                {
                    "issue_id": known.id,
                    "kind": "final",
                    "state": "sent",
                    "text": step.fields["text"],
                    "actor": ACTOR,
                    "at": at,
                    "sent_at": at,
                }
            )
        if step.move == "close":
            known.outcome, known.closed_at = Outcome(step.fields["outcome"]).value, at
        elif step.move == "reopen":
            known.outcome = known.closed_at = None
        known.version += 1
        known.standing = replace(
            before,
            state=state,
            first_answer_at=first,
            opened_at=before.opened_at or at,
            routed_at=before.routed_at or (at if step.move == "route" else None),
        )
        written.states.append(
            {
                "issue_id": known.id,
                "move": step.move,
                "state": state.value,
                "outcome": known.outcome,
                "topic": before.topic,
                "territory": before.territory,
                "executor": before.executor,
                "reason": step.fields.get("reason"),
                "details": {},
                "actor": ACTOR,
                "at": at,
            }
        )
        written.flows += [
            {"issue_id": known.id, "counter": flow.counter, "minutes": flow.minutes, "at": at}
            for flow in counted
        ]
        written.faces[known.id] = {
            "row": known.id,
            "state": state.value,
            "outcome": known.outcome,
            "version": known.version,
            "changed_at": at,
            "closed_at": known.closed_at,
            "opened_at": known.standing.opened_at,
            "routed_at": known.standing.routed_at,
            "first_answer_at": first,
        }


def _standing(opened: Opening) -> Standing:
    return Standing(
        state=State.REGISTERED,
        topic=opened.topic,
        territory=opened.accepted.appeal.territory,
        executor=opened.executor,
        arrived_at=opened.accepted.received_at,
        first_answer_at=None,
        first_due_at=opened.columns()["first_due_at"],
        final_due_at=opened.columns()["final_due_at"],
    )


def _insert(session: Session, table: type[Any], rows: Iterable[dict[str, Any]]) -> None:
    if listed := list(rows):
        # Into the table and not the class: the ORM would look at each row, for nothing.
        session.execute(insert(table.__table__), listed)
