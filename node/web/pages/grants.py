"""A grant in words, for whoever has it and whoever gives it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from node.domain.roles import EVERY_SECTOR
from node.domain.rulebook import Rulebook
from node.store.people import Grant

EVERY = "все отрасли, и закрытые"


@dataclass(frozen=True, slots=True)
class GrantView:
    """`limits`: each kind of limit in one phrase; none: the whole of the unit."""

    role: str
    title: str
    about: str
    unit: str
    place: str
    limits: tuple[str, ...]


def grant_views(grants: Iterable[Grant], rulebook: Rulebook) -> list[GrantView]:
    return [_view(grant, rulebook) for grant in grants]


def _view(grant: Grant, rulebook: Rulebook) -> GrantView:
    role = rulebook.roles.get(grant.role)
    limits = []
    if grant.sectors:
        names = ", ".join(rulebook.classifier.name(code) for code in grant.sectors)
        limits.append(EVERY if EVERY_SECTOR in grant.sectors else f"только: {names}")
    if grant.agencies:
        names = ", ".join(rulebook.agencies.name(code) for code in grant.agencies)
        limits.append(f"только: {names}")
    if grant.bodies:
        limits.append(f"только органы: {', '.join(grant.bodies)}")
    return GrantView(
        role=grant.role,
        title=rulebook.roles.title(grant.role),
        about=role.about if role else "Такой роли в roles.toml больше нет: она ничего не даёт.",
        unit=grant.unit,
        place=rulebook.directory.name(grant.unit),
        limits=tuple(limits),
    )
