"""Directives on their way down a country in memory: sealed, carried, and where they have come."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from federation.exchange import ExchangeAnswer, Settled
from federation.ledger import Downward, State
from federation.statement import Statement, seal
from tests.support.bodies import good
from tests.support.hierarchy import Country, FedNode

CHAIN = ("RU", "SZFO", "RU-MUR", "47701000")


def direct(node: FedNode, id: str = "d1", to: str = "47701000", **changed: Any) -> Statement:
    _, body = good("directive")
    return node.seal(id, {**body, "to": [to], **changed}, type="directive")


def cascade(country: Country, *units: str) -> None:
    """One call of each of these nodes, the highest first."""
    for unit in units or CHAIN[1:]:
        country[unit].exchange()


def fares(node: FedNode, statement: Statement) -> dict[str, tuple[State | None, str | None]]:
    with node.transaction() as ledger:
        return {row.peer: (row.result, row.code) for row in ledger.deliveries([statement.id])}


def row(node: FedNode, statement: Statement) -> Downward:
    with node.transaction() as ledger:
        (found,) = ledger.deliveries([statement.id])
    return found


def holds(node: FedNode, statement: Statement) -> bool:
    held = node.newest(statement.id).get(statement.id)
    return held is not None and held.envelope == statement.envelope


def come_down(country: Country, child: str, *statements: Statement) -> Settled:
    """What a child makes of whatever its parent chooses to send."""
    node = country[child]
    assert node.parent is not None
    request, message = node.ask()
    answer = ExchangeAnswer.from_payload(json.loads(country[node.parent].answer(message)))
    down = replace(answer, statements=tuple(statement.envelope for statement in statements))
    return node.settle(request, message, json.dumps(down.to_payload(), ensure_ascii=False))


def of(node: FedNode, **facts: Any) -> Statement:
    """A directive as `node` would sign it, sent before it stands anywhere."""
    _, body = good("directive")
    given: dict[str, Any] = {
        "type": "directive",
        "origin": node.code,
        "key": "d9",
        "epoch": 1795251600,
        "rev": 1,
        "made_at": node.country.now,
        "body": {**body, "to": ["47701000"]},
        "signer": node.signer,
    }
    return seal(**{**given, **facts})
