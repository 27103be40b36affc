"""`/sign-in/oidc`: to the provider of the organisation, and back with its word."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from node.bootstrap import OIDC_BACK
from node.web import auth, oidc
from node.web.deps import BrakesDep, NodeDep
from node.web.oidc import Errand
from node.web.pages.sign_in import welcome, within

router = APIRouter(include_in_schema=False)

# The way back has a code in its address: no page loaded from here is told of it.
SECRET_ADDRESS = {"Referrer-Policy": "no-referrer"}


@router.get("/sign-in/oidc")
def leave(node: NodeDep, next: str = "") -> Response:
    errand = Errand.new(within(next))
    answer = RedirectResponse(oidc.address_of(node, errand), status_code=303)
    oidc.set_cookie(node, answer, errand)
    return answer


@router.get(OIDC_BACK)
def come_back(request: Request, node: NodeDep, brakes: BrakesDep) -> Response:
    """Signed in, and on to where the reader was going. An errand is done once, well or not."""
    errand = Errand.from_cookie(request.cookies.get(oidc.cookie_name(node), ""))
    if errand is not None and brakes.states.admit(errand.state, node.clock()) is not None:
        errand = None
    proven = oidc.prove(node, errand, request.query_params)
    cookie = auth.sign_in_proven(node, proven)
    answer = welcome(request, node, cookie, errand.back if errand else "")
    oidc.clear_cookie(node, answer)
    answer.headers.update(SECRET_ADDRESS)
    return answer
