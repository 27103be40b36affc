"""The card of a unit: where it stands, who looks after it, whether its node is there and well.

What is known of a node depends on where one looks from. Of the nodes directly below there are the
links themselves; further down there are the certificates, which climb to the top; of anybody
beside this branch nothing is known here, and the card says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from federation.ledger import Link
from federation.schemas.certificate import Certificate
from federation.statement import StatementId
from federation.vouchers import voucher
from node.domain.coverage import Service
from node.domain.directive import Directive
from node.domain.directory import Directory, Unit
from node.domain.errors import NotFound
from node.domain.local_day import day_of
from node.domain.rulebook import Rulebook
from node.domain.standing import UnitStanding, stand_unit
from node.domain.tier import TierPolicy
from node.store import coverage, directives
from node.store.ledger import SqlLedger
from node.store.membership import membership, open_invitations

QUIET_CALLS = 5
"""So many calls of a child may fail to come before its node is shown as silent."""


class NodeState(StrEnum):
    """From what somebody must act on to what is well; a table of children is in this order."""

    SUSPENDED = "suspended"  # the link is closed: an operator's matter
    ENDED = "ended"  # its certificate has run out or was revoked
    SILENT = "silent"  # it has called, and not lately
    NEVER = "never"  # certified, and never heard since
    INVITED = "invited"  # a token is out
    UP = "up"
    CERTIFIED = "certified"  # further down: it has a node, its link is with the node above it
    HERE = "here"  # this very node
    NONE = "none"
    UNKNOWN = "unknown"  # beside this branch


ORDER = {state: number for number, state in enumerate(NodeState)}


@dataclass(frozen=True, slots=True)
class NodeOf:
    """The node of a unit as known here. What is not known is None."""

    state: NodeState
    certified_from: datetime | None = None
    certified_to: datetime | None = None
    heard_at: datetime | None = None
    waiting: int | None = None  # statements it last said it still has to send
    waiting_since: datetime | None = None
    software: str | None = None
    suspended: str | None = None


@dataclass(frozen=True, slots=True)
class Child:
    unit: Unit
    node: NodeOf


@dataclass(frozen=True, slots=True)
class UnitDirective:
    """A directive addressed to the unit, and how the unit stands as of its own today."""

    directive: Directive
    standing: UnitStanding
    scenario: str | None


@dataclass(frozen=True, slots=True)
class UnitCard:
    """`trail` from the top down to the parent. `reports_from`: the first day with a summary of its
    own; `directives` None: whoever asks may not read them."""

    unit: Unit
    tier: TierPolicy
    trail: tuple[Unit, ...]
    population: int | None
    local_time: datetime
    node: NodeOf
    reports: Service | None
    children: tuple[Child, ...]
    directives: tuple[UnitDirective, ...] | None

    @property
    def counted(self) -> Mapping[NodeState, int]:
        """How many children there are of each state, the most pressing first."""
        found = Counter(child.node.state for child in self.children)
        return {state: found[state] for state in NodeState if found[state]}


class NoSuchUnit(NotFound):
    """Такой территории нет в справочнике."""


def unit_card(
    session: Session,
    rulebook: Rulebook,
    *,
    me: str,
    unit: str,
    with_directives: bool,
    now: datetime,
) -> UnitCard:
    """NoSuchUnit with the nearest codes. A fixed number of queries, however many children."""
    directory = rulebook.directory
    if unit not in directory:
        near = ", ".join(f"{directory.name(code)} ({code})" for code in directory.nearest(unit))
        raise NoSuchUnit(f"{NoSuchUnit.__doc__} Похожие: {near}." if near else None)
    below = directory.children(unit)
    nodes = _nodes(session, rulebook, me=me, units=[unit, *(one.code for one in below)], now=now)
    children = [Child(one, nodes[one.code]) for one in below]
    zone = directory.zone(unit)
    return UnitCard(
        unit=directory[unit],
        tier=rulebook.tier_of(unit),
        trail=tuple(directory[code] for code in reversed(directory.ancestors(unit))),
        population=directory.population(unit),
        local_time=now.astimezone(zone),
        node=nodes[unit],
        reports=_service(session, directory[unit]),
        children=tuple(
            sorted(children, key=lambda child: (ORDER[child.node.state], child.unit.name))
        ),
        directives=_directives(session, unit, day_of(now, zone)) if with_directives else None,
    )


def _nodes(
    session: Session, rulebook: Rulebook, *, me: str, units: Collection[str], now: datetime
) -> dict[str, NodeOf]:
    directory, ledger = rulebook.directory, SqlLedger(session)
    ids = [StatementId(directory.parent(unit) or "", "certificate", unit) for unit in units]
    found = ledger.newest(ids)
    certificates: dict[str, Certificate] = {}
    for id in ids:
        issued = voucher(found.get(id))
        if issued is not None and issued.body is not None:
            certificates[id.key] = Certificate.from_body(issued.key, issued.body)
    links = {link.peer: link for link in ledger.links()}
    above = membership(session)
    invited = open_invitations(session, now)

    def node_of(unit: str) -> NodeOf:
        if unit == me:
            return _certified(NodeState.HERE, certificates.get(unit))
        if above is not None and unit == above.parent:
            quiet = timedelta(seconds=rulebook.tier_of(me).exchange_seconds * QUIET_CALLS)
            link = links.get(unit, Link(unit))
            return _linked(certificates.get(unit), link, link.heard_out, quiet, now)
        if unit in certificates:
            return _below(rulebook, certificates[unit], links.get(unit), me, now)
        if unit in invited:
            return NodeOf(NodeState.INVITED)
        return NodeOf(NodeState.NONE if _is_seen(directory, unit, me) else NodeState.UNKNOWN)

    return {unit: node_of(unit) for unit in units}


def _is_seen(directory: Directory, unit: str, me: str) -> bool:
    """Whether this node would hold the certificate of the unit's node, if there were one."""
    return directory.is_within(unit, me) or directory.is_within(me, unit)


def _below(
    rulebook: Rulebook, certificate: Certificate, link: Link | None, me: str, now: datetime
) -> NodeOf:
    unit = certificate.child
    if certificate.status != "valid" or certificate.not_after < now:
        return _certified(NodeState.ENDED, certificate)
    if rulebook.directory.parent(unit) != me:
        return _certified(NodeState.CERTIFIED, certificate)
    quiet = timedelta(seconds=rulebook.tier_of(unit).exchange_seconds * QUIET_CALLS)
    link = link or Link(unit)
    return _linked(certificate, link, link.heard_in, quiet, now)


def _linked(
    certificate: Certificate | None,
    link: Link,
    heard_at: datetime | None,
    quiet: timedelta,
    now: datetime,
) -> NodeOf:
    state = NodeState.UP
    if link.suspended is not None:
        state = NodeState.SUSPENDED
    elif heard_at is None:
        state = NodeState.NEVER
    elif now - heard_at > quiet:
        state = NodeState.SILENT
    said = heard_at is not None and bool(link.software)
    return NodeOf(
        state,
        certified_from=certificate.not_before if certificate else None,
        certified_to=certificate.not_after if certificate else None,
        heard_at=heard_at,
        waiting=link.backlog.statements if said else None,
        waiting_since=link.backlog.oldest if said else None,
        software=link.software or None,
        suspended=link.suspended,
    )


def _certified(state: NodeState, certificate: Certificate | None) -> NodeOf:
    if certificate is None:
        return NodeOf(state)
    return NodeOf(state, certified_from=certificate.not_before, certified_to=certificate.not_after)


def _service(session: Session, unit: Unit) -> Service | None:
    """The directory's own days, where it has them, go before the certificate's."""
    known = coverage.services(session, [unit.code]).get(unit.code)
    starts = unit.node_from or (known.node_from if known else None)
    if starts is None:
        return None
    return Service(starts, unit.node_until or (known.node_until if known else None))


def _directives(session: Session, unit: str, today: date) -> tuple[UnitDirective, ...]:
    listed = directives.listed(session, unit=unit)
    files = directives.load_all(session, [one.directive.id for one in listed])
    return tuple(
        UnitDirective(
            directive=file.directive,
            standing=stand_unit(
                file.directive,
                unit,
                file.reports.get(unit, ()),
                file.marks.get(unit, ()),
                as_of=today,
            ),
            scenario=file.scenario,
        )
        for file in (files[one.directive.id] for one in listed)
    )
