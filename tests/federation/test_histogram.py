"""Histograms of durations: one table for ever, 2 % of error, merging by addition."""

from __future__ import annotations

import hashlib
import json
import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.histogram import BOUNDS, LONGEST, Histogram

MINUTES = st.one_of(st.integers(0, 100), st.integers(0, LONGEST))
TWO_PER_CENT = 0.02 * (1 + 1e-12)  # bounds reach exactly 2 %, floats a last digit more
SAMPLES = st.lists(MINUTES, max_size=60)


def test_the_table_of_bounds_is_the_one_of_protocol_v1() -> None:
    """Every stored histogram is counted in these buckets: a change here is a new protocol."""
    table = json.dumps(BOUNDS, separators=(",", ":")).encode()
    assert len(BOUNDS) == 338
    assert hashlib.sha256(table).hexdigest() == (
        "55645b0cf84139f3449ea5bfa9694c7afa898219b9d778e6468f3357e2565d76"
    )


def test_bounds_rise_from_nothing_over_a_minute_to_twenty_years() -> None:
    assert BOUNDS[:3] == (0, 1, 2)
    assert BOUNDS[-1] == LONGEST == 20 * 365.25 * 24 * 60
    assert all(low < high for low, high in pairwise(BOUNDS))


@given(MINUTES)
def test_a_duration_is_kept_within_two_per_cent(minutes: int) -> None:
    value = Histogram.of([minutes]).quantile(0.5)
    assert value is not None
    assert abs(value - minutes) <= TWO_PER_CENT * minutes


def test_both_ends_of_every_bucket_are_within_two_per_cent() -> None:
    for low, high in pairwise(BOUNDS):
        assert 50 * (high - (low + 1)) <= high + (low + 1)
        for minutes in (low + 1, high):
            value = Histogram.of([minutes]).quantile(0.5)
            assert value is not None
            assert abs(value - minutes) <= TWO_PER_CENT * minutes


@given(st.lists(MINUTES, min_size=1, max_size=60), st.sampled_from([0, 0.05, 0.25, 0.5, 0.95, 1]))
def test_a_quantile_is_within_two_per_cent_of_the_exact_one(sample: list[int], q: float) -> None:
    exact = sorted(sample)[max(1, math.ceil(q * len(sample) - 1e-9)) - 1]
    value = Histogram.of(sample).quantile(q)
    assert value is not None
    assert abs(value - exact) <= TWO_PER_CENT * exact


@given(st.lists(SAMPLES, max_size=5), st.randoms())
def test_merging_in_any_order_and_grouping_gives_the_same_bytes(
    parts: list[list[int]], chance: Any
) -> None:
    whole = Histogram.of(minutes for part in parts for minutes in part)
    pieces = [Histogram.of(part) for part in parts]
    chance.shuffle(pieces)
    while len(pieces) > 1:
        pieces.append(
            pieces.pop(chance.randrange(len(pieces))) + pieces.pop(chance.randrange(len(pieces)))
        )
    merged = sum(pieces, Histogram())
    assert merged == whole
    assert hash(merged) == hash(whole)
    assert json.dumps(merged.to_wire()) == json.dumps(whole.to_wire())
    assert merged.total == sum(map(len, parts))


@given(SAMPLES, SAMPLES)
def test_what_was_added_can_be_taken_out_again(one: list[int], other: list[int]) -> None:
    both = Histogram.of(one) + Histogram.of(other)
    assert both - Histogram.of(other) == Histogram.of(one)
    assert both - both == Histogram()


def test_what_was_never_in_cannot_be_taken_out() -> None:
    with pytest.raises(ValueError, match="would hold -1"):
        Histogram.of([5]) - Histogram.of([6])


def test_adding_changes_neither_part() -> None:
    one, other = Histogram.of([1, 2]), Histogram.of([2, 3])
    assert (one + other).total == 4
    assert (one.to_wire(), other.to_wire()) == ([[1, 1], [2, 1]], [[2, 1], [3, 1]])


def test_a_median_of_fewer_than_five_is_not_quoted() -> None:
    assert Histogram().quantile(0.5) is None
    assert Histogram().median_hours() is None
    assert Histogram.of([60] * 4).median_hours() is None
    assert Histogram.of([60] * 5).median_hours() == pytest.approx(1, rel=0.02)
    assert Histogram.of([60]).median_hours(min_n=1) == pytest.approx(1, rel=0.02)


def test_a_rank_is_not_pushed_up_by_the_rounding_of_floats() -> None:
    assert math.ceil(0.07 * 100) == 8
    assert Histogram.of(range(1, 25)).quantile(7 / 24) == 7
    assert Histogram.of([1] * 7 + [2] * 93).quantile(0.07) == 1


def test_over_twenty_years_counts_as_twenty_years() -> None:
    assert Histogram.of([LONGEST * 1000]).to_wire() == [[len(BOUNDS) - 1, 1]]


def test_a_negative_duration_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        Histogram.of([3, -1])


@pytest.mark.parametrize("q", [-0.1, 1.1, math.nan])
def test_a_quantile_outside_zero_and_one_is_refused(q: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Histogram.of([1]).quantile(q)


@given(SAMPLES)
def test_the_wire_is_read_back_the_same(sample: list[int]) -> None:
    histogram = Histogram.of(sample)
    assert Histogram.from_wire(json.loads(json.dumps(histogram.to_wire()))) == histogram


@pytest.mark.parametrize(
    ("wire", "why"),
    [
        (None, "not a list"),
        ({}, "not a list"),
        ("[[1,1]]", "not a list"),
        ([1, 1], "not a list"),
        ([[1]], "not a list"),
        ([[1, 1, 1]], "not a list"),
        ([["1", 1]], "a bucket is"),
        ([[True, 1]], "a bucket is"),
        ([[1.0, 1]], "a bucket is"),
        ([[-1, 1]], "a bucket is"),
        ([[len(BOUNDS), 1]], "a bucket is"),
        ([[10**4000, 1]], "a bucket is"),
        ([[2, 1], [1, 1]], "do not ascend"),
        ([[1, 1], [1, 1]], "do not ascend"),
        ([[1, 0]], "a count is"),
        ([[1, -1]], "a count is"),
        ([[1, 10**7]], "a count is"),
        ([[1, False]], "a count is"),
        ([[1, 2.0]], "a count is"),
        ([[1, None]], "a count is"),
    ],
)
def test_what_is_no_histogram_is_refused_by_name(wire: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Histogram.from_wire(wire)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)


@given(JSON)
def test_whatever_comes_is_a_histogram_or_a_value_error(wire: object) -> None:
    try:
        histogram = Histogram.from_wire(wire)
    except ValueError:
        return
    assert histogram.to_wire() == wire
