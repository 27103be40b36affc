"""`/status/KEY`: what became of an appeal, for whoever holds its link. No text, no names."""

from __future__ import annotations

import re
from datetime import timedelta

from fastapi import APIRouter, Request, Response

from node.domain.errors import NotFound
from node.domain.issue import OUTCOME_NAMES, STATE_NAMES, Outcome, State
from node.domain.local_day import day_of
from node.store import appeals
from node.web.deps import NodeDep
from node.web.pages.frame import visitor
from node.web.pages.rendering import render

router = APIRouter(include_in_schema=False)

KEY = re.compile(r"[A-Za-z0-9_-]{32}")


class NoSuchLink(NotFound):
    """По этой ссылке обращения нет. Проверьте, что ссылка скопирована целиком."""


@router.get("/status/{key}")
def status(request: Request, node: NodeDep, key: str, new: str = "") -> Response:
    """With `new` the page a resident comes to from the form: keep this number and this link."""
    with node.reading() as session:
        found = appeals.public_status(session, key) if KEY.fullmatch(key) else None
    if found is None:
        raise NoSuchLink
    zone = node.rulebook.directory.zone(node.code)
    due_at = found.final_due_at
    return render(
        request,
        "appeal_sent.html" if new else "appeal_status.html",
        number=found.number,
        danger=found.danger,
        received_on=day_of(found.received_at, zone),
        state=STATE_NAMES[State(found.state)],
        outcome=OUTCOME_NAMES[Outcome(found.outcome)] if found.outcome else None,
        # The deadline is the end of a day, that is the midnight after it: the day is what to name.
        due_on=day_of(due_at - timedelta(microseconds=1), zone) if due_at else None,
        is_overdue=due_at is not None and found.closed_at is None and node.clock() > due_at,
        closed_on=day_of(found.closed_at, zone) if found.closed_at else None,
        status_url=f"{node.url}/status/{key}",
        actor=visitor(request, node),
    )
