"""A case file: everything that is known of one issue, for showing. No table of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import literal, select, tuple_
from sqlalchemy.orm import Session

from node.domain.access import Sight
from node.domain.reply_delivery import Tally
from node.store import appeals, issues, outbox, repeats, replies, routings
from node.store.appeals import Appeal
from node.store.base import Instant
from node.store.dossiers import Dossier
from node.store.issues import Issue, IssueDeadline, IssueState
from node.store.repeats import Offer
from node.store.replies import Reply
from node.store.routings import IssueRoute
from node.store.sights import in_sight


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One issue with what hangs on it, each in the order it came.

    `appeals`: with the issue each opened, those of merged issues too. `merged_into`: the issue this
    one was merged into. `repeats`: what is offered and may be seen. `replies`: without drafts;
    `tallies` by the id of a reply.
    """

    issue: Issue
    deadlines: Sequence[IssueDeadline]
    appeals: Sequence[tuple[Appeal, Issue]]
    merged_into: Issue | None
    states: Sequence[IssueState]
    routes: Sequence[IssueRoute]
    repeats: Sequence[Offer]
    replies: Sequence[Reply]
    tallies: Mapping[int, Tally]

    @property
    def dossier(self) -> Dossier:
        """The same in short, as a list shows it."""
        own = [appeal.number for appeal, issue in self.appeals if issue.id == self.issue.id]
        waiting = self.waiting
        return Dossier(self.issue, self.deadlines, own, waiting.kind if waiting else None)

    @property
    def merged(self) -> tuple[Issue, ...]:
        """The issues this one stands for, in the order of their numbers."""
        others = {issue.id: issue for _, issue in self.appeals if issue.id != self.issue.id}
        return tuple(others[id] for id in sorted(others))

    @property
    def waiting(self) -> Reply | None:
        """The reply that waits for approval."""
        proposed = [reply for reply in self.replies if reply.state == "proposed"]
        return proposed[-1] if proposed else None


def case_file(session: Session, issue: Issue, *, shown: Collection[Sight]) -> CaseFile:
    """Eight queries, however much hangs on the issue. `shown`: the issues its reader may see."""
    written = replies.written(session, issue.id)
    return CaseFile(
        issue=issue,
        deadlines=issues.deadlines_of(session, [issue.id])[issue.id],
        appeals=appeals.of_family(session, issue.id),
        merged_into=(None if issue.merged_into is None else session.get(Issue, issue.merged_into)),
        states=issues.states_of(session, issue.id),
        routes=routings.routes_of(session, issue.id),
        repeats=repeats.offered(session, issue.id, shown=shown),
        replies=written,
        tallies=outbox.tallies(session, [reply.id for reply in written]),
    )


def following(session: Session, issue: Issue, *, shown: Collection[Sight]) -> str | None:
    """The number of the open issue whose running deadline comes next after that of this one (the
    nearest of all where it has none), of those that may be seen."""
    query = select(Issue.number).where(
        Issue.next_due_at.is_not(None), Issue.id != issue.id, *in_sight(shown)
    )
    if issue.next_due_at is not None:
        here = tuple_(literal(issue.next_due_at, Instant), literal(issue.id))
        query = query.where(tuple_(Issue.next_due_at, Issue.id) > here)
    return session.scalars(query.order_by(Issue.next_due_at, Issue.id).limit(1)).first()
