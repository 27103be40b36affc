"""People with roles, entered and signed in as a test needs them."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient

from node.actions.manage_people import add_person
from node.bootstrap import Node
from node.domain.people import NewGrant, Profile
from node.domain.rights import Actor, unlimited
from node.store import people, tokens
from node.web import auth

PASSWORD = "пароль из нескольких слов"


def a_grant(role: str, unit: str = "RU-MUR", **limits: Any) -> NewGrant:
    return NewGrant(role, unit, **limits)


def a_person(node: Node, login: str, *grants: NewGrant, email: str | None = None) -> int:
    """Somebody with these roles, or without any; the id."""
    hashed = node.passwords.hashed(PASSWORD)
    with node.transaction() as session:
        person = add_person(
            session,
            node.rulebook,
            me=node.code,
            login=login,
            profile=Profile("Имя Фамилия", f"Должность {login}", email),
            grants=grants or [a_grant("analyst", node.code)],
            password_hash=hashed,
            actor=unlimited("test", node.code),
            now=node.clock(),
        )
        if not grants:
            for grant in people.grants_of(session, person.id):
                session.delete(grant)
        return person.id


def actor_of(node: Node, login: str) -> Actor:
    """Somebody entered before, with the rights of this moment."""
    with node.reading() as session:
        person = people.by_login(session, login)
        assert person is not None
        return auth.actor_of(node, session, tokens.Holder(person, None))


def signs_in(client: TestClient, login: str, password: str = PASSWORD, **fields: str) -> Any:
    """As a browser does."""
    return client.post("/sign-in", data={"login": login, "password": password, **fields})
