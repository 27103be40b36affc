"""Pages: one file a page (or a small family), listed here by hand.

A page module imports `render` from `node.web.pages.rendering`, deps from `node.web.deps`, and
exports `router`.
"""

from __future__ import annotations

from fastapi import APIRouter

from node.web.pages import help, home, sign_in, top

ROUTERS: tuple[APIRouter, ...] = (
    home.router,
    sign_in.router,
    top.router,
    help.router,
)
