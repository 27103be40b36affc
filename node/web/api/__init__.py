"""The API: one file a noun, listed here by hand."""

from __future__ import annotations

from fastapi import APIRouter

from node.web.api import federation, health

ROUTERS: tuple[APIRouter, ...] = (health.router, federation.router)
