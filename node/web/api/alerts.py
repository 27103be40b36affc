"""`/api/v1/alerts`: issues of danger to life, until somebody takes them over."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from node.actions.acknowledge_alert import acknowledge_alert
from node.domain.access import Access
from node.domain.rulebook import Rulebook
from node.store import alerts
from node.store.alerts import Alarm
from node.web.deps import ActorDep, NodeDep

router = APIRouter(prefix="/api/v1/alerts", tags=["alerts"])

MAX_LIMIT = 200
MAX_ID = 2**31 - 1  # what the column holds


class AlertView(BaseModel):
    """`rule` fired on the words of an appeal, `name` is its name in Russian; `times_sent` counts
    letters to the duty list."""

    id: int
    issue: str
    rule: str
    name: str
    topic: str
    territory: str
    raised_at: datetime
    times_sent: int
    acknowledged_at: datetime | None
    acknowledged_by: str | None


class AlertsView(BaseModel):
    """One page, the oldest first. `next` is the `after` of the following page, null on the last."""

    alerts: list[AlertView]
    next: int | None


@router.get("")
def index(
    node: NodeDep,
    actor: ActorDep,
    acknowledged: bool = False,
    after: Annotated[int, Query(ge=0, le=MAX_ID)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
) -> AlertsView:
    """Alerts nobody has taken over, of issues that have not ended; or those taken over."""
    shown = Access(actor, node.rulebook, node.code).shown
    read = alerts.acknowledged if acknowledged else alerts.unacknowledged
    with node.reading() as session:
        found = read(session, shown, after=after, limit=limit + 1)
    page = found[:limit]
    return AlertsView(
        alerts=[_view(alarm, node.rulebook) for alarm in page],
        next=page[-1].alert.id if len(found) > limit else None,
    )


@router.post("/{alert_id}/acknowledge")
def acknowledge(
    node: NodeDep, actor: ActorDep, alert_id: Annotated[int, Path(ge=1, le=MAX_ID)]
) -> AlertView:
    """Take an alert over. One taken before stays with whoever took it: see `acknowledged_by`."""
    with node.transaction() as session:
        taken = acknowledge_alert(
            session,
            node.rulebook,
            unit=node.code,
            alert_id=alert_id,
            actor=actor,
            now=node.clock(),
        )
        return _view(taken, node.rulebook)


def _view(alarm: Alarm, rulebook: Rulebook) -> AlertView:
    alert, issue = alarm.alert, alarm.issue
    return AlertView(
        id=alert.id,
        issue=issue.number,
        rule=alert.rule,
        name=rulebook.danger_name(alert.rule, issue.topic),
        topic=issue.topic,
        territory=issue.territory,
        raised_at=alert.raised_at,
        times_sent=alert.times_sent,
        acknowledged_at=alert.acknowledged_at,
        acknowledged_by=alert.acknowledged_by,
    )
