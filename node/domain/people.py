"""People of a node as entered: what a login, a password and a grant may be, and the lockout.

Staff, never residents.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from node.domain.classifier import UNSORTED
from node.domain.errors import Fault, Invalid
from node.domain.rights import Right
from node.domain.roles import EVERY_SECTOR
from node.domain.rulebook import Rulebook
from node.domain.suggestions import Suggestions

LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
EMAIL = re.compile(r"[^@\s]{1,100}@[^@\s]+\.[^@\s]+")
BODY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
MAX_NAME = 200
LEAST_PASSWORD = 12
MAX_PASSWORD = 200  # argon2 reads all of it: nobody makes it read a megabyte

FAILURES = 10  # wrong passwords in a row before a login is locked
LOCK = timedelta(minutes=15)
LONGEST_LOCK = timedelta(hours=24)

# Without 0 O, 1 l I: it is read from a paper or told by telephone.
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class NewGrant:
    """A role as it is to be given. Empty agencies, sectors and bodies mean no limit.

    Among `agencies` the code of an executor limits to that one, an agency's takes in all of its
    executors.
    """

    role: str
    unit: str
    agencies: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """Who somebody is. `post` is what leaves the node in a person's place."""

    name: str
    post: str
    email: str | None = None


def normal_login(text: str) -> str:
    return text.strip().lower()


def checked_login(text: str) -> str:
    """In lower case. Invalid."""
    login = normal_login(text)
    if not LOGIN.fullmatch(login):
        raise Invalid(
            Fault("login", "от 2 до 64 знаков: латинские буквы, цифры, точка, дефис, подчёркивание")
        )
    return login


def checked_profile(profile: Profile) -> Profile:
    """Trimmed. Invalid names every field that is wrong."""
    trimmed = Profile(
        profile.name.strip(), profile.post.strip(), (profile.email or "").strip().lower() or None
    )
    faults = [
        Fault(field, f"{what}: от 1 до {MAX_NAME} печатных знаков")
        for field, what, text in (
            ("name", "имя", trimmed.name),
            ("post", "должность", trimmed.post),
        )
        if not text or len(text) > MAX_NAME or not text.isprintable()
    ]
    if trimmed.email and not (EMAIL.fullmatch(trimmed.email) and len(trimmed.email) <= MAX_NAME):
        faults.append(Fault("email", "не похоже на адрес электронной почты"))
    if faults:
        raise Invalid(*faults)
    return trimmed


def checked_password(password: str, *, login: str) -> str:
    """Invalid: too short, too long, or easily guessed from the login. NIST SP 800-63B: length
    matters, required kinds of characters do not."""
    if not LEAST_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise Invalid(
            Fault("password", f"пароль: от {LEAST_PASSWORD} до {MAX_PASSWORD} знаков, любых")
        )
    if login in password.lower() or len(set(password)) < 5:
        raise Invalid(
            Fault("password", "пароль легко угадать: не повторяйте логин и одни и те же знаки")
        )
    return password


def new_password() -> str:
    """100 random bits in four groups that can be told by telephone."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(5)) for _ in range(4))


def locked_until(failures: int, now: datetime) -> datetime | None:
    """Until when a login is locked after so many wrong passwords in a row, None when it is not.

    Each further ten double the time, to a day at most. A sign-in or an administrator ends it.
    """
    if not failures or failures % FAILURES:
        return None
    doublings = min(failures // FAILURES - 1, 10)  # beyond, the longest lock holds anyway
    return now + min(LOCK * (1 << doublings), LONGEST_LOCK)


def checked_grant(grant: NewGrant, rulebook: Rulebook, node: str) -> NewGrant:
    """Invalid names every code that is not known, with the nearest that is."""
    faults = tuple(_faults_of_grant(grant, rulebook, node))
    if faults:
        raise Invalid(*faults)
    return NewGrant(
        grant.role,
        grant.unit,
        tuple(sorted(set(grant.agencies))),
        (EVERY_SECTOR,) if EVERY_SECTOR in grant.sectors else tuple(sorted(set(grant.sectors))),
        tuple(sorted(set(grant.bodies))),
    )


def _faults_of_grant(grant: NewGrant, rulebook: Rulebook, node: str) -> Iterator[Fault]:
    roles, directory, classifier = rulebook.roles, rulebook.directory, rulebook.classifier
    role = roles.get(grant.role)
    if role is None:
        known = ", ".join(one.code for one in roles)
        yield Fault("role", f"роли «{grant.role[:80]}» нет; есть: {known}")
    if grant.unit not in directory:
        near = _near(directory.nearest(grant.unit))
        yield Fault("unit", f"территории «{grant.unit[:80]}» нет в справочнике{near}")
    elif not directory.is_within(grant.unit, node):
        yield Fault(
            "unit", f"{directory.name(grant.unit)} не относится к территории этого узла ({node})"
        )
    for code in grant.agencies:
        if code not in rulebook.agencies:
            near = _near(rulebook.agencies.nearest(code))
            yield Fault(
                "agency", f"ведомства или исполнителя «{code[:80]}» нет в agencies.toml{near}"
            )
    sectors = Suggestions(
        (one.code, text) for one in classifier.sectors for text in (one.code, one.name)
    )
    for code in grant.sectors:
        if code not in (EVERY_SECTOR, UNSORTED) and classifier.sector(code) is None:
            yield Fault(
                "sector", f"отрасли «{code[:80]}» нет в topics.toml{_near(sectors.nearest(code))}"
            )
    for code in grant.bodies:
        if not BODY.fullmatch(code):
            yield Fault("body", "код координирующего органа: латинские буквы, цифры, . _ -")
    narrowed = grant.agencies or grant.sectors or grant.bodies
    if role is not None and narrowed and Right.PEOPLE_MANAGE in role.rights:
        # Else somebody for one sector could give roles for all of them.
        yield Fault("role", f"роль «{role.title}» даётся на территорию целиком, без ограничений")


def _near(codes: Iterable[str]) -> str:
    listed = ", ".join(codes)
    return f"; похожие: {listed}" if listed else ""
