"""How much residents of the demo write, held to the sizes real centres published."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest

from node.demo.cast import cast_of, shared_out
from node.demo.volumes import (
    GROWTH_A_WEEK,
    ORDINARY_FROM,
    RHYTHM,
    SECTOR_SHARES,
    apportioned,
    expected_on,
    part_of_day,
    sector_shares,
    topic_shares,
    weekly_appeals,
)
from node.domain.rulebook import Rulebook
from node.reference import load_rulebook

MONDAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load_rulebook()


def regions(rulebook: Rulebook) -> dict[str, int]:
    directory = rulebook.directory
    return {
        region.code: directory.population(region.code) or 0
        for district in directory.children(directory.root.code)
        for region in directory.children(district.code)
    }


def test_ordinary_regions_write_what_the_published_range_says(rulebook: Rulebook) -> None:
    for unit, population in regions(rulebook).items():
        weekly = weekly_appeals(unit, population)
        if unit == "RU-MOS":
            assert 18_500 <= weekly <= 30_600
        elif population >= ORDINARY_FROM:
            assert 1_500 <= weekly <= 4_000
        else:
            assert 0 < weekly < 1_640


def test_a_more_populous_region_never_writes_less(rulebook: Rulebook) -> None:
    people = sorted(n for unit, n in regions(rulebook).items() if unit != "RU-MOS")
    written = [weekly_appeals("any", n) for n in people]
    assert written == sorted(written)


def test_sectors_have_the_published_shares_and_sum_up_to_one(rulebook: Rulebook) -> None:
    shares = sector_shares(rulebook.classifier)
    assert {code: shares[code] for code in SECTOR_SHARES} == SECTOR_SHARES
    assert sum(shares.values()) == pytest.approx(1)
    assert set(shares) == {sector.code for sector in rulebook.classifier.sectors} | {"unsorted"}


def test_topics_of_a_region_keep_the_shares_of_their_sectors(rulebook: Rulebook) -> None:
    shares = topic_shares(rulebook.classifier, Random(3), weekly=2_000)
    by_sector: Counter[str] = Counter()
    for topic, share in shares.items():
        by_sector[rulebook.classifier.sector_of(topic)] += share  # type: ignore[assignment]
    assert dict(by_sector) == pytest.approx(sector_shares(rulebook.classifier))


def test_a_week_has_its_volume_its_monday_and_its_weekend() -> None:
    week = [expected_on(700, MONDAY + timedelta(days=n), MONDAY) for n in range(7)]
    assert sum(week) == pytest.approx(700 * (1 + GROWTH_A_WEEK * 3 / 7), rel=0.005)
    assert max(week) == week[0]
    assert max(week[5:]) < min(week[:5])
    assert sum(RHYTHM) == pytest.approx(7)


def test_a_part_of_the_day_grows_from_nothing_to_all() -> None:
    parts = [part_of_day(hour, minute) for hour in range(24) for minute in (0, 30)]
    assert parts == sorted(parts)
    assert parts[0] == 0
    assert part_of_day(23, 60) == pytest.approx(1)


@pytest.mark.parametrize("weights", [[1.0], [1, 1, 1], [0.2, 5, 0.01, 3.3]])
def test_apportioning_loses_nothing(weights: list[float]) -> None:
    counts = apportioned(1_754, weights)
    assert sum(counts) == 1_754
    assert all(abs(n - 1_754 * w / sum(weights)) < 1 for n, w in zip(counts, weights, strict=True))


def test_the_cast_is_eight_live_nodes_and_everybody_else_played(rulebook: Rulebook) -> None:
    cast = cast_of(rulebook.directory)
    assert cast.live == (
        "RU", "SZFO", "RU-MUR", "RU-KGD", "47701000", "47705000", "27701000", "27739000",
    )  # fmt: skip
    assert len(cast.leaves) == 81
    assert len(cast.played) == 81 + 7
    urls = [cast.url(unit, 8000) for unit in (*cast.live, *cast.played)]
    assert len(set(urls)) == len(urls)


@pytest.mark.parametrize("parts", [1, 2, 3, 20])
def test_troupes_share_everybody_but_the_top_district_by_district(
    rulebook: Rulebook, parts: int
) -> None:
    cast = cast_of(rulebook.directory)
    units = (*cast.live, *cast.played)
    hands = shared_out(rulebook.directory, units, parts)
    assert sorted(unit for hand in hands for unit in hand) == sorted(set(units) - {"RU"})
    for hand in hands:
        parents = {rulebook.directory.parent(unit) for unit in hand} - {"RU"}
        assert parents <= set(hand)
