"""Figures of played regions: a chain of days that follows from the seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from federation.schemas.summary import HISTOGRAM_COUNTER, Summary, SummaryRow, local_day
from node.demo.figures import PlayedRegion
from node.demo.surge import Surge
from node.demo.volumes import SECTOR_SHARES
from node.domain.classifier import UNSORTED
from node.domain.rulebook import Rulebook
from node.domain.summary import ENOUGH
from node.reference import load_rulebook

FIRST = date(2026, 9, 21)
TODAY = FIRST + timedelta(days=60)
DAYS = [FIRST + timedelta(days=number) for number in range(60)]
SURGE = Surge.before(TODAY)


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load_rulebook()


def a_region(
    rulebook: Rulebook, unit: str = "RU-TUL", *, seed: int = 1, weekly: float = 2_600
) -> PlayedRegion:
    return PlayedRegion(
        unit,
        weekly=weekly,
        classifier=rulebook.classifier,
        seed=seed,
        first=FIRST,
        surge=SURGE,
    )


def received(rulebook: Rulebook, days: Sequence[tuple[SummaryRow, ...]]) -> Counter[str]:
    """Appeals by sector."""
    found: Counter[str] = Counter()
    for rows in days:
        for row in rows:
            sector = rulebook.classifier.sector_of(row.topic)
            found[sector] += row.counters.get("received", 0)
    return found


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(rulebook: Rulebook) -> None:
    one, again, other = a_region(rulebook), a_region(rulebook), a_region(rulebook, seed=2)
    assert [one.rows(day) for day in DAYS[:9]] == [again.rows(day) for day in DAYS[:9]]
    assert a_region(rulebook).rows(FIRST) != other.rows(FIRST)


def test_every_day_is_a_summary_the_protocol_takes(rulebook: Rulebook) -> None:
    region = a_region(rulebook)
    for day in DAYS[:5]:
        starts, ends = local_day(day, "Europe/Moscow")
        rows = region.rows(day)
        summary = Summary(day, "final", None, "Europe/Moscow", starts, ends, False, rows)
        assert Summary.from_body(day.isoformat(), summary.to_body()).to_body() == summary.to_body()


def test_stocks_follow_from_the_day_before(rulebook: Rulebook) -> None:
    region = a_region(rulebook, weekly=9_000)
    before: dict[str, int] = {}
    checked = 0
    for day in DAYS[:20]:
        now: dict[str, int] = {}
        for row in region.rows(day):
            c = Counter(row.counters)
            now[row.topic] = c["open"]
            if row.topic in before and "." in row.topic:
                closed = c["closed_solved"] + c["closed_explained"] + c["closed_refused"]
                flow = c["opened"] + c["reopened"] - closed - c["merged"]
                assert c["open"] == before[row.topic] + flow
                checked += 1
        before = now
    assert checked > 500


def test_histograms_hold_exactly_what_their_counters_count(rulebook: Rulebook) -> None:
    for row in a_region(rulebook).rows(FIRST):
        for name, counter in HISTOGRAM_COUNTER.items():
            held = row.histograms[name].total if name in row.histograms else 0
            assert held == row.counters.get(counter, 0)


def test_no_counter_is_negative_and_parts_are_within_their_whole(rulebook: Rulebook) -> None:
    for row in a_region(rulebook).rows(FIRST, 0.37):
        c = Counter(row.counters)
        assert min(c.values()) > 0
        assert c["opened"] + c["rejected"] + c["repeated"] == c["received"]
        assert c["dragging"] <= c["overdue"] <= c["open"]
        closed = c["closed_solved"] + c["closed_explained"] + c["closed_refused"]
        assert c["late_final"] <= closed
        assert c["satisfied"] + c["unsatisfied"] <= closed


def test_a_day_only_grows_until_it_is_whole(rulebook: Rulebook) -> None:
    region = a_region(rulebook)
    totals = [
        sum(row.counters.get("received", 0) for row in region.rows(FIRST, share))
        for share in (0.0, 0.2, 0.5, 0.9, 1.0)
    ]
    assert totals == sorted(totals)
    assert totals[0] == 0 < totals[1]
    assert region.rows(FIRST, 1.0) == region.rows(FIRST)


def test_a_sensitive_topic_of_small_counts_stands_on_its_sectors_row(rulebook: Rulebook) -> None:
    for row in a_region(rulebook, weekly=1_640).rows(FIRST):
        if "." in row.topic and rulebook.classifier.is_sensitive(row.topic):
            assert max(row.counters.values()) >= ENOUGH


def test_a_week_has_the_volume_and_the_shares_it_should_have(rulebook: Rulebook) -> None:
    region = a_region(rulebook, weekly=3_000)
    week = received(rulebook, [region.rows(day) for day in DAYS[7:14]])
    whole = sum(week.values())
    assert whole == pytest.approx(3_000, rel=0.08)
    for sector, share in SECTOR_SHARES.items():
        assert week[sector] / whole == pytest.approx(share, abs=0.025)
    assert 0 < week[UNSORTED] / whole < 0.03


def test_the_snow_week_is_the_published_one_to_the_appeal(rulebook: Rulebook) -> None:
    region = a_region(rulebook, "RU-KRS")
    days = {day: region.rows(day) for day in DAYS}
    snow = received(rulebook, [days[day] for day in DAYS[53:]])
    before = received(rulebook, [days[day] for day in DAYS[46:53]])
    assert sum(snow.values()) == 3_760
    assert (snow["roads"], snow["amenities"], snow["utilities"]) == (1_754, 679, 411)
    growth = {sector: round((snow[sector] / before[sector] - 1) * 100) for sector in snow}
    assert growth["roads"] == pytest.approx(300, abs=1)
    assert growth["amenities"] == pytest.approx(450, abs=3)
    assert abs(growth["utilities"]) <= 1
    assert 1_500 <= sum(before.values()) <= 4_000


def test_the_surge_is_only_where_and_when_it_was(rulebook: Rulebook) -> None:
    assert SURGE.week_of(TODAY) is None
    assert SURGE.week_of(TODAY - timedelta(days=1)) == "snow"
    assert SURGE.week_of(TODAY - timedelta(days=8)) == "before"
    elsewhere = a_region(rulebook, "RU-ORL", weekly=2_000)
    days = [elsewhere.rows(day) for day in DAYS]
    roads = received(rulebook, days[53:])["roads"] / received(rulebook, days[46:53])["roads"]
    assert 0.7 < roads < 1.4


def test_a_day_long_past_is_not_made_up_again(rulebook: Rulebook) -> None:
    region = a_region(rulebook)
    region.rows(DAYS[9])
    with pytest.raises(ValueError, match="forgotten"):
        region.rows(DAYS[2])
