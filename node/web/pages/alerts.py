"""`/alerts`: the strip as an open page renews it, and its button."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse

from node.actions.acknowledge_alert import acknowledge_alert
from node.bootstrap import Node
from node.domain.access import Access
from node.domain.rights import Actor
from node.web.deps import NodeDep, PageActorDep, WatchingActorDep
from node.web.pages.alerts_strip import strip_of
from node.web.pages.issues import require_issues
from node.web.pages.rendering import render

router = APIRouter(prefix="/alerts", include_in_schema=False)

AlertId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("")
def strip(request: Request, node: NodeDep, actor: WatchingActorDep) -> Response:
    """The part alone, also when a browser is led here: it is not a page of its own."""
    return _strip(request, node, actor)


@router.get("/{_alert_id}/acknowledge")
def back(node: NodeDep, _actor: PageActorDep, _alert_id: AlertId) -> Response:
    """Whoever was sent to sign in when taking an alert comes here afterwards."""
    require_issues(node)
    return RedirectResponse("/issues", status_code=303)


@router.post("/{alert_id}/acknowledge")
def take(request: Request, node: NodeDep, actor: PageActorDep, alert_id: AlertId) -> Response:
    """The strip without it; without a script, on to its issue."""
    with node.transaction() as session:
        taken = acknowledge_alert(
            session,
            node.rulebook,
            unit=node.code,
            alert_id=alert_id,
            actor=actor,
            now=node.clock(),
        )
    if "hx-request" in request.headers:
        return _strip(request, node, actor)
    return RedirectResponse(f"/issues/{taken.issue.number}", status_code=303)


def _strip(request: Request, node: Node, actor: Actor) -> Response:
    require_issues(node)
    Access(actor, node.rulebook, node.code)  # NoRight for who reads no issues
    return render(request, "_alerts.html", actor=actor, strip=strip_of(node, actor))
