"""What is lawful of a directive, a help, a report on them, a delivery and a directory, by the
hierarchy and by what is held here."""

from __future__ import annotations

from collections.abc import Iterable

from federation.errors import BadStatement
from federation.schemas.delivery import Delivery
from federation.schemas.directive_report import DirectiveReport
from federation.schemas.directory import SignedDirectory
from federation.schemas.help_report import HelpReport
from node.domain.directory import Directory, InvalidDirectory
from node.store.addressed import Addressed
from node.store.directories import directory_of


def check_to(directory: Directory, origin: str, to: Iterable[str]) -> None:
    """Only somebody below is instructed. BadStatement: unknown_territory, not_yours."""
    for unit in sorted(to):
        _check_known(directory, unit)
        if not _is_below(directory, unit, origin):
            raise BadStatement("not_yours", f"to: {unit} is not below {origin}")


def check_report(
    directory: Directory,
    addressed: Addressed,
    origin: str,
    report: DirectiveReport | HelpReport,
    *,
    me: str,
) -> None:
    """A unit reports for itself, a coordinator above it on its behalf, to somebody above both.

    BadStatement: unknown_territory, not_yours, not_addressed; unknown_directive and unknown_help at
    the issuer alone: between, a report may be quicker than what it is about.
    """
    unit, issuer = report.unit, report.issuer
    _check_known(directory, unit)
    if not directory.is_within(origin, issuer):
        raise BadStatement("not_yours", f"issuer: {issuer} is not above {origin}")
    if report.on_behalf and not _is_below(directory, unit, origin):
        raise BadStatement("not_yours", f"unit: {unit} is not below {origin}")
    if not report.on_behalf and unit != origin:
        raise BadStatement("not_yours", f"unit: {origin} reports on {unit} as on itself")
    if isinstance(report, DirectiveReport):
        about, unknown = report.directive, "unknown_directive"
        units = addressed.by_directive(about, issuer)
    else:
        about, unknown = report.help, "unknown_help"
        units = addressed.by_help(about, issuer)
    if units is None:
        if issuer == me:
            raise BadStatement(unknown, f"{me} holds no {about}")
    elif unit not in units:
        raise BadStatement("not_addressed", f"unit: {about} is not addressed to {unit}")


def check_delivery(directory: Directory, origin: str, delivery: Delivery) -> None:
    """Stated by a node between the sender and the addressees, of its own children.

    BadStatement: unknown_territory, not_yours.
    """
    if not _is_below(directory, origin, delivery.origin):
        raise BadStatement("not_yours", f"origin: {delivery.origin} is not above {origin}")
    for unit in delivery.units:
        _check_known(directory, unit)
        if directory.parent(unit) != origin:
            raise BadStatement("not_yours", f"results: {unit} is not directly under {origin}")


def check_directory(directory: Directory, origin: str, signed: SignedDirectory, *, me: str) -> None:
    """The top's word, a tree, and a place in it for this node. BadStatement: not_yours, malformed.

    Which unit is the top is said by the directory in force.
    """
    if origin not in directory or directory.parent(origin) is not None:
        raise BadStatement("not_yours", f"{origin} is not the top")
    try:
        offered = directory_of(signed)
        top = offered.root.code
    except InvalidDirectory as error:
        raise BadStatement("malformed", f"units: {error}") from error
    if top != origin:
        raise BadStatement("malformed", f"units: the top is {top}, not {origin}")
    if me not in offered:
        raise BadStatement("malformed", f"units: {me} is not among them")


def _check_known(directory: Directory, unit: str) -> None:
    if unit not in directory:
        raise BadStatement("unknown_territory", f"no unit {unit} in the directory")


def _is_below(directory: Directory, unit: str, above: str) -> bool:
    return unit != above and directory.is_within(unit, above)
