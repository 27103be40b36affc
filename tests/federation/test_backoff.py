from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.backoff import LONGEST, Backoff, after_failure, spread
from tests.support.knock import NOW

FRACTIONS = st.floats(0, 1, exclude_max=True)


def worst(failures: int) -> timedelta:
    """The longest wait after that many failures."""
    later = after_failure(Backoff(failures), NOW, lambda: 1.0)
    assert later.not_before is not None
    return later.not_before - NOW


def test_the_wait_doubles_from_two_seconds_to_ten_minutes() -> None:
    seconds = [worst(failures).total_seconds() for failures in range(12)]
    assert seconds == [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]
    assert worst(10**9) == LONGEST


@given(st.integers(0, 10**6), FRACTIONS)
def test_the_jitter_is_full(failures: int, fraction: float) -> None:
    later = after_failure(Backoff(failures), NOW, lambda: fraction)
    assert later.failures == failures + 1
    assert later.not_before is not None
    waited, most = later.not_before - NOW, worst(failures)
    assert abs(waited - most * fraction) <= timedelta(milliseconds=1)


def test_it_is_not_tried_before_its_time_and_is_after() -> None:
    later = after_failure(Backoff(5), NOW, lambda: 0.5)
    assert Backoff().ready(NOW)
    assert not later.ready(NOW)
    assert not later.ready(NOW + timedelta(seconds=31))
    assert later.ready(NOW + timedelta(seconds=32))


@pytest.mark.parametrize(("told", "fraction", "seconds"), [(60, 0, 60), (60, 0.5, 90), (0, 1, 0)])
def test_retry_after_is_obeyed_with_jitter(told: int, fraction: float, seconds: int) -> None:
    later = after_failure(Backoff(3), NOW, lambda: fraction, retry_after=told)
    assert later == Backoff(4, NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("told", [3601, 10**9, 10**400])
def test_retry_after_is_obeyed_for_an_hour_at_most(told: int) -> None:
    later = after_failure(Backoff(), NOW, lambda: 0.0, retry_after=told)
    assert later.not_before == NOW + timedelta(hours=1)


@pytest.mark.parametrize("told", [-1, True, "60", 1.5, None])
def test_a_retry_after_that_is_no_number_of_seconds_is_passed_over(told: object) -> None:
    assert after_failure(Backoff(), NOW, lambda: 0.5, told) == after_failure(
        Backoff(), NOW, lambda: 0.5
    )


def test_a_clock_set_back_does_not_silence_a_link_for_a_year() -> None:
    later = after_failure(Backoff(), NOW + timedelta(days=365), lambda: 1.0)
    assert later.ready(NOW)


@given(st.integers(0, 10**6), FRACTIONS, st.none() | st.integers(0, 10**5))
def test_a_moment_is_in_whole_milliseconds_as_rows_keep_it(
    failures: int, fraction: float, told: int | None
) -> None:
    later = after_failure(Backoff(failures), NOW, lambda: fraction, told)
    assert later.not_before is not None
    assert later.not_before.microsecond % 1000 == 0


def test_nodes_are_spread_over_a_period_and_stay_where_they_are() -> None:
    hour = timedelta(hours=1)
    offsets = [spread(f"RU-{n}", hour) for n in range(1000)]
    assert all(timedelta() <= offset < hour for offset in offsets)
    quarters = [sum(offset // (hour / 4) == n for offset in offsets) for n in range(4)]
    assert min(quarters) > 200
    assert spread("RU-MUR", timedelta(seconds=60)) == timedelta(microseconds=27_355_967)
    assert spread("RU-MUR", timedelta()) == timedelta()
