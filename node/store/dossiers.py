"""A dossier: an issue with what is gathered under it, for showing. No table of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from node.domain.issue import State
from node.store import appeals, issues, replies
from node.store.issues import Issue, IssueDeadline


@dataclass(frozen=True, slots=True)
class Dossier:
    """`deadlines`: all ever set, oldest first. `appeals`: numbers, the first to come first.
    `proposed`: the kind of the reply that waits for approval."""

    issue: Issue
    deadlines: Sequence[IssueDeadline]
    appeals: Sequence[str]
    proposed: str | None = None

    def is_in_force(self, deadline: IssueDeadline) -> bool:
        """Whether no later deadline of its kind has been set."""
        return deadline is [row for row in self.deadlines if row.kind == deadline.kind][-1]


def gather(session: Session, found: Sequence[Issue]) -> list[Dossier]:
    """The dossiers of issues, in their order: at most three queries for any number of them."""
    ids = [issue.id for issue in found]
    deadlines = issues.deadlines_of(session, ids)
    numbers = appeals.numbers_of(session, ids)
    in_approval = [issue.id for issue in found if issue.state == State.APPROVAL]
    kinds = replies.proposed_kinds(session, in_approval) if in_approval else {}
    return [
        Dossier(issue, deadlines[issue.id], numbers[issue.id], kinds.get(issue.id))
        for issue in found
    ]
