"""What this node knows of the hierarchy, as the protocol asks for it.

One object a batch: it asks the store once for what a batch may need, and remembers certificates
that came in the same batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy.orm import Session

from federation.errors import BadStatement
from federation.ledger import Ledger
from federation.schemas.certificate import Certificate
from federation.schemas.delivery import Delivery
from federation.schemas.directive import Directive
from federation.schemas.directive_report import DirectiveReport
from federation.schemas.directive_risk import DirectiveRisk
from federation.schemas.directory import SignedDirectory
from federation.schemas.help import Help
from federation.schemas.help_report import HelpReport
from federation.schemas.summary import Summary
from federation.statement import Statement, StatementId
from federation.trust import Anchors, root_of
from federation.vouchers import voucher
from node.actions import instruction_rules
from node.actions.enter_certificate import service_of
from node.domain.coverage import Service
from node.domain.directory import Directory
from node.domain.serving import serves
from node.store import coverage
from node.store.addressed import Addressed
from node.store.membership import membership


class FederationRules:
    """The protocol's `Rules`, and its `TrustSource` for what is stored."""

    def __init__(self, session: Session, ledger: Ledger, directory: Directory, *, me: str) -> None:
        self._session = session
        self._ledger = ledger
        self._directory = directory
        self._me = me
        self._anchors: dict[str, str] | None = None
        self._services: dict[str, Service] = {}
        self._loaded: set[str] = set()
        self._certificates: dict[str, Certificate] = {}
        self._addressed = Addressed(session)

    @property
    def anchors(self) -> Anchors:
        """Own root, and from the join token the parent's and the top's."""
        if self._anchors is None:
            self._anchors = {}
            above = membership(self._session)
            if above is not None:
                self._anchors |= {above.top: above.top_root, above.parent: above.parent_root}
            own = self.descriptor(self._me)
            if own is not None:
                self._anchors[self._me] = root_of(own)
        return self._anchors

    def parent_of(self, unit: str) -> str | None:
        return self._directory.parent(unit) if unit in self._directory else None

    def under(self, origin: str, sender: str) -> bool:
        return (
            origin in self._directory
            and sender in self._directory
            and self._directory.is_within(origin, sender)
        )

    def check(self, statement: Statement, typed: object) -> None:
        """BadStatement: unknown_territory, bad_tz, bad_day, not_yours, and of reports also
        not_addressed, unknown_directive, unknown_help."""
        if isinstance(typed, Certificate):
            self._check_certificate(typed)
        elif isinstance(typed, Summary):
            self._check_summary(statement.origin, typed)
        elif isinstance(typed, Directive | DirectiveRisk | Help):
            instruction_rules.check_to(self._directory, statement.origin, typed.to)
        elif isinstance(typed, DirectiveReport | HelpReport):
            instruction_rules.check_report(
                self._directory, self._addressed, statement.origin, typed, me=self._me
            )
        elif isinstance(typed, Delivery):
            instruction_rules.check_delivery(self._directory, statement.origin, typed)
        elif isinstance(typed, SignedDirectory):
            instruction_rules.check_directory(self._directory, statement.origin, typed, me=self._me)

    def descriptor(self, node: str) -> Statement | None:
        return self._statement(StatementId(node, "descriptor", node))

    def certificate(self, child: str) -> Statement | None:
        return self._statement(StatementId(self.parent_of(child) or "", "certificate", child))

    def _statement(self, id: StatementId) -> Statement | None:
        return voucher(self._ledger.newest([id]).get(id))

    def _check_certificate(self, typed: Certificate) -> None:
        for place in typed.territories:
            if not self.under(place.unit, typed.child):
                raise BadStatement("not_yours", f"{place.unit} is not under {typed.child}")
        self._certificates[typed.child] = typed
        service = service_of(typed)
        if service is not None:
            self._services[typed.child] = service

    def _check_summary(self, origin: str, summary: Summary) -> None:
        unit = self._directory[origin]
        if summary.tz != unit.timezone:
            raise BadStatement("bad_tz", f"{origin} lies in {unit.timezone}, not {summary.tz}")
        opened = unit.opened_on
        if opened is not None and summary.day < opened:
            raise BadStatement("bad_day", f"{origin} was opened on {opened}")
        certificate = self._certificate_of(origin)
        nodes = self._nodes_under(origin)
        territories = {row.territory for row in summary.rows} or {origin}
        for territory in territories:
            if territory not in self._directory:
                raise BadStatement("unknown_territory", f"no unit {territory} in the directory")
            if not (
                _listed(self._directory, certificate, territory, summary.day)
                and serves(
                    self._directory, nodes, origin=origin, territory=territory, day=summary.day
                )
            ):
                raise BadStatement(
                    "not_yours", f"{origin} does not serve {territory} on {summary.day}"
                )

    def _certificate_of(self, origin: str) -> Certificate | None:
        """None for this node itself, whose territories nobody below can certify."""
        if origin == self._me:
            return None
        if origin not in self._certificates:
            issued = self.certificate(origin)
            if issued is None:
                raise BadStatement("not_yours", f"no certificate of {origin} is held")
            self._certificates[origin] = Certificate.from_body(issued.key, issued.body)
        return self._certificates[origin]

    def _nodes_under(self, origin: str) -> Mapping[str, Service]:
        if origin not in self._loaded:
            self._loaded.add(origin)
            stored = coverage.services(self._session, self._directory.subtree(origin))
            for unit, service in stored.items():
                self._services.setdefault(unit, service)
        return self._services


def _listed(
    directory: Directory, certificate: Certificate | None, territory: str, day: date
) -> bool:
    """Whether a certificate covers a territory that day: by itself or by a unit above it."""
    if certificate is None:
        return True
    return any(
        certificate.serves(unit, day) for unit in (territory, *directory.ancestors(territory))
    )
