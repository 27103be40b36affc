"""How far a statement that goes down has come, for each unit it is addressed to.

A receipt is between two neighbours: what this node knows of units further down was stated by the
nodes between (`delivery`). The way to a unit is walked hop by hop until somebody has not answered.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DeliveryState(StrEnum):
    """The first three are words of the protocol's receipts, as the unit's own node said them."""

    STORED = "stored"
    PENDING = "pending"  # the node has it, and waits for what it is to be verified by
    QUARANTINED = "quarantined"  # a node on the way, or the unit's own, has not understood it
    WAITING = "waiting"  # a node on the way has not fetched it yet
    NO_NODE = "no_node"  # the unit has no node that could


@dataclass(frozen=True, slots=True)
class Answered:
    """What a node said of the statement to the node above it, and when."""

    state: DeliveryState
    code: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """How a statement fares on its way to `unit`.

    `stuck_at` is the unit whose node has not taken it: the addressee itself or one above it; None
    when it is stored, or when there is no node to wait for. `code` says why it was quarantined,
    `at` when the last word on it was given.
    """

    unit: str
    state: DeliveryState
    code: str | None = None
    at: datetime | None = None
    stuck_at: str | None = None


def delivered(
    way: Sequence[str], *, nodes: Collection[str], answers: Mapping[str, Answered]
) -> Delivered:
    """Along `way`: from the unit below the sender down to the addressee, both included.

    `nodes` are units that have a node, `answers` what the node of each unit said of this very
    version. Who has not spoken has not fetched it.
    """
    unit = way[-1]
    if any(step not in nodes for step in way):
        return Delivered(unit, DeliveryState.NO_NODE)
    for step in way:
        answer = answers.get(step, Answered(DeliveryState.WAITING))
        if answer.state is not DeliveryState.STORED:
            return Delivered(unit, answer.state, answer.code, answer.at, step)
    return Delivered(unit, DeliveryState.STORED, at=answers[unit].at)
