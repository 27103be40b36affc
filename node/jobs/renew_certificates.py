"""Renew the certificates of children in time: they last ninety days, and nobody remembers."""

from __future__ import annotations

from node.actions.renew_certificates import renew_certificates
from node.bootstrap import Node


def run(node: Node) -> None:
    with node.transaction() as session:
        renew_certificates(
            session, node.rulebook, me=node.code, signer=node.signing, now=node.clock()
        )


def seconds(_node: Node) -> float:
    """Between two runs."""
    return 3600.0
