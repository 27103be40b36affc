"""`/`: staff go to their board, residents are told what they can do here."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from node.web.deps import NodeDep
from node.web.pages.frame import visitor
from node.web.pages.rendering import render
from node.web.pages.sign_in import landing

router = APIRouter(include_in_schema=False)


@router.get("/")
def home(request: Request, node: NodeDep) -> Response:
    actor = visitor(request, node)
    if actor is None:
        return render(request, "home.html")
    return RedirectResponse(landing(actor), status_code=303)
