"""Helps with how far each has come, as this node knows it: what lists, cards and packs show.

A node between the issuer and the addressees holds what concerns the units at or below itself, and
shows those.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from federation.statement import StatementId
from node.domain.delivery import Delivered, DeliveryState
from node.domain.directory import Directory
from node.domain.help import Help
from node.domain.help_progress import HelpProgress, progress
from node.domain.local_day import day_of
from node.domain.rulebook import Rulebook
from node.store.deliveries import delivery_of
from node.store.directives import DirectiveRow
from node.store.help_requests import HelpFile
from node.store.ledger import SqlLedger


def everybody(_unit: str) -> bool:
    return True


def gather(
    rulebook: Rulebook,
    files: Sequence[HelpFile],
    *,
    me: str,
    now: datetime,
    shows: Callable[[str], bool] = everybody,
) -> list[HelpProgress]:
    """In the order given; of the addressees those at or below `me` that `shows` lets through.

    How each fared on its way down is not asked: that is five queries a help, see `dossier`.
    """
    return [_progress(rulebook, file, None, me=me, now=now, shows=shows) for file in files]


def dossier(
    session: Session,
    rulebook: Rulebook,
    file: HelpFile,
    *,
    me: str,
    now: datetime,
    shows: Callable[[str], bool] = everybody,
) -> HelpProgress:
    """As `gather`, of one help, and with how it fared on its way to each addressee."""
    help, directory = file.help, rulebook.directory
    told = delivery_of(session, directory, me, StatementId(help.issuer, "help", help.id))
    below = {unit for unit in help.to if unit != me and directory.is_within(unit, me)}
    if not told:
        # Asked here and not signed yet: it leaves with the first exchange of this start.
        nodes = with_nodes(session, directory, below)
        told = {
            unit: Delivered(unit, DeliveryState.WAITING, stuck_at=unit)
            if unit in nodes
            else Delivered(unit, DeliveryState.NO_NODE)
            for unit in below
        }
    told = {**told, me: Delivered(me, DeliveryState.STORED)}
    return _progress(rulebook, file, told, me=me, now=now, shows=shows)


def with_nodes(session: Session, directory: Directory, units: Collection[str]) -> set[str]:
    """Those of these units that have a node: certified by the one above, which climbs to here."""
    ids = [StatementId(directory.parent(unit) or "", "certificate", unit) for unit in units]
    return {id.key for id in SqlLedger(session).newest_versions(ids)}


def _progress(
    rulebook: Rulebook,
    file: HelpFile,
    deliveries: Mapping[str, Delivered] | None,
    *,
    me: str,
    now: datetime,
    shows: Callable[[str], bool],
) -> HelpProgress:
    directory = rulebook.directory
    return progress(
        file.help,
        file.reports,
        units=[u for u in file.help.to if directory.is_within(u, me) and shows(u)],
        deliveries=deliveries,
        day_of=lambda unit, moment: day_of(moment, directory.zone(unit)),
        now=now,
    )


def directive_title(session: Session, help: Help) -> str | None:
    """Of the directive a help belongs to; None where there is none, or it is not held here."""
    row = session.get(DirectiveRow, help.directive) if help.directive is not None else None
    return str(row.body["title"]) if row is not None else None
