"""Pages: one file a page (or a small family), listed here by hand.

A page module imports `render` from `node.web.pages.rendering`, deps from `node.web.deps`, and
exports `router`.
"""

from __future__ import annotations

from fastapi import APIRouter

ROUTERS: tuple[APIRouter, ...] = ()
