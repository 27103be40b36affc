"""Which version stands, which epoch is drawn, what is answered: every row of the rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from federation.errors import BadStatement, Refusal
from federation.join import (
    REACTIONS,
    Join,
    Result,
    Returned,
    check_limits,
    child_epoch,
    draw_epoch,
    link_answer,
    next_version,
    own_returned,
    stands,
)
from federation.statement import Version

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
EPOCH = int(NOW.timestamp())
LOW, MIDDLE, HIGH = ("a" * 64, "b" * 64, "c" * 64)


@pytest.mark.parametrize(
    ("held", "offered", "expected"),
    [
        (None, Version(1, 1, MIDDLE), Join(Result.STORED)),
        (Version(1, 1, MIDDLE), Version(1, 1, MIDDLE), Join(Result.KNOWN)),
        (Version(1, 1, MIDDLE), Version(1, 2, LOW), Join(Result.STORED)),
        (Version(1, 2, MIDDLE), Version(1, 1, HIGH), Join(Result.OLDER)),
        (Version(1, 9, MIDDLE), Version(2, 1, LOW), Join(Result.STORED)),
        (Version(2, 1, MIDDLE), Version(1, 9, HIGH), Join(Result.OLDER)),
        (Version(1, 1, MIDDLE), Version(1, 1, HIGH), Join(Result.STORED, fork=True)),
        (Version(1, 1, MIDDLE), Version(1, 1, LOW), Join(Result.OLDER, fork=True)),
    ],
)
def test_the_higher_version_stands(held: Version | None, offered: Version, expected: Join) -> None:
    assert stands(held, offered) == expected


@pytest.mark.parametrize(
    ("version", "code"),
    [
        (Version(EPOCH, 1, LOW), None),
        (Version(EPOCH + 3600, 10**9, LOW), None),
        (Version(EPOCH + 3601, 1, LOW), "epoch_ahead"),
        (Version(EPOCH, 10**9 + 1, LOW), "rev_too_high"),
    ],
)
def test_an_epoch_an_hour_ahead_and_a_huge_rev_are_bad(version: Version, code: str | None) -> None:
    if code is None:
        check_limits(version, NOW)
        return
    with pytest.raises(BadStatement) as caught:
        check_limits(version, NOW)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("held", "offered", "from_parent", "expected"),
    [
        (None, Version(1, 1, LOW), True, Returned.ADOPT),
        (Version(1, 1, LOW), Version(1, 2, LOW), True, Returned.ADOPT),
        (Version(1, 1, LOW), Version(1, 1, LOW), True, Returned.NOTHING),
        (Version(1, 2, LOW), Version(1, 1, HIGH), True, Returned.NOTHING),
        (None, Version(1, 1, LOW), False, Returned.RECOVER),
        (Version(1, 1, LOW), Version(2, 1, LOW), False, Returned.RECOVER),
        (Version(1, 1, LOW), Version(1, 1, LOW), False, Returned.NOTHING),
    ],
)
def test_own_statements_come_back_adopted_from_above_and_recovered_from_below(
    held: Version | None, offered: Version, from_parent: bool, expected: Returned
) -> None:
    assert own_returned(held, offered, from_parent=from_parent) is expected


@pytest.mark.parametrize(
    ("held", "epoch", "expected"),
    [
        (None, 7, (7, 1)),
        (Version(7, 3, LOW), 7, (7, 4)),
        (Version(6, 3, LOW), 7, (7, 1)),
    ],
)
def test_rev_counts_per_key_within_an_incarnation(
    held: Version | None, epoch: int, expected: tuple[int, int]
) -> None:
    assert next_version(held, epoch) == expected


def test_nothing_is_sealed_below_a_later_incarnation() -> None:
    with pytest.raises(ValueError, match="epoch 8"):
        next_version(Version(8, 1, LOW), 7)


@pytest.mark.parametrize(
    ("parent_time", "own_clock", "your_epoch", "own_known", "expected"),
    [
        # Without a parent the own clock counts, with one the parent's, whichever is ahead.
        (None, NOW, None, None, EPOCH),
        (NOW, NOW + timedelta(days=365), None, None, EPOCH),
        (NOW, NOW - timedelta(days=365), 0, 0, EPOCH),
        # Whatever is known of us, here or there, must be passed.
        (NOW, NOW, EPOCH + 10, EPOCH + 5, EPOCH + 11),
        (NOW, NOW, EPOCH + 5, EPOCH + 10, EPOCH + 11),
        (None, NOW, None, EPOCH, EPOCH + 1),
        (None, datetime(1970, 1, 1, tzinfo=UTC), None, None, 1),
    ],
)
def test_an_epoch_is_above_all_that_is_known(
    parent_time: datetime | None,
    own_clock: datetime,
    your_epoch: int | None,
    own_known: int | None,
    expected: int,
) -> None:
    drawn = draw_epoch(
        parent_time=parent_time, own_clock=own_clock, your_epoch=your_epoch, own_known=own_known
    )
    assert drawn == expected


@pytest.mark.parametrize(
    ("request_epoch", "first", "held", "before", "expected"),
    [
        (5, False, 0, False, "ok"),
        (5, False, 5, False, "ok"),
        (6, False, 5, False, "ok"),
        (4, False, 5, False, "clone"),
        (4, False, 5, True, "late"),
        (0, True, 5, False, "ok"),
    ],
)
def test_a_running_child_that_goes_back_is_a_clone(
    request_epoch: int, first: bool, held: int, before: bool, expected: str
) -> None:
    verdict = child_epoch(
        request_epoch=request_epoch, first_of_start=first, held_epoch=held, made_before=before
    )
    assert verdict == expected


@pytest.mark.parametrize(
    ("suspended", "moved", "request_epoch", "before", "expected"),
    [
        (False, False, 5, False, None),
        (True, False, 5, False, "suspended"),
        (True, True, 5, False, "moved"),
        (False, False, 4, False, "clone"),
        (False, False, 4, True, "replayed"),
        (True, False, 4, False, "suspended"),
    ],
)
def test_a_link_answers_by_its_state_first(
    suspended: bool, moved: bool, request_epoch: int, before: bool, expected: str | None
) -> None:
    answer = link_answer(
        suspended=suspended,
        moved=moved,
        request_epoch=request_epoch,
        first_of_start=False,
        held_epoch=5,
        made_before=before,
    )
    assert answer == expected
    assert answer is None or answer in Refusal.STATUS


def test_the_child_has_a_reaction_to_every_refusal() -> None:
    assert REACTIONS.keys() == Refusal.STATUS.keys()
