"""Helps with how far each has come, as this node knows it: what lists, cards and packs show.

A node between the issuer and the addressees holds what concerns the units at or below itself, and
shows those.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from node.domain.directory import Directory
from node.domain.help import Help
from node.domain.help_progress import Arrival, HelpProgress, Way, progress
from node.domain.local_day import day_of
from node.domain.rulebook import Rulebook
from node.domain.serving import Nodes, has_node
from node.store import coverage
from node.store.directives import DirectiveRow
from node.store.help_requests import HelpFile


def everybody(_unit: str) -> bool:
    return True


def gather(
    session: Session,
    rulebook: Rulebook,
    files: Sequence[HelpFile],
    *,
    me: str,
    now: datetime,
    shows: Callable[[str], bool] = everybody,
) -> list[HelpProgress]:
    """In the order given; of the addressees those at or below `me` that `shows` lets through."""
    directory = rulebook.directory
    nodes = coverage.services(session)
    found = []
    for file in files:
        units = [unit for unit in file.help.to if directory.is_within(unit, me) and shows(unit)]
        found.append(
            progress(
                file.help,
                file.reports,
                units=units,
                arrivals=_arrivals(session, directory, nodes, file.help, units, me=me, now=now),
                day_of=lambda unit, moment: day_of(moment, directory.zone(unit)),
                now=now,
            )
        )
    return found


def directive_title(session: Session, help: Help) -> str | None:
    """Of the directive a help belongs to; None where there is none, or it is not held here."""
    row = session.get(DirectiveRow, help.directive) if help.directive is not None else None
    return str(row.body["title"]) if row is not None else None


def _arrivals(
    session: Session,
    directory: Directory,
    nodes: Nodes,
    help: Help,
    units: Sequence[str],
    *,
    me: str,
    now: datetime,
) -> Mapping[str, Arrival]:
    found: dict[str, Arrival] = {}
    for unit in units:
        service = nodes.get(unit)
        if unit == me:
            found[unit] = Arrival(Way.RECEIVED)  # it is held here, or it could not be shown
        elif service is None or not has_node(service, day_of(now, directory.zone(unit))):
            found[unit] = Arrival(Way.NO_NODE)
    return found
