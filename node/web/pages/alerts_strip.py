"""The strip on every page of the staff: alerts nobody has acknowledged, as far as they are seen."""

from __future__ import annotations

from dataclasses import dataclass

from node.actions.acknowledge_alert import may_acknowledge
from node.bootstrap import Node
from node.domain.access import Access
from node.domain.rights import Actor, Right
from node.store import alerts
from node.web.locale import russian
from node.web.pages.issue_terms import moment

SHOWN = 3


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One alert. `name`: of the rule that fired."""

    id: int
    issue: str
    name: str
    place: str
    raised: str
    may_acknowledge: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """The oldest alerts, and how many more wait behind them."""

    alerts: tuple[AlertLine, ...]
    more: int


def strip_of(node: Node, actor: Actor | None) -> Strip | None:
    """None where there is nobody to alert: a visitor, who reads no issues, a tier without intake.

    One query, two when more wait than are shown.
    """
    if actor is None or not node.policy.intake or not actor.may(Right.ISSUES_READ):
        return None
    access, now = Access(actor, node.rulebook, node.code), node.clock()
    with node.reading() as session:
        found = alerts.unacknowledged(session, access.shown, limit=SHOWN + 1)
        many = len(found) > SHOWN
        counted = alerts.count_unacknowledged(session, access.shown) if many else len(found)
    rulebook, directory = node.rulebook, node.rulebook.directory
    return Strip(
        alerts=tuple(
            AlertLine(
                id=alarm.alert.id,
                issue=alarm.issue.number,
                name=rulebook.danger_name(alarm.alert.rule, alarm.issue.topic),
                place=russian.short_place(directory.name(alarm.issue.territory)),
                raised=moment(alarm.alert.raised_at, now, directory.zone(node.code)),
                may_acknowledge=may_acknowledge(access, alarm),
            )
            for alarm in found[:SHOWN]
        ),
        more=max(0, counted - SHOWN),
    )
