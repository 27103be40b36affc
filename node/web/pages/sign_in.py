"""`/sign-in`, `/sign-out`: an API token pasted into a form opens a session of this browser."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from node.web import auth
from node.web.deps import NodeDep
from node.web.pages.rendering import render

router = APIRouter(include_in_schema=False)
HOME = "/top"


@router.get("/sign-in")
def form(request: Request, next: str = HOME) -> Response:
    return render(request, "sign_in.html", error=None, next=_within(next))


@router.post("/sign-in")
def enter(
    request: Request,
    node: NodeDep,
    token: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form(max_length=2000)] = HOME,
) -> Response:
    if not token.strip():
        return _again(request, "Вставьте токен доступа.", next)
    cookie = auth.sign_in(node, token)
    if cookie is None:
        return _again(request, "Такого токена у этого узла нет, или он отозван.", next)
    answer = RedirectResponse(_within(next), status_code=303)
    auth.set_cookie(node, answer, cookie)
    return answer


@router.post("/sign-out")
def leave(request: Request, node: NodeDep) -> Response:
    auth.sign_out(node, request)
    answer = RedirectResponse("/", status_code=303)
    auth.clear_cookie(node, answer)
    return answer


def _again(request: Request, error: str, back: str) -> Response:
    # The token is not put back into the form: a page may be cached or looked at.
    return render(request, "sign_in.html", status_code=422, error=error, next=_within(back))


def _within(path: str) -> str:
    """The path when it leads to a page of this node, else the board: no open redirect.

    Browsers read `//host` and `/\\host` as another site.
    """
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if ours and "\\" not in path else HOME
