"""People as they are entered: what is refused by name, who may give what to whom."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from node.actions import manage_people, manage_tokens
from node.actions.manage_people import LoginTaken, NoSuchPerson, NotYourself
from node.bootstrap import Node
from node.domain.errors import Invalid
from node.domain.people import NewGrant, Profile, locked_until, new_password
from node.domain.rights import NoRight, Right, unlimited
from node.store import journal, people, tokens
from tests.support.appeals import ELSEWHERE, NOW, TOWN, UNIT
from tests.support.people import a_grant, a_person, actor_of
from tests.support.tables import rows_of
from tests.support.web import a_node


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as node:
        yield node


@pytest.mark.parametrize(
    ("grant", "field", "hint"),
    [
        (a_grant("moderatr"), "role", "moderator"),
        (a_grant("moderator", "Мурманс"), "unit", "RU-MUR"),
        (a_grant("moderator", ELSEWHERE), "unit", "не относится"),
        (a_grant("moderator", "RU"), "unit", "не относится"),
        (a_grant("executor", agencies=("helth_ministry",)), "agency", "health_ministry"),
        (a_grant("executor", agencies=("water_utilty",)), "agency", "water_utility"),
        (a_grant("moderator", sectors=("healt",)), "sector", "health"),
        (a_grant("directive_coordinator", bodies=("АНО",)), "body", "латинские"),
        (a_grant("administrator", sectors=("roads",)), "role", "целиком"),
    ],
)
def test_a_grant_of_what_is_not_there_names_the_code_and_the_nearest(
    node: Node, grant: NewGrant, field: str, hint: str
) -> None:
    with pytest.raises(Invalid) as refused:
        a_person(node, "ivanova", grant)
    assert [fault.field for fault in refused.value.faults] == [field]
    assert hint in refused.value.faults[0].message


@pytest.mark.parametrize(
    ("login", "profile", "fields"),
    [
        ("и", Profile("Имя", "Должность"), ["login"]),
        ("a/b", Profile("Имя", "Должность"), ["login"]),
        ("ok", Profile(" ", "", "not mail"), ["name", "post", "email"]),
        ("ok", Profile("И\nмя", "Д" * 201), ["name", "post"]),
    ],
)
def test_a_wrong_field_is_named(
    node: Node, login: str, profile: Profile, fields: list[str]
) -> None:
    with node.transaction() as session, pytest.raises(Invalid) as refused:
        manage_people.add_person(
            session,
            node.rulebook,
            me=UNIT,
            login=login,
            profile=profile,
            grants=[a_grant("head")],
            password_hash=None,
            actor=unlimited("test", UNIT),
            now=NOW,
        )
    assert [fault.field for fault in refused.value.faults] == fields


def test_a_login_is_one_whatever_its_letters(node: Node) -> None:
    a_person(node, "Ivanova", a_grant("head"))
    with pytest.raises(LoginTaken):
        a_person(node, "IVANOVA", a_grant("head"))


def test_rights_are_those_of_the_moment(node: Node) -> None:
    a_person(node, "ivanova", a_grant("head"))
    assert actor_of(node, "ivanova").may(Right.ISSUES_READ, unit=TOWN)
    with node.transaction() as session:
        manage_people.grant_role(
            session,
            node.rulebook,
            me=UNIT,
            login="ivanova",
            grant=a_grant("executor", TOWN, agencies=("health_ministry",)),
            actor=unlimited("test", UNIT),
            now=NOW,
        )
        manage_people.revoke_role(
            session,
            login="ivanova",
            role="head",
            unit=UNIT,
            actor=unlimited("test", UNIT),
            now=NOW,
        )
    actor = actor_of(node, "ivanova")
    assert actor.may(Right.ISSUES_EXECUTE, unit=TOWN, agency="health_ministry")
    assert not actor.may(Right.ISSUES_EXECUTE, unit=TOWN, agency="road_agency")
    assert not actor.may(Right.RANKINGS_READ)


def test_the_same_role_given_again_has_its_limits_set_anew(node: Node) -> None:
    person = a_person(node, "ivanova", a_grant("moderator", sectors=("roads",)))
    with node.transaction() as session:
        manage_people.grant_role(
            session,
            node.rulebook,
            me=UNIT,
            login="ivanova",
            grant=a_grant("moderator", sectors=("*", "health")),
            actor=unlimited("test", UNIT),
            now=NOW,
        )
        [grant] = people.grants_of(session, person)
    assert grant.sectors == ["*"]


def test_an_administrator_of_a_town_reaches_no_further(node: Node) -> None:
    a_person(node, "town", a_grant("administrator", TOWN))
    a_person(node, "region", a_grant("administrator"))
    a_person(node, "clerk", a_grant("moderator", TOWN))
    actor = actor_of(node, "town")
    with node.transaction() as session:
        with pytest.raises(NoRight):
            manage_people.reset_password(
                session, login="region", password_hash="x", actor=actor, now=NOW
            )
        with pytest.raises(NoRight):
            manage_people.grant_role(
                session,
                node.rulebook,
                me=UNIT,
                login="clerk",
                grant=a_grant("head", UNIT),
                actor=actor,
                now=NOW,
            )
        manage_people.disable_person(session, login="clerk", actor=actor, now=NOW)


def test_whoever_does_not_manage_people_touches_nobody(node: Node) -> None:
    a_person(node, "head", a_grant("head"))
    with node.transaction() as session, pytest.raises(NoRight):
        manage_people.enable_person(session, login="head", actor=actor_of(node, "head"), now=NOW)


def test_nobody_disables_themselves_and_nobody_unknown_is_disabled(node: Node) -> None:
    a_person(node, "admin", a_grant("administrator"))
    actor = actor_of(node, "admin")
    with node.transaction() as session:
        with pytest.raises(NotYourself):
            manage_people.disable_person(session, login="admin", actor=actor, now=NOW)
        with pytest.raises(NoSuchPerson):
            manage_people.disable_person(session, login="nobody", actor=actor, now=NOW)


def test_a_disabled_person_has_no_session_and_no_token_until_enabled(node: Node) -> None:
    a_person(node, "ivanova", a_grant("head"))
    actor = actor_of(node, "ivanova")
    with node.transaction() as session:
        secret = manage_tokens.add_own(session, name="таблица", actor=actor, now=NOW)
        holder = tokens.by_token(session, secret)
        assert holder is not None
        until = NOW.replace(hour=23)
        cookie = tokens.open_session(session, holder, now=NOW, until=until)
        assert tokens.by_session(session, cookie, NOW) is not None
        boss = unlimited("test", UNIT)
        manage_people.disable_person(session, login="ivanova", actor=boss, now=NOW)
        assert tokens.by_token(session, secret) is None
        assert tokens.by_session(session, cookie, NOW) is None
        manage_people.enable_person(session, login="ivanova", actor=boss, now=NOW)
        assert tokens.by_token(session, secret) is not None
        assert tokens.by_session(session, cookie, NOW) is None


def test_a_token_of_ones_own_is_revoked_by_its_owner_only(node: Node) -> None:
    for login in ("ivanova", "petrova"):
        a_person(node, login, a_grant("head"))
    with node.transaction() as session:
        secrets = [
            manage_tokens.add_own(session, name="api", actor=actor_of_login, now=NOW)
            for actor_of_login in (actor_of(node, "ivanova"), actor_of(node, "petrova"))
        ]
        manage_tokens.revoke_own(session, name="api", actor=actor_of(node, "petrova"), now=NOW)
        assert tokens.by_token(session, secrets[1]) is None
        assert tokens.by_token(session, secrets[0]) is not None


def test_the_journal_names_logins_and_holds_no_secret_and_no_name(node: Node) -> None:
    person = a_person(node, "ivanova", a_grant("moderator", sectors=("roads",)))
    with node.transaction() as session:
        secret = manage_tokens.add_own(
            session, name="api", actor=actor_of(node, "ivanova"), now=NOW
        )
        stored = people.by_id(session, person)
        assert stored is not None
        assert journal.broken_at(session) is None
    told = str(rows_of(node)["journal"])
    assert "ivanova" in told
    for hidden in (secret, "Имя Фамилия", "Должность", str(stored.password)):
        assert hidden not in told


@pytest.mark.parametrize(
    ("failures", "minutes"), [(9, 0), (10, 15), (11, 0), (20, 30), (30, 60), (200, 1440)]
)
def test_every_ten_wrong_passwords_lock_for_longer(failures: int, minutes: int) -> None:
    until = locked_until(failures, NOW)
    assert (0 if until is None else (until - NOW).total_seconds() / 60) == minutes


def test_a_made_password_is_never_twice_the_same_and_long_enough() -> None:
    made = {new_password() for _ in range(100)}
    assert len(made) == 100
    assert all(len(password) == 23 for password in made)
