"""What a chain of trust is walked on: descriptors and certificates, the ledger's and a batch's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from federation.errors import BadStatement
from federation.ledger import Held, Ledger
from federation.statement import Envelope, Statement, StatementId, parse


class Vouchers:
    """The descriptors and certificates of a batch, the ledger's and those the batch itself brought.

    A `trust.TrustSource`. Everything a chain can need is asked for at once.
    """

    def __init__(self, ledger: Ledger, parent_of: Callable[[str], str | None]) -> None:
        self._ledger = ledger
        self._parent_of = parent_of
        self._held: dict[StatementId, Statement | None] = {}

    def prepare(self, nodes: Iterable[str]) -> None:
        """Load what is held of these nodes and of all above them."""
        wanted = set[StatementId]()
        seen = set[str]()
        for start in nodes:
            node: str | None = start
            while node is not None and node not in seen:
                seen.add(node)
                wanted |= {self._descriptor_id(node), self._certificate_id(node)}
                node = self._parent_of(node)
        wanted -= self._held.keys()
        found = self._ledger.newest(wanted)
        for id in wanted:
            self._held[id] = voucher(found.get(id))

    def learn(self, statement: Statement) -> None:
        """This batch brought it."""
        self._held[statement.id] = statement

    def descriptor(self, node: str) -> Statement | None:
        return self._get(self._descriptor_id(node))

    def certificate(self, child: str) -> Statement | None:
        return self._get(self._certificate_id(child))

    def _get(self, id: StatementId) -> Statement | None:
        if id not in self._held:
            self._held[id] = voucher(self._ledger.newest([id]).get(id))
        return self._held[id]

    @staticmethod
    def _descriptor_id(node: str) -> StatementId:
        return StatementId(node, "descriptor", node)

    def _certificate_id(self, child: str) -> StatementId:
        # The top has no parent and no certificate: "" is nobody's code, so nothing is found.
        return StatementId(self._parent_of(child) or "", "certificate", child)


def voucher(held: Held | None) -> Statement | None:
    """A stored descriptor or certificate; None when it is not held, or damaged since it was taken
    in: what it vouched for is pending until it comes again.
    """
    return None if held is None or held.envelope is None else _parsed(held.envelope)


# Every exchange reads the same few; their bytes name them. Nobody changes a parsed body.
@lru_cache(maxsize=2048)
def _parsed(envelope: Envelope) -> Statement | None:
    try:
        return parse(envelope)
    except BadStatement:
        return None
