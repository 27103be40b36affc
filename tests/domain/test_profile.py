"""A foreign CSV through its profile: columns, topics and dates under our names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from node.domain.classifier import Classifier
from node.domain.profile import InvalidProfile, Profile
from node.domain.table import InvalidTable

CLASSIFIER = Classifier.from_table(
    {
        "blocks": {"mobility": "Дороги"},
        "sectors": {
            "roads": {
                "name": "Дороги",
                "block": "mobility",
                "topics": {"pits": "Ямы", "snow": "Снег"},
            }
        },
    }
)
TABLE: dict[str, Any] = {
    "columns": {"text": ["Kind", "Words"], "external_id": "Key", "topic": "Kind"},
    "defaults": {"channel": "elsewhere"},
    "topics": {"Яма  на дороге": "roads.pits"},
}
MOSCOW = ZoneInfo("Europe/Moscow")


def a_profile(**changes: object) -> Profile:
    return Profile.from_table("sample", TABLE | changes, CLASSIFIER)


def test_a_row_is_read_under_our_names() -> None:
    row = {"Kind": " Яма ", "Words": "у дома 5", "Key": "17", "Other": "x"}
    assert a_profile().fields(row) == {
        "text": "Яма: у дома 5",
        "external_id": "17",
        "topic": "Яма",
        "channel": "elsewhere",
    }


def test_empty_and_missing_cells_are_left_out_and_equal_ones_not_doubled() -> None:
    assert a_profile().fields({"Kind": "Яма", "Words": "Яма", "Key": None}) == {
        "text": "Яма",
        "topic": "Яма",
        "channel": "elsewhere",
    }


def test_missing_columns_are_named_once_each() -> None:
    assert a_profile().missing_columns(["Key", "Other"]) == ["Kind", "Words"]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("Яма на дороге", "roads.pits"),
        ("  ЯМА на\u00a0\tдороге ", "roads.pits"),
        ("Яма", None),
        ("", None),
    ],
)
def test_topic_names_match_in_spite_of_case_and_white_space(written: str, code: str | None) -> None:
    assert a_profile().topic_for(written) == code


@pytest.mark.parametrize(
    ("dates", "written", "moment"),
    [
        ({}, "2026-02-14", datetime(2026, 2, 13, 21, 0, tzinfo=UTC)),
        ({}, "2026-02-14T10:00:00+05:00", datetime(2026, 2, 14, 5, 0, tzinfo=UTC)),
        (
            {"formats": ["%d.%m.%Y %H:%M", "%d.%m.%Y"]},
            "14.02.2026",
            datetime(2026, 2, 13, 21, 0, tzinfo=UTC),
        ),
        (
            {"formats": ["%m/%d/%Y %I:%M:%S %p"], "timezone": "America/New_York"},
            "03/24/2025 11:33:07 PM",
            datetime(2025, 3, 25, 3, 33, 7, tzinfo=UTC),
        ),
    ],
)
def test_dates_are_read_as_written_there(
    dates: dict[str, Any], written: str, moment: datetime
) -> None:
    assert a_profile(dates=dates).moment(written, MOSCOW) == moment


@pytest.mark.parametrize("dates", [{}, {"formats": ["%d.%m.%Y"]}])
def test_a_date_of_another_form_is_refused(dates: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="2026/02/14"):
        a_profile(dates=dates).moment("2026/02/14", MOSCOW)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"columns": {"topic": "Kind"}}, "columns.text is missing"),
        ({"columns": {"text": "T", "txt": "T"}}, "columns.txt is not a known key"),
        ({"columns": {"text": 5}}, "columns.text must be a list of texts"),
        ({"topics": {"Яма": "roads.pit"}}, "topics.Яма leads to unknown topic 'roads.pit'"),
        ({"topics": {"Яма": "roads.pits", "яма ": "roads.snow"}}, "stands twice"),
        ({"defaults": {"channel": "x", "text": "y"}}, "defaults.text cannot have one value"),
        ({"defaults": {}}, "defaults.channel is missing"),
        ({"delimiter": ";;"}, "delimiter must be one character"),
        ({"encoding": "utf-9"}, "encoding 'utf-9' is unknown"),
        ({"dates": {"timezone": "America/Kursk"}}, "dates.timezone 'America/Kursk'"),
        ({"dates": {"format": "%d"}}, "dates.format is not a known key; did you mean 'formats'"),
        ({"colums": {}}, "colums is not a known key; did you mean 'columns'"),
    ],
)
def test_a_wrong_profile_is_refused_by_key(changes: dict[str, Any], named: str) -> None:
    with pytest.raises((InvalidTable, InvalidProfile), match=named):
        a_profile(**changes)
