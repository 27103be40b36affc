"""A dossier: an issue with what is gathered under it, for showing. No table of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from node.store import appeals, issues
from node.store.issues import Issue, IssueDeadline


@dataclass(frozen=True, slots=True)
class Dossier:
    """`deadlines`: all ever set, oldest first. `appeals`: numbers, the first to come first."""

    issue: Issue
    deadlines: Sequence[IssueDeadline]
    appeals: Sequence[str]

    def is_in_force(self, deadline: IssueDeadline) -> bool:
        """Whether no later deadline of its kind has been set."""
        return deadline is [row for row in self.deadlines if row.kind == deadline.kind][-1]


def gather(session: Session, found: Sequence[Issue]) -> list[Dossier]:
    """The dossiers of issues, in their order: two queries for any number of them."""
    ids = [issue.id for issue in found]
    deadlines = issues.deadlines_of(session, ids)
    numbers = appeals.numbers_of(session, ids)
    return [Dossier(issue, deadlines[issue.id], numbers[issue.id]) for issue in found]
