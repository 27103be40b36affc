"""The reminder on every page: today's check-in is asked of this unit, and is not there yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from node.bootstrap import Node
from node.domain.control import is_asked
from node.domain.history import one_history
from node.domain.rights import Actor, Right
from node.store import directives
from node.web.pages.directive_view import page

MORNING = time(8, 0)
"""Local time from which it is asked for: nobody looks at a directive at night."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A directive that waits for today's check-in; `address` is where it is made."""

    title: str
    address: str


def asked_today(node: Node, actor: Actor | None) -> tuple[Asked, ...]:
    """For who may report on this node's own unit. One query where nothing is addressed to it, four
    otherwise, whatever their number."""
    unit = node.code
    if actor is None or not actor.may(Right.DIRECTIVES_REPORT, unit=unit):
        return ()
    local = node.clock().astimezone(node.zone)
    if local.time() < MORNING:
        return ()
    with node.reading() as session:
        ids = [
            one.directive.id
            for one in directives.listed(session, unit=unit)
            if one.scenario is None and not one.directive.withdrawn
        ]
        files = directives.load_all(session, ids) if ids else {}
    return tuple(
        Asked(file.directive.title, page(id, "units", unit))
        for id, file in files.items()
        if is_asked(
            file.directive,
            one_history(file.reports.get(unit, ())),
            file.marks.get(unit, ()),
            today=local.date(),
        )
    )
