"""Who works in the demo: a login for every role, at the node where that role has most to look at.

Posts and made-up logins, nobody's names. All share one password: it is a demo on this machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from node.actions import manage_people
from node.bootstrap import Node
from node.demo.record import Login
from node.demo.stage import Stage
from node.domain.people import NewGrant, Profile, new_password
from node.domain.rights import unlimited


@dataclass(frozen=True, slots=True)
class Desk:
    """One role and its limits. `unit` None is the top."""

    role: str
    login: str
    post: str
    unit: str | None = "RU-MUR"
    agencies: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()


DESKS = (
    Desk("moderator", "moderator", "модератор регионального центра", sectors=("*",)),
    Desk("coordinator", "coordinator", "координатор регионального центра", sectors=("*",)),
    Desk("executor", "executor", "специалист министерства", agencies=("road_directorate",)),
    Desk("approver", "approver", "старший по согласованию ответов", sectors=("*",)),
    Desk("block_owner", "minister", "министр, владелец блока", sectors=("roads", "transport")),
    Desk("head", "head", "глава региона"),
    Desk("analyst", "analyst", "аналитик регионального центра"),
    Desk("administrator", "admin", "администратор узла"),
    Desk("directive_coordinator", "directives", "федеральный координатор поручений", unit=None),
)


def employ(stage: Stage, *, now: datetime) -> tuple[Login, ...]:
    """Enter everybody at the node where they work; what they sign in with."""
    password = new_password()
    top = stage.cast.live[0]
    logins = []
    for unit in dict.fromkeys(desk.unit or top for desk in DESKS):
        node = stage.node(unit, clock=lambda: now, transport=None, synchronous="OFF")
        try:
            logins += [
                _employ(node, desk, password) for desk in DESKS if (desk.unit or top) == unit
            ]
        finally:
            node.close()
    return tuple(logins)


def _employ(node: Node, desk: Desk, password: str) -> Login:
    # Before the transaction: making a hash takes a tenth of a second on purpose.
    hashed = node.passwords.hashed(password)
    title = node.rulebook.roles.title(desk.role)
    with node.transaction() as session:
        manage_people.add_person(
            session,
            node.rulebook,
            me=node.code,
            login=desk.login,
            profile=Profile(f"{title} (демо)", desk.post),
            grants=[NewGrant(desk.role, node.code, desk.agencies, desk.sectors)],
            password_hash=hashed,
            actor=unlimited("demo", node.code),
            now=node.clock(),
        )
    return Login(node.code, desk.role, desk.login, password)
