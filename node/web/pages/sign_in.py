"""`/sign-in`, `/sign-out`: a login with its password, or a pasted token, opens a session."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from node.actions.sign_in import SignInRefused, TooManyRefusals
from node.bootstrap import Node
from node.domain.errors import DomainError, Unavailable
from node.domain.rights import Actor, Right
from node.store import people, tokens
from node.web import auth
from node.web.deps import BrakesDep, NodeDep
from node.web.pages.rendering import render

router = APIRouter(include_in_schema=False)

# Where somebody begins who was not on the way anywhere: the first page their rights open.
LANDINGS = (
    (Right.RANKINGS_READ, "/top"),
    (Right.ISSUES_READ, "/issues"),
    (Right.DIRECTIVES_READ, "/directives"),
)
ACCOUNT = "/account"


@router.get("/sign-in")
def form(request: Request, node: NodeDep, next: str = "") -> Response:
    return _page(request, node, back=next)


@router.post("/sign-in")
def enter(
    request: Request,
    node: NodeDep,
    brakes: BrakesDep,
    login: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    token: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    if not login.strip():
        return _by_token(request, node, token, next)
    try:
        cookie = auth.sign_in_person(node, request, brakes, login=login, password=password)
    except (SignInRefused, TooManyRefusals, Unavailable) as refusal:
        return _page(request, node, back=next, login=login, refusal=refusal)
    return welcome(request, node, cookie, next)


@router.post("/sign-out")
def leave(request: Request, node: NodeDep) -> Response:
    auth.sign_out(node, request)
    answer = RedirectResponse("/", status_code=303)
    auth.clear_cookie(node, answer)
    return answer


def welcome(request: Request, node: Node, cookie: str, back: str) -> Response:
    """On to where the reader was going, with the new session; that of before is ended."""
    auth.sign_out(node, request)
    with node.reading() as session:
        holder = tokens.by_session(session, cookie, node.clock())
        home = landing(auth.actor_of(node, session, holder)) if holder else "/"
    answer = RedirectResponse(within(back) or home, status_code=303)
    auth.set_cookie(node, answer, cookie)
    return answer


def landing(actor: Actor) -> str:
    """The first page for somebody with these rights."""
    return next((path for right, path in LANDINGS if actor.may(right)), ACCOUNT)


def within(path: str) -> str:
    """The path when it leads to a page of this node, else nothing: no open redirect.

    Browsers read `//host` and `/\\host` as another site.
    """
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if ours and "\\" not in path else ""


def _by_token(request: Request, node: Node, token: str, back: str) -> Response:
    if not token.strip():
        return _page(request, node, back=back, token_error="Введите логин и пароль или токен.")
    cookie = auth.sign_in(node, token)
    if cookie is None:
        wrong = "Такого токена у этого узла нет, или он отозван."
        return _page(request, node, back=back, token_error=wrong)
    return welcome(request, node, cookie, back)


def _page(
    request: Request,
    node: Node,
    *,
    back: str,
    login: str = "",
    refusal: DomainError | None = None,
    token_error: str = "",
) -> Response:
    # Neither password nor token is put back into the form: a page may be cached or looked at.
    with node.reading() as session:
        has_people = people.are_any(session)
    headers = {}
    status = 422 if token_error or refusal else 200
    if isinstance(refusal, TooManyRefusals):
        status, headers = 429, {"Retry-After": str(refusal.seconds)}
    elif isinstance(refusal, Unavailable):
        status, headers = 503, {"Retry-After": "60"}
    return render(
        request,
        "sign_in.html",
        status_code=status,
        headers=headers,
        next=within(back),
        login=login,
        refusal=refusal,
        wrong=isinstance(refusal, SignInRefused),
        minutes=refusal.minutes if isinstance(refusal, TooManyRefusals) else None,
        token_error=token_error,
        has_people=has_people,
        oidc=node.settings.oidc.name if node.settings.oidc.issuer else "",
    )
