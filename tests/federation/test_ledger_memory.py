"""The ledger in memory and the misbehaving network; what every ledger does is in tests/store."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from federation.errors import Refusal, TransportError
from federation.ledger import Incarnation
from federation.testing import Faults, FaultyNetwork, MemoryLedger

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def test_a_backup_is_not_touched_by_what_comes_after() -> None:
    ledger = MemoryLedger()
    ledger.remember_nonce("kid", "n1", NOW)
    backup = ledger.backup()
    ledger.remember_nonce("kid", "n2", NOW)
    ledger.save_incarnation(Incarnation(1, 0, NOW))
    ledger.restore(backup)
    assert ledger.nonce_seen("kid", "n1")
    assert not ledger.nonce_seen("kid", "n2")
    assert ledger.incarnation() is None


def carried(network: FaultyNetwork[str, str], times: int = 1) -> list[str]:
    """What reaches the recipient of `times` messages, answered or not."""
    reached: list[str] = []

    def deliver(message: str) -> str:
        reached.append(message)
        return f"answer to {message}"

    for number in range(times):
        try:
            answer = network.carry("a", "b", f"m{number}", deliver)
        except TransportError:
            continue
        assert answer == f"answer to m{number}"
    return reached


def test_a_network_without_faults_carries() -> None:
    assert carried(FaultyNetwork(1), 3) == ["m0", "m1", "m2"]


@pytest.mark.parametrize(
    ("faults", "reached"),
    [
        (Faults(lose_request=1), []),
        (Faults(lose_answer=1), ["m0", "m1"]),
        (Faults(duplicate=1), ["m0", "m0", "m1", "m1"]),
        (Faults(replay=1), ["m0", "m0", "m1"]),
    ],
)
def test_each_fault_does_what_it_says(faults: Faults, reached: list[str]) -> None:
    assert carried(FaultyNetwork(1, faults), 2) == reached


def test_the_same_seed_gives_the_same_misfortunes() -> None:
    faults = Faults(0.3, 0.3, 0.3, 0.3)
    first, second = (carried(FaultyNetwork(7, faults), 50) for _ in range(2))
    assert first == second
    assert first != carried(FaultyNetwork(8, faults), 50)


def test_a_cut_line_carries_nothing_either_way_until_mended() -> None:
    network = FaultyNetwork[str, str](1)
    network.cut("b", "a")
    assert carried(network) == []
    network.mend("a", "b")
    assert carried(network) == ["m0"]


def test_a_refused_duplicate_reaches_nobody() -> None:
    network = FaultyNetwork[str, str](1, Faults(duplicate=1))
    seen: set[str] = set()

    def once(message: str) -> str:
        if message in seen:
            raise Refusal("replayed", "again")
        seen.add(message)
        return "answer"

    assert network.carry("a", "b", "m", once) == "answer"
    assert network.happened["refused"] == 1
