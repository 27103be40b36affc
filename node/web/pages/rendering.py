"""Templates and what every page is given."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from node.bootstrap import VERSION, Node
from node.web.pages import filters
from node.web.pages.alerts_strip import strip_of
from node.web.pages.daily_control import asked_today

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


@cache
def environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(filters.FILTERS)
    return found


def render(
    request: Request,
    template: str,
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> Response:
    """A page (or the part htmx asked for) as an answer."""
    node: Node = request.app.state.node
    actor = context.get("actor", getattr(request.state, "actor", None))
    everywhere = {
        "node": node,
        "unit": node.unit,
        "tier": node.policy,
        "version": VERSION,
        "path": request.url.path,
        "now": node.clock(),
        "actor": actor,
        # Called by the frame alone, so that a part that is renewed every half minute asks nothing;
        # nor does a page that tells of a fault, which may well be that of the database.
        "alerts_strip": lambda: strip_of(node, actor if status_code < 400 else None),
        "asked_today": lambda: asked_today(node, actor if status_code < 400 else None),
    }
    text = environment().get_template(template).render(everywhere | context)
    return Response(
        text.encode("utf-8", "replace"),
        status_code=status_code,
        media_type="text/html; charset=utf-8",
        headers=dict(headers or {}),
    )
