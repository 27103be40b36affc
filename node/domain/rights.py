"""Who may do what, where: an actor with the permits its roles give it.

Roles are data (`config/roles.toml`); what a role may do is a list of rights, and where is said by
the person's grant: a unit with all below it, agencies, sectors, coordinating bodies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from node.domain.errors import Forbidden


class Right(StrEnum):
    """What an action asks for. The words in roles.toml are these."""

    ISSUES_READ = "issues.read"
    ISSUES_MODERATE = "issues.moderate"
    ISSUES_COORDINATE = "issues.coordinate"
    ISSUES_EXECUTE = "issues.execute"
    ISSUES_APPROVE = "issues.approve"
    APPEALS_SUBMIT = "appeals.submit"
    RANKINGS_READ = "rankings.read"
    SUMMARIES_READ = "summaries.read"
    DIRECTIVES_READ = "directives.read"
    DIRECTIVES_ISSUE = "directives.issue"  # issue, revise, withdraw; the risk zone
    DIRECTIVES_REPORT = "directives.report"  # readings, steps, check-ins of a unit
    HELP_READ = "help.read"
    HELP_ASK = "help.ask"  # put a question, plan a training
    HELP_ANSWER = "help.answer"
    ROUTING_MANAGE = "routing.manage"  # the rules that say who gets an issue, of the whole node
    PEOPLE_MANAGE = "people.manage"
    NODE_MANAGE = "node.manage"
    JOURNAL_READ = "journal.read"  # who did what when on this node
    RESIDENTS_MANAGE = "residents.manage"  # copy, correct, erase what is held on a resident


class NoRight(Forbidden):
    """Нет прав на это действие: его делает другая роль. Обратитесь к администратору узла."""


@dataclass(frozen=True, slots=True)
class Permit:
    """Rights of one grant and where they hold. An empty set of agencies, sectors or bodies means
    no limit of that kind. Among agencies an executor's code may stand: `domain/access.py` tells
    which issues either reaches.

    `closed`: topics closed to others are open to it, though it names no sector and no agency.
    """

    rights: frozenset[Right]
    unit: str
    agencies: frozenset[str] = frozenset()
    sectors: frozenset[str] = frozenset()
    bodies: frozenset[str] = frozenset()
    closed: bool = False

    @property
    def opens_closed(self) -> bool:
        """Whether appeals on closed topics may be read through it: see `domain/access.py`."""
        return self.closed or bool(self.sectors or self.agencies)

    def covers(self, agency: str | None, sector: str | None, body: str | None) -> bool:
        """What is not asked about (None) does not narrow."""
        return all(
            asked is None or not limit or asked in limit
            for asked, limit in (
                (agency, self.agencies),
                (sector, self.sectors),
                (body, self.bodies),
            )
        )


def _everywhere(_unit: str, _scope: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `name` goes into the journal, `post` upward (posts, not names, leave a node).

    `within(unit, scope)`: whether a unit lies in a permit's unit, by the directory in force.
    """

    name: str
    post: str
    permits: tuple[Permit, ...]
    person: int | None = None
    within: Callable[[str, str], bool] = field(default=_everywhere, repr=False, compare=False)

    def may(
        self,
        right: Right,
        *,
        unit: str | None = None,
        agency: str | None = None,
        sector: str | None = None,
        body: str | None = None,
    ) -> bool:
        return any(
            right in permit.rights
            and (unit is None or self.within(unit, permit.unit))
            and permit.covers(agency, sector, body)
            for permit in self.permits
        )

    def require(
        self,
        right: Right,
        *,
        unit: str | None = None,
        agency: str | None = None,
        sector: str | None = None,
        body: str | None = None,
    ) -> None:
        """NoRight unless `may`."""
        if not self.may(right, unit=unit, agency=agency, sector=sector, body=body):
            raise NoRight

    def may_whole(self, right: Right, unit: str) -> bool:
        """Whether one permit gives the right over all of a unit, without a limit of agency, sector
        or body: for what is not told apart by them."""
        return any(
            right in permit.rights
            and self.within(unit, permit.unit)
            and not (permit.agencies or permit.sectors or permit.bodies)
            for permit in self.permits
        )

    def require_whole(self, right: Right, unit: str) -> None:
        """NoRight unless `may_whole`."""
        if not self.may_whole(right, unit):
            raise NoRight

    def units(self, right: Right) -> tuple[str, ...]:
        """The units for which the actor has a right, each with all below it."""
        return tuple(permit.unit for permit in self.permits if right in permit.rights)

    def __str__(self) -> str:
        return self.name


def unlimited(name: str, unit: str, *, post: str = "администратор узла") -> Actor:
    """An actor who may do everything: the command line, and tokens that belong to no person."""
    return Actor(name, post, (Permit(frozenset(Right), unit, closed=True),))
