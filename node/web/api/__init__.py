"""The API: one file a noun, listed here by hand."""

from __future__ import annotations

from fastapi import APIRouter

from node.web.api import (
    alerts,
    appeals,
    directives,
    federation,
    health,
    helps,
    issues,
    journal,
    rankings,
    summaries,
    units,
)

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    appeals.router,
    issues.router,
    alerts.router,
    journal.router,
    federation.router,
    rankings.router,
    summaries.router,
    units.router,
    directives.router,
    helps.router,
)
