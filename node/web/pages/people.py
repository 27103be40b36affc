"""`/people`: everybody of this node; `/people/LOGIN`: one of them, for whoever manages people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from node.actions import manage_people
from node.bootstrap import Node
from node.domain.errors import Conflict, DomainError, Invalid
from node.domain.people import NewGrant, Profile, new_password
from node.domain.rights import Actor, Right
from node.store import people
from node.store.people import Person
from node.web.deps import NodeDep, PageActorDep
from node.web.locale import russian
from node.web.pages.deadline_letters import letters_of
from node.web.pages.frame import link_above
from node.web.pages.grant_choices import GrantChoices, grant_choices
from node.web.pages.grants import GrantView, grant_views
from node.web.pages.rendering import render

router = APIRouter(prefix="/people", include_in_schema=False)

LABELS = {
    "login": "Логин",
    "name": "Имя",
    "post": "Должность",
    "email": "Электронная почта",
    "role": "Роль",
    "unit": "Территория",
    "sector": "Отрасли",
    "agency": "Ведомства и исполнители",
    "body": "Координирующие органы",
}


class GrantForm(BaseModel):
    """A role as a browser sends it."""

    role: str = ""
    unit: str = ""
    sector: list[str] = []
    agency: list[str] = []
    body: str = ""

    def grant(self) -> NewGrant:
        return NewGrant(
            self.role,
            self.unit,
            agencies=tuple(self.agency),
            sectors=tuple(self.sector),
            bodies=tuple(self.body.replace(",", " ").split()),
        )


class ProfileForm(BaseModel):
    name: str = ""
    post: str = ""
    email: str = ""

    def profile(self) -> Profile:
        return Profile(self.name, self.post, self.email)


class PersonForm(GrantForm, ProfileForm):
    login: str = ""


@dataclass(frozen=True, slots=True)
class PersonView:
    """`managed`: the reader may change something here. `state`: empty when all is ordinary."""

    login: str
    name: str
    post: str
    email: str
    since: str
    state: str
    disabled: bool
    locked: bool
    has_password: bool
    by_provider: bool
    managed: bool
    grants: tuple[GrantView, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A password made just now: it stands in one answer and nowhere else."""

    login: str
    password: str


@router.get("")
def index(request: Request, node: NodeDep, actor: PageActorDep) -> Response:
    return _index(request, node, actor, PersonForm(unit=node.code))


@router.post("")
def add(
    request: Request, node: NodeDep, actor: PageActorDep, form: Annotated[PersonForm, Form()]
) -> Response:
    actor.require(Right.PEOPLE_MANAGE)
    password = new_password()
    hashed = node.passwords.hashed(password)
    try:
        with node.transaction() as session:
            person = manage_people.add_person(
                session,
                node.rulebook,
                me=node.code,
                login=form.login,
                profile=form.profile(),
                grants=[form.grant()],
                password_hash=hashed,
                actor=actor,
                now=node.clock(),
            )
    except (Invalid, Conflict) as refusal:
        return _index(request, node, actor, form, refusal)
    return _card(request, node, actor, person.login, shown=Shown(person.login, password))


@router.get("/{login}")
def card(request: Request, node: NodeDep, actor: PageActorDep, login: str) -> Response:
    return _card(request, node, actor, login)


@router.post("/{login}/profile")
def edit(
    request: Request,
    node: NodeDep,
    actor: PageActorDep,
    login: str,
    form: Annotated[ProfileForm, Form()],
) -> Response:
    try:
        with node.transaction() as session:
            manage_people.edit_person(
                session, login=login, profile=form.profile(), actor=actor, now=node.clock()
            )
    except Invalid as refusal:
        return _card(request, node, actor, login, refusal)
    return _back(login)


@router.post("/{login}/grant")
def grant(
    request: Request,
    node: NodeDep,
    actor: PageActorDep,
    login: str,
    form: Annotated[GrantForm, Form()],
) -> Response:
    try:
        with node.transaction() as session:
            manage_people.grant_role(
                session,
                node.rulebook,
                me=node.code,
                login=login,
                grant=form.grant(),
                actor=actor,
                now=node.clock(),
            )
    except Invalid as refusal:
        return _card(request, node, actor, login, refusal, form)
    return _back(login)


@router.post("/{login}/revoke")
def revoke(
    node: NodeDep,
    actor: PageActorDep,
    login: str,
    role: Annotated[str, Form()] = "",
    unit: Annotated[str, Form()] = "",
) -> Response:
    with node.transaction() as session:
        manage_people.revoke_role(
            session, login=login, role=role, unit=unit, actor=actor, now=node.clock()
        )
    return _back(login)


@router.post("/{login}/password")
def reset(request: Request, node: NodeDep, actor: PageActorDep, login: str) -> Response:
    """A new password, shown in this answer only."""
    actor.require(Right.PEOPLE_MANAGE)
    password = new_password()
    hashed = node.passwords.hashed(password)
    with node.transaction() as session:
        manage_people.reset_password(
            session, login=login, password_hash=hashed, actor=actor, now=node.clock()
        )
    return _card(request, node, actor, login, shown=Shown(login, password))


@router.post("/{login}/disable")
def disable(node: NodeDep, actor: PageActorDep, login: str) -> Response:
    with node.transaction() as session:
        manage_people.disable_person(session, login=login, actor=actor, now=node.clock())
    return _back(login)


@router.post("/{login}/enable")
def enable(node: NodeDep, actor: PageActorDep, login: str) -> Response:
    with node.transaction() as session:
        manage_people.enable_person(session, login=login, actor=actor, now=node.clock())
    return _back(login)


@router.post("/{login}/unlock")
def unlock(node: NodeDep, actor: PageActorDep, login: str) -> Response:
    with node.transaction() as session:
        manage_people.unlock_person(session, login=login, actor=actor, now=node.clock())
    return _back(login)


@router.get("/{login}/{_form}")
def back(_actor: PageActorDep, login: str, _form: str) -> Response:
    """Whoever was sent to sign in when sending a form, or reloads after it, comes here."""
    return _back(login)


def _back(login: str) -> Response:
    return RedirectResponse(f"/people/{quote(login, safe='')}", status_code=303)


def _index(
    request: Request,
    node: Node,
    actor: Actor,
    form: PersonForm,
    refusal: DomainError | None = None,
) -> Response:
    actor.require(Right.PEOPLE_MANAGE)
    with node.reading() as session:
        everybody = people.listed(session)
        grants = people.every_grant(session)
    return render(
        request,
        "people.html",
        status_code=_status(refusal),
        actor=actor,
        link=link_above(node),
        people=[_view(node, actor, one, grants.get(one.id, [])) for one in everybody],
        form=form,
        choices=_choices(node, actor),
        refusal=refusal,
        faults=_faults(refusal),
    )


def _card(
    request: Request,
    node: Node,
    actor: Actor,
    login: str,
    refusal: DomainError | None = None,
    form: GrantForm | None = None,
    *,
    shown: Shown | None = None,
) -> Response:
    actor.require(Right.PEOPLE_MANAGE)
    with node.reading() as session:
        person = people.by_login(session, login)
        if person is None:
            raise manage_people.NoSuchPerson
        grants = people.grants_of(session, person.id)
        letters = letters_of(session, node, person)
    return render(
        request,
        "person.html",
        status_code=_status(refusal),
        actor=actor,
        link=link_above(node),
        person=_view(node, actor, person, grants),
        letters=letters,
        form=form or GrantForm(unit=node.code),
        choices=_choices(node, actor),
        shown=shown,
        refusal=refusal,
        faults=_faults(refusal),
    )


def _choices(node: Node, actor: Actor) -> GrantChoices:
    return grant_choices(node.rulebook, node.code, actor)


def _view(node: Node, actor: Actor, person: Person, grants: Sequence[people.Grant]) -> PersonView:
    now, zone = node.clock(), node.zone
    locked = person.locked_until is not None and person.locked_until > now
    state = ""
    if person.disabled_at is not None:
        state = f"отключён с {russian.moment(person.disabled_at, zone)}"
    elif person.locked_until is not None and locked:
        state = f"вход закрыт до {russian.moment(person.locked_until, zone)}"
    return PersonView(
        login=person.login,
        name=person.name,
        post=person.post,
        email=person.email or "",
        since=russian.day(person.created_at.astimezone(zone).date()),
        state=state,
        disabled=person.disabled_at is not None,
        locked=locked,
        has_password=person.password is not None,
        by_provider=person.subject is not None,
        managed=manage_people.manages(actor, grants),
        grants=tuple(grant_views(grants, node.rulebook)),
    )


def _faults(refusal: DomainError | None) -> list[tuple[str, str, str]]:
    return [
        (LABELS.get(fault.field, fault.field), fault.field, fault.message)
        for fault in (refusal.faults if isinstance(refusal, Invalid) else ())
    ]


def _status(refusal: DomainError | None) -> int:
    if refusal is None:
        return 200
    return 409 if isinstance(refusal, Conflict) else 422
