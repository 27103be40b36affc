"""Roles: what a person may do, as data (`config/roles.toml`), and the permits that grants make.

Where a role holds is the grant's part (`node/store/people.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from node.domain.rights import Permit, Right
from node.domain.suggestions import Suggestions
from node.domain.table import Table

EVERY_SECTOR = "*"
"""In a grant's sectors: all of them, the closed ones too."""


class InvalidRoles(ValueError):
    """The roles cannot be used; the message names the role and the right."""


@dataclass(frozen=True, slots=True)
class Role:
    """`closed_sectors`: sees closed topics though the grant names no sector or agency."""

    code: str
    title: str
    about: str
    rights: frozenset[Right]
    closed_sectors: bool = False


class Given(Protocol):
    """A role given to a person, and where it holds."""

    @property
    def role(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def agencies(self) -> Iterable[str]: ...
    @property
    def sectors(self) -> Iterable[str]: ...
    @property
    def bodies(self) -> Iterable[str]: ...


class Roles:
    """Every role, in the order of the file."""

    def __init__(self, roles: Iterable[Role]) -> None:
        self._by_code = {role.code: role for role in roles}
        self._suggestions = Suggestions(
            (role.code, name) for role in self for name in (role.code, role.title)
        )

    @classmethod
    def from_table(cls, values: Mapping[str, object]) -> Roles:
        """From roles.toml. InvalidTable or InvalidRoles names the key, the role and the right.

        Every right must be given by some role: one that none gives could be used by nobody.
        """
        table = Table(values)
        listed = table.table("roles")
        roles = []
        for code in listed:
            entry = listed.table(code)
            roles.append(
                Role(
                    code=code,
                    title=entry.text("title"),
                    about=entry.text("about"),
                    rights=frozenset(_right(entry, word) for word in entry.texts("rights")),
                    closed_sectors=entry.flag("closed_sectors", default=False),
                )
            )
            entry.close()
        table.close()
        given = {right for role in roles for right in role.rights}
        if lost := [right.value for right in Right if right not in given]:
            raise InvalidRoles(f"no role has the right {', '.join(lost)}: give it to one")
        return cls(roles)

    def __iter__(self) -> Iterator[Role]:
        return iter(self._by_code.values())

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def get(self, code: str) -> Role | None:
        return self._by_code.get(code)

    def title(self, code: str) -> str:
        """The Russian name, or the code itself when the role is no longer in the file."""
        role = self._by_code.get(code)
        return role.title if role else code

    def nearest(self, text: str, n: int = 3) -> list[str]:
        return self._suggestions.nearest(text, n)

    def permits(self, grants: Iterable[Given]) -> tuple[Permit, ...]:
        """What grants allow. A role that is no longer in the file allows nothing."""
        return tuple(
            _permit(role, grant) for grant in grants if (role := self.get(grant.role)) is not None
        )


def _right(entry: Table, word: str) -> Right:
    if word not in set(Right):
        meant = Suggestions((right, right) for right in Right).nearest(word, 1)
        hint = f"; did you mean {meant[0]!r}?" if meant else ""
        raise entry.refusal("rights", f"has {word!r}, which is no right{hint}")
    return Right(word)


def _permit(role: Role, grant: Given) -> Permit:
    sectors = frozenset(grant.sectors)
    every = EVERY_SECTOR in sectors
    return Permit(
        role.rights,
        grant.unit,
        agencies=frozenset(grant.agencies),
        sectors=frozenset() if every else sectors,
        bodies=frozenset(grant.bodies),
        closed=role.closed_sectors or every,
    )
