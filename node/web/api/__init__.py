"""The API: one file a noun, listed here by hand."""

from __future__ import annotations

from fastapi import APIRouter

from node.web.api import federation, health, rankings, summaries

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    federation.router,
    rankings.router,
    summaries.router,
)
