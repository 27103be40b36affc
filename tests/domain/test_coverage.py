"""Coverage: what was expected, what came, who is missing, and how many residents that covers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from node.domain.coverage import (
    Coverage,
    Missing,
    Run,
    Seen,
    Service,
    doubtful,
    expected_days,
    is_on_time,
    measure,
    residents_of,
    services,
)
from node.domain.directory import Directory, Unit

DAY = timedelta(days=1)
MONDAY = date(2026, 3, 2)
SUNDAY = MONDAY + 6 * DAY
WEEK = Run(MONDAY, SUNDAY)
LONG_AGO = Service(date(2025, 1, 1))


def a_country(**changes: date) -> Directory:
    """A top, one region of 100 residents, its two towns of 30 and 20."""
    return Directory(
        [
            Unit("TOP", "a", None, "Страна"),
            Unit("R", "b", "TOP", "Регион", population=100),
            Unit("T1", "c", "R", "Первый", population=30),
            Unit("T2", "c", "R", "Второй", population=20, **changes),  # type: ignore[arg-type]
        ]
    )


def expected(scope: str, leaves: dict[str, Service], period: Run = WEEK) -> dict[str, object]:
    return dict(
        expected_days(
            scope,
            period,
            directory=a_country(),
            leaves=leaves,
            today=lambda unit: SUNDAY + 30 * DAY,
        )
    )


def takes_in(unit: str) -> bool:
    return unit != "TOP"


def test_leaves_are_units_with_intake_that_have_a_node() -> None:
    certified = {"TOP": LONG_AGO, "R": LONG_AGO, "T1": LONG_AGO}
    assert list(services(a_country(), takes_in, certified)) == ["R", "T1"]


def test_the_directory_goes_before_the_certificate() -> None:
    country = a_country(node_from=MONDAY, node_until=SUNDAY)
    found = services(country, takes_in, {"T2": LONG_AGO})
    assert found == {"T2": Service(MONDAY, SUNDAY)}
    assert services(country, takes_in, {}) == found


def test_a_leaf_is_expected_from_its_first_day_to_before_its_end() -> None:
    leaves = {"R": LONG_AGO, "T1": Service(MONDAY + 2 * DAY, SUNDAY)}
    assert expected("R", leaves) == {
        "R": (WEEK,),
        "T1": (Run(MONDAY + 2 * DAY, SUNDAY - DAY),),
    }


def test_a_day_not_begun_there_is_not_expected() -> None:
    found = expected_days(
        "R",
        WEEK,
        directory=a_country(),
        leaves={"R": LONG_AGO, "T1": LONG_AGO},
        today=lambda unit: MONDAY + (DAY if unit == "R" else 0 * DAY),
    )
    assert found == {"R": (Run(MONDAY, MONDAY + DAY),), "T1": (Run(MONDAY, MONDAY),)}


def test_a_unit_without_a_node_is_covered_by_the_node_above() -> None:
    assert expected("T2", {"R": LONG_AGO, "T1": LONG_AGO}) == {"R": (WEEK,)}


def test_the_node_above_covers_exactly_the_days_before_a_unit_had_its_own() -> None:
    began = MONDAY + 3 * DAY
    found = expected("T2", {"R": LONG_AGO, "T2": Service(began, SUNDAY)})
    assert found == {
        "T2": (Run(began, SUNDAY - DAY),),
        "R": (Run(MONDAY, began - DAY), Run(SUNDAY, SUNDAY)),
    }


def test_taking_days_out_of_a_run_leaves_what_is_around() -> None:
    inside = Run(MONDAY + DAY, MONDAY + 2 * DAY)
    assert WEEK.without(inside) == (Run(MONDAY, MONDAY), Run(MONDAY + 3 * DAY, SUNDAY))
    assert WEEK.without(WEEK) == ()
    assert WEEK.without(None) == WEEK.without(Run(SUNDAY + DAY, SUNDAY + DAY)) == (WEEK,)


def covered(seen: dict[str, Seen], held: dict[str, list[date]]) -> Coverage:
    runs = {"R": (WEEK,), "T1": (WEEK,)}
    return measure(runs, seen, held, residents_of(a_country(), runs))


def test_full_coverage_misses_nobody() -> None:
    full = Seen(received=7, open=0, on_time=7, first=MONDAY, last=SUNDAY)
    assert doubtful({"R": (WEEK,)}, {"R": full}) == ()
    found = covered({"R": full, "T1": full}, {})
    assert found == Coverage(14, 14, 0, 14, 1.0, ())
    assert not found.is_provisional(0.95)


def test_silence_is_missing_day_by_day_and_an_open_day_is_neither() -> None:
    seen = {"R": Seen(received=5, open=1, on_time=4, first=MONDAY, last=SUNDAY)}
    assert doubtful({"R": (WEEK,), "T1": (WEEK,)}, seen) == ("R",)
    days = [MONDAY + n * DAY for n in range(7) if n != 3]
    found = covered(seen, {"R": days})
    assert (found.expected, found.received, found.open, found.on_time) == (14, 5, 1, 4)
    assert found.missing == (Missing("R", (MONDAY + 3 * DAY,)), Missing("T1", tuple(WEEK)))
    # 70 residents of the region less its town's 30, five days of seven; nobody of the town.
    assert found.population_share == (70 * 5) / (100 * 7)
    assert found.is_provisional(0.95)


@pytest.mark.parametrize(
    ("leaves", "residents"),
    [
        (("R", "T1"), (70, 30)),
        (("R", "T1", "T2"), (50, 30, 20)),
        (("TOP", "T1"), (70, 30)),
        (("TOP", "R", "T1"), (0, 70, 30)),
        (("T2",), (20,)),
    ],
)
def test_residents_are_those_without_a_node_of_their_own_below(
    leaves: tuple[str, ...], residents: tuple[int, ...]
) -> None:
    assert residents_of(a_country(), leaves) == dict(zip(leaves, residents, strict=True))


def test_more_than_expected_is_not_capped() -> None:
    runs = {"T1": (Run(SUNDAY, SUNDAY),)}
    seen = {"T1": Seen(received=7, open=0, on_time=7, first=MONDAY, last=SUNDAY)}
    assert doubtful(runs, seen) == ("T1",)
    found = measure(runs, seen, {"T1": list(WEEK)}, {"T1": 30})
    assert (found.expected, found.received, found.population_share) == (1, 7, 7.0)
    assert found.missing == ()


def test_extra_days_do_not_hide_a_missing_one() -> None:
    runs = {"T1": (Run(SUNDAY - DAY, SUNDAY),)}
    seen = {"T1": Seen(received=2, open=0, on_time=2, first=MONDAY, last=SUNDAY)}
    assert doubtful(runs, seen) == ("T1",)
    found = measure(runs, seen, {"T1": [MONDAY, SUNDAY]}, {"T1": 30})
    assert found.missing == (Missing("T1", (SUNDAY - DAY,)),)


def test_a_figure_that_nothing_was_expected_for_is_provisional() -> None:
    nothing = measure({}, {}, {}, {})
    assert nothing == Coverage(0, 0, 0, 0, None, ())
    assert nothing.is_provisional(0.95)


def test_on_time_is_counted_from_the_local_midnight_of_the_leaf() -> None:
    kamchatka = ZoneInfo("Asia/Kamchatka")  # UTC+12: its Monday ends at noon UTC
    limit = datetime(2026, 3, 3, 6, tzinfo=UTC)
    grace = timedelta(hours=18)
    assert is_on_time(limit, MONDAY, kamchatka, grace)
    assert not is_on_time(limit + timedelta(seconds=1), MONDAY, kamchatka, grace)
