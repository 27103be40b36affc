"""One issue stands for another: merged, and taken apart again, without a row being lost.

Appeals stay with the issue they opened. `head_id` names the issue that stands for a whole tree of
merged ones, so that everybody who is to be answered is found by one condition.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from node.actions.set_deadlines import facts_of, set_anew
from node.domain.access import Access
from node.domain.deadline import Deadline
from node.domain.errors import Conflict, Fault, Invalid
from node.domain.issue import ENDED, State
from node.domain.move_fields import is_complained_of
from node.domain.rulebook import Rulebook
from node.store import appeals, issue_texts, issues
from node.store.issues import Issue


class HeadMoved(Conflict):
    """Проблему, с которой объединяют, только что изменил кто-то другой: повторите."""


def merged(
    session: Session,
    rulebook: Rulebook,
    unit: str,
    issue: Issue,
    into: str,
    access: Access,
    now: datetime,
) -> dict[str, Any]:
    """The face of an issue merged into another, which gets its residents and its oldest arrival.

    Invalid where the other is not there (or not seen), ended, of the same tree, or is worked on by
    the body complained of. HeadMoved when somebody changed it meanwhile.
    """
    head = issues.by_number(session, into)
    if head is None or not access.sees(head):
        raise Invalid(Fault("into", "проблемы с таким номером на этом узле нет: проверьте номер"))
    if head.id == issue.id or head.head_id == issue.id:
        raise Invalid(Fault("into", "проблему нельзя объединить с самой собой"))
    if State(head.state) in ENDED:
        raise Invalid(Fault("into", "та проблема уже не в работе: объединяют с открытой"))
    complained, executor = issue.complained_of, head.executor
    if complained and executor and is_complained_of(executor, complained, rulebook):
        raise Invalid(
            Fault("into", "ту проблему ведёт орган, на который жалуются: объединить нельзя")
        )
    for number in sorted((issue.id, head.id)):
        issues.hold(session, number)
    if issue.opened_at is None:
        appeals.set_repeated(session, issue.id, repeated=True)
    issues.set_head(session, issue.id, head.id)
    issue_texts.gather(session, head.id, issue.id)
    face = {"merged_into": head.id, "head_id": head.id, "closed_at": now}
    session.flush()
    _regather(session, rulebook, unit, head, "gather", issue.number, now)
    return face


def unmerged(
    session: Session, rulebook: Rulebook, unit: str, issue: Issue, now: datetime
) -> dict[str, Any]:
    """The face of an issue that stands for itself again, with all that had been merged into it."""
    below = issues.merged_below(session, issue.id)
    heads = [issue.head_id, issue.merged_into]
    issues.set_heads(session, below, issue.id)
    if issue.opened_at is None:
        appeals.set_repeated(session, issue.id, repeated=False)
    session.flush()
    for head_id in dict.fromkeys(heads):
        head = session.get(Issue, head_id) if head_id is not None else None
        if head is not None:
            issues.clear_head(session, issue.id)
            _regather(session, rulebook, unit, head, "ungather", issue.number, now)
    parted = [issue.id, *(head_id for head_id in heads if head_id is not None)]
    issue_texts.gather_anew(session, parted)
    return {
        "merged_into": None,
        "head_id": None,
        "closed_at": None,
        "appeals": appeals.count_of(session, [issue.id, *below]),
    }


def _regather(
    session: Session,
    rulebook: Rulebook,
    unit: str,
    head: Issue,
    move: str,
    number: str,
    now: datetime,
) -> None:
    """Count and time an issue by the appeals it now stands for, and say so in its history."""
    facts = facts_of(session, head, now)
    face: dict[str, Any] = {
        "appeals": appeals.count_of(session, issues.family_of(session, head.id)),
        "formal": facts.formal,
        "arrived_at": facts.arrived_at,
        "changed_at": now,
    }
    deadlines: tuple[Deadline, ...] = ()
    if State(head.state) not in ENDED:
        deadlines, columns = set_anew(rulebook, unit, head, facts, face)
        face |= columns
    if not issues.change(session, head.id, version=head.version, **face):
        raise HeadMoved
    issues.add_move(
        session,
        head,
        move=move,
        executor=head.executor,
        details={"issue": number},
        actor="node",
        now=now,
    )
    issues.add_deadlines(session, head.id, deadlines, now=now)
