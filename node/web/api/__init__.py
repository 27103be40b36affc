"""The API: one file a noun, listed here by hand."""

from __future__ import annotations

from fastapi import APIRouter

from node.web.api import (
    alerts,
    appeals,
    deliveries,
    directives,
    federation,
    health,
    helps,
    issue_drafts,
    issue_repeats,
    issues,
    journal,
    persons,
    photos,
    rankings,
    resolution,
    routing,
    summaries,
    units,
    workflow,
)

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    appeals.router,
    persons.router,
    issues.router,
    issue_repeats.router,
    issue_drafts.router,
    workflow.router,
    alerts.router,
    deliveries.router,
    photos.router,
    journal.router,
    federation.router,
    rankings.router,
    resolution.router,
    summaries.router,
    units.router,
    directives.router,
    helps.router,
    routing.router,
)
