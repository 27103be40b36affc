"""`/account`: who I am here, where I am signed in, my letters, my tokens, my password."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from node.actions import manage_tokens
from node.actions.choose_letters import choose_letters
from node.actions.sign_in import TooManyRefusals, check_new_password, sign_out_everywhere
from node.bootstrap import Node
from node.domain.errors import Conflict, DomainError, Invalid, Unavailable
from node.domain.rights import Actor
from node.store import people, tokens
from node.web import auth
from node.web.deps import BrakesDep, NodeDep, PageActorDep
from node.web.locale import russian
from node.web.pages.deadline_letters import letters_of
from node.web.pages.frame import link_above
from node.web.pages.grants import grant_views
from node.web.pages.rendering import render

router = APIRouter(prefix="/account", include_in_schema=False)

LABELS = {
    "current": "Нынешний пароль",
    "password": "Новый пароль",
    "again": "Новый пароль ещё раз",
    "name": "Имя токена",
}


@router.get("")
def account(request: Request, node: NodeDep, actor: PageActorDep) -> Response:
    return _page(request, node, actor)


@router.get("/letters")
@router.get("/password")
@router.get("/tokens")
@router.get("/tokens/revoke")
@router.get("/sign-out-everywhere")
def back(_actor: PageActorDep) -> Response:
    """Whoever was sent to sign in when sending a form, or reloads after it, comes here."""
    return RedirectResponse("/account", status_code=303)


@router.post("/password")
def change_password(
    request: Request,
    node: NodeDep,
    actor: PageActorDep,
    brakes: BrakesDep,
    current: Annotated[str, Form(max_length=1000)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    again: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Every other browser is signed out."""
    try:
        check_new_password(password, again, login=actor.name)
        cookie = auth.change_password(
            node, request, brakes, actor, current=current, password=password
        )
    except (Invalid, TooManyRefusals, Unavailable) as refusal:
        return _page(request, node, actor, refusal)
    answer = RedirectResponse("/account", status_code=303)
    auth.set_cookie(node, answer, cookie)
    return answer


@router.post("/letters")
def letters(
    node: NodeDep, actor: PageActorDep, wanted: Annotated[str, Form(max_length=10)] = ""
) -> Response:
    with node.transaction() as session:
        choose_letters(session, wanted=wanted == "1", actor=actor, now=node.clock())
    return RedirectResponse("/account", status_code=303)


@router.post("/tokens")
def add_token(
    request: Request,
    node: NodeDep,
    actor: PageActorDep,
    name: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """The secret stands in this answer and nowhere else."""
    try:
        with node.transaction() as session:
            secret = manage_tokens.add_own(session, name=name, actor=actor, now=node.clock())
    except (Invalid, Conflict) as refusal:
        return _page(request, node, actor, refusal)
    return _page(request, node, actor, secret=secret)


@router.post("/tokens/revoke")
def revoke_token(
    node: NodeDep, actor: PageActorDep, name: Annotated[str, Form(max_length=1000)] = ""
) -> Response:
    with node.transaction() as session:
        manage_tokens.revoke_own(session, name=name, actor=actor, now=node.clock())
    return RedirectResponse("/account", status_code=303)


@router.post("/sign-out-everywhere")
def leave_everywhere(node: NodeDep, actor: PageActorDep) -> Response:
    with node.transaction() as session:
        sign_out_everywhere(session, actor=actor, now=node.clock())
    answer = RedirectResponse("/sign-in", status_code=303)
    auth.clear_cookie(node, answer)
    return answer


def _page(
    request: Request,
    node: Node,
    actor: Actor,
    refusal: DomainError | None = None,
    *,
    secret: str = "",
) -> Response:
    now, zone = node.clock(), node.zone
    here = tokens.digest(auth.cookie_of(node, request))
    person, grants, sessions, owned, letters = None, [], [], [], None
    if actor.person is not None:
        with node.reading() as session:
            person = people.by_id(session, actor.person)
            letters = letters_of(session, node, person) if person else None
            grants = grant_views(people.grants_of(session, actor.person), node.rulebook)
            sessions = [
                (russian.moment(one.created_at, zone), one.sha256 == here, one.token_id is not None)
                for one in tokens.sessions_of(session, actor.person, now)
            ]
            owned = [
                (one.name.removeprefix(f"{actor.name}/"), russian.moment(one.created_at, zone))
                for one in tokens.tokens_of(session, actor.person)
            ]
    headers = {}
    if isinstance(refusal, TooManyRefusals):
        headers["Retry-After"] = str(refusal.seconds)
    return render(
        request,
        "account.html",
        status_code=_status(refusal),
        headers=headers,
        actor=actor,
        link=link_above(node),
        person=person,
        grants=grants,
        letters=letters,
        sessions=sessions,
        tokens=owned,
        secret=secret,
        refusal=refusal,
        faults=[
            (LABELS.get(fault.field, fault.field), fault.field, fault.message)
            for fault in (refusal.faults if isinstance(refusal, Invalid) else ())
        ],
    )


def _status(refusal: DomainError | None) -> int:
    match refusal:
        case None:
            return 200
        case TooManyRefusals():
            return 429
        case Unavailable():
            return 503
        case Conflict():
            return 409
        case _:
            return 422
