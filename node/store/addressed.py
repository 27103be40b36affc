"""To whom what is held here is addressed: what a report from below is compared with."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from node.store.directives import DirectiveAddresseeRow, DirectiveRow
from node.store.help_requests import HelpAddresseeRow, HelpRow


class Addressed:
    """Asks once for each directive and help of a batch: a coordinator reports for 83 units."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: dict[tuple[str, str, str], frozenset[str] | None] = {}

    def by_directive(self, id: str, issuer: str) -> frozenset[str] | None:
        """The addressees of a directive of `issuer`; None when it is not held."""
        key = ("directive", id, issuer)
        if key not in self._found:
            held = select(DirectiveRow.id).where(
                DirectiveRow.id == id, DirectiveRow.issuer == issuer
            )
            units = select(DirectiveAddresseeRow.unit).where(
                DirectiveAddresseeRow.directive_id == id
            )
            known = self._session.scalar(held) is not None
            self._found[key] = frozenset(self._session.scalars(units)) if known else None
        return self._found[key]

    def by_help(self, id: str, issuer: str) -> frozenset[str] | None:
        """The addressees of a help of `issuer`; None when it is not held."""
        key = ("help", id, issuer)
        if key not in self._found:
            held = select(HelpRow.id).where(HelpRow.id == id, HelpRow.issuer == issuer)
            units = select(HelpAddresseeRow.unit).where(HelpAddresseeRow.help_id == id)
            known = self._session.scalar(held) is not None
            self._found[key] = frozenset(self._session.scalars(units)) if known else None
        return self._found[key]
