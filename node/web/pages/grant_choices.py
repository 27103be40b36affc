"""What a role may be given for: the options of the form on people."""

from __future__ import annotations

from dataclasses import dataclass

from node.domain.agencies import Agency, Executor
from node.domain.classifier import UNSORTED
from node.domain.rights import Actor, Right
from node.domain.roles import EVERY_SECTOR, Role
from node.domain.rulebook import Rulebook
from node.web.pages.grants import EVERY

Option = tuple[str, str]
"""A code and its name."""


@dataclass(frozen=True, slots=True)
class GrantChoices:
    roles: tuple[Role, ...]
    units: tuple[Option, ...]
    sectors: tuple[Option, ...]
    agencies: tuple[Option, ...]


def grant_choices(rulebook: Rulebook, unit: str, actor: Actor) -> GrantChoices:
    """Units are those where the actor manages people, the node's own first."""
    directory, classifier = rulebook.directory, rulebook.classifier
    first, *below = directory.subtree(unit)
    units = [first, *sorted(below, key=directory.name)]
    return GrantChoices(
        roles=tuple(rulebook.roles),
        units=tuple(
            (code, directory.name(code))
            for code in units
            if actor.may(Right.PEOPLE_MANAGE, unit=code)
        ),
        sectors=(
            (EVERY_SECTOR, EVERY),
            (UNSORTED, classifier.name(UNSORTED)),
            *((one.code, _marked(one.name, one.sensitive)) for one in classifier.sectors),
        ),
        agencies=tuple((one.code, _under_agency(one)) for one in rulebook.agencies.everyone),
    )


def _marked(name: str, closed: bool) -> str:
    return f"{name} – закрытая" if closed else name


def _under_agency(one: Agency | Executor) -> str:
    """An executor stands below its agency; the agency's line takes in all of them."""
    return f"– {one.name}" if isinstance(one, Executor) else one.name
