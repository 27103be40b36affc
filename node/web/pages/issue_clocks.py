"""The clocks of an issue: what runs, what is left, why just then; and what was set before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from node.bootstrap import Node
from node.domain.issue import State
from node.store.dossiers import Dossier
from node.store.issues import Issue, IssueDeadline
from node.web.locale import deadline_words, issue_words, russian
from node.web.pages.issue_terms import due_moment, last_day, moment

BY_THE_DAY = ("final", "interim", "forward", "register")
"""Kinds whose deadline is the end of a day."""


@dataclass(frozen=True, slots=True)
class ClockView:
    """A deadline in force. `tone` is a class, `words` say the same without colour; `warned`: it is
    time to hurry; `why`: the arithmetic, line by line."""

    kind: str
    due: str
    tone: str
    words: str
    warned: bool
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeadlineView:
    """A deadline as it was set; `in_force` False: a later one took its place."""

    kind: str
    due: str
    norm: str
    set_at: str
    in_force: bool


def clocks(dossier: Dossier, node: Node, now: datetime) -> tuple[ClockView, ...]:
    """Those in force, the first answer first."""
    in_force = {one.kind: one for one in dossier.deadlines if dossier.is_in_force(one)}
    order = [kind for kind in issue_words.DEADLINES if kind in in_force]
    issue = dossier.issue
    return tuple(
        _clock(issue, in_force[kind], node, now)
        for kind in order
        # An interim answer has moved the final one to the same day.
        if not (kind == "interim" and not issue.formal)
    )


def past(dossier: Dossier, node: Node, now: datetime) -> list[DeadlineView]:
    """Everything ever set, the newest first."""
    names = {norm.code: norm.name for norm in node.rulebook.norms.norms}
    return [
        DeadlineView(
            kind=issue_words.DEADLINES.get(one.kind, one.kind),
            due=_due(one, node, now),
            # A norm that is no longer in norms.toml keeps its code: the row says what it was.
            norm=names.get(one.norm, one.norm),
            set_at=moment(one.set_at, now, node.zone),
            in_force=dossier.is_in_force(one),
        )
        for one in reversed(dossier.deadlines)
    ]


def _clock(issue: Issue, deadline: IssueDeadline, node: Node, now: datetime) -> ClockView:
    tone, words, warned = _standing(issue, deadline, node, now)
    return ClockView(
        kind=issue_words.DEADLINES.get(deadline.kind, deadline.kind),
        due=_due(deadline, node, now),
        tone=tone,
        words=words,
        warned=warned,
        why=tuple(deadline_words.why_lines(deadline.why)),
    )


def _standing(
    issue: Issue, deadline: IssueDeadline, node: Node, now: datetime
) -> tuple[str, str, bool]:
    """(class, words, whether people are warned): a warning comes before the breach."""
    done_at, done = _done(issue, deadline.kind)
    if done_at is not None:
        if done_at > deadline.due_at:
            return "worse", f"{done} позже на {russian.term(done_at - deadline.due_at)}", False
        return "better", f"{done} в срок", False
    if issue.closed_at is not None:
        return "", "больше не идёт", False
    if issue.state == State.PAUSED and issue.paused_until is not None:
        until = moment(issue.paused_until, now, node.zone)
        return "soft", f"стоит: ждём жителя, самое позднее до {until}", False
    left = deadline.due_at - now
    if left.total_seconds() < 0:
        return "worse", f"просрочено на {russian.term(-left)}", True
    words = f"осталось {russian.term(left)}"
    if deadline.warn_at is not None and now >= deadline.warn_at:
        return "soon", words, True
    return "", words, False


def _done(issue: Issue, kind: str) -> tuple[datetime | None, str]:
    match kind:
        case "first_answer":
            return issue.first_answer_at, "дан"
        case "final":
            return issue.closed_at, "закрыта"
        case "forward" if issue.routed_at is not None:
            return issue.routed_at, "решено оставить здесь"
        case "register":
            return issue.opened_at, "зарегистрировано"
        case _:
            return None, ""


def _due(deadline: IssueDeadline, node: Node, now: datetime) -> str:
    by_the_day = deadline.kind in BY_THE_DAY
    return (last_day if by_the_day else due_moment)(deadline.due_at, now, node.zone)
