"""Norms: which one is in force, what norms.toml may say, and what it may not."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from node.domain.deadline import deadlines
from node.domain.deadline_norm import InvalidNorms, Matter
from node.domain.norms import Norms
from node.domain.production_calendar import InvalidCalendar
from node.domain.table import InvalidTable
from node.domain.working_time import end_of_day
from node.reference import load_rulebook
from tests.support.zones import MOSCOW, local

TABLE: dict[str, object] = {
    "norms": [
        {
            "code": "fast_track",
            "name": "Ускоренные",
            "fast_track": True,
            "first_answer_working_days": 1,
            "final_days": 10,
        },
        {"code": "standard", "name": "Прочие", "first_answer_working_days": 1, "final_days": 30},
    ]
}


@pytest.mark.parametrize(
    ("arrived", "last_day"),
    [
        ("2026-11-18T12:30", date(2026, 11, 28)),
        ("2026-11-18T00:00", date(2026, 11, 28)),
        ("2026-11-17T23:59", date(2026, 11, 27)),
        ("2026-02-20T10:00", date(2026, 3, 2)),
    ],
)
def test_calendar_days_end_at_midnight_after_the_last(arrived: str, last_day: date) -> None:
    norms = Norms.from_table(TABLE)
    norm = norms.for_matter(Matter(channel="api", fast_track=True))
    found = deadlines(norm, norms.calendar(MOSCOW), starts_at=local(arrived))
    midnight = datetime.combine(last_day + timedelta(days=1), time(0), MOSCOW)
    assert found.final.due_at == midnight == end_of_day(last_day, MOSCOW)
    assert found.drags_at == midnight + timedelta(days=10)
    assert found.final.why["last_day"] == last_day.isoformat()


def test_a_deadline_says_why() -> None:
    norms = Norms.from_table(TABLE)
    norm = norms.for_matter(Matter(channel="api"))
    calendar = norms.calendar(MOSCOW)
    first = deadlines(norm, calendar, starts_at=local("2026-11-20T17:50")).first_answer
    assert (first.norm, first.kind) == ("standard", "first_answer")
    assert first.why == {
        "norm": "standard",
        "norm_name": "Прочие",
        "basis": "arrival",
        "zone": "Europe/Moscow",
        "starts_at": "2026-11-20T17:50:00+03:00",
        "due_at": "2026-11-23T17:50:00+03:00",
        "term": "1 working day",
        "counted": "working",
        "minutes": 540,
        "opens": "09:00",
        "closes": "18:00",
        "counted_from": "2026-11-20T17:50:00+03:00",
        "worked": [
            {"day": "2026-11-20", "minutes": 10},
            {"day": "2026-11-23", "minutes": 530},
        ],
        "skipped": [{"from": "2026-11-21", "until": "2026-11-22", "why": "weekend"}],
        "calendar_uncertain": [2026],
    }


def test_the_first_norm_that_fits_is_in_force() -> None:
    special = {**TABLE["norms"][1], "code": "vk", "channels": ["vk"]}  # type: ignore[index]
    norms = Norms.from_table({"norms": [special, *TABLE["norms"]]})  # type: ignore[misc]
    assert norms.for_matter(Matter(channel="vk", fast_track=True)).code == "vk"
    assert norms.for_matter(Matter(channel="api", fast_track=True)).code == "fast_track"
    assert norms.for_matter(Matter(channel="api")).code == "standard"


def a_norm(**keys: object) -> dict[str, object]:
    return {"code": "special", "name": "Особый", "first_answer": "1 day", "final": "1 day", **keys}


def with_special(**keys: object) -> Norms:
    return Norms.from_table({"norms": [a_norm(**keys), *TABLE["norms"]]})  # type: ignore[misc]


@pytest.mark.parametrize(
    ("condition", "fitting", "other"),
    [
        ({"channels": ["vk", "ok"]}, {"channel": "ok"}, {"channel": "api"}),
        ({"topics": ["roads"]}, {"topic": "roads.pits"}, {"topic": "roadside"}),
        ({"topics": ["roads.pits"]}, {"topic": "roads.pits"}, {"topic": "roads"}),
        ({"topics": ["roads"]}, {"topic": "roads"}, {"topic": "health"}),
        ({"units": ["RU-TA"]}, {"units": ("92701000", "RU-TA", "RU")}, {"units": ("RU-BA", "RU")}),
        ({"urgency": "urgent"}, {"urgency": "urgent"}, {"urgency": "ordinary"}),
        ({"danger": True}, {"danger": True}, {"danger": False}),
        ({"danger": False}, {"danger": False}, {"danger": True}),
        ({"kind": "formal"}, {"kind": "formal"}, {"kind": "message"}),
        ({"fast_track": False}, {"fast_track": False}, {"fast_track": True}),
        (
            {"from": date(2026, 1, 1)},
            {"arrived_on": date(2026, 1, 1)},
            {"arrived_on": date(2025, 12, 31)},
        ),
        (
            {"until": date(2026, 1, 1)},
            {"arrived_on": date(2025, 12, 31)},
            {"arrived_on": date(2026, 1, 1)},
        ),
        (
            {"channels": ["vk"], "danger": True},
            {"channel": "vk", "danger": True},
            {"channel": "vk"},
        ),
    ],
)
def test_every_condition_decides(
    condition: dict[str, object], fitting: dict[str, object], other: dict[str, object]
) -> None:
    norms = with_special(**condition)
    for values, fits in ((fitting, True), (other, False)):
        matter = Matter(**{"channel": "api", **values})  # type: ignore[arg-type]
        assert (norms.for_matter(matter).code == "special") is fits, values


def test_what_a_norm_does_not_say_has_its_usual_value() -> None:
    norm = with_special(channels=["vk"], final="30 days").norms[0]
    assert (norm.interim, norm.pause, norm.interims) == (None, None, 1)
    terms = (norm.forward, norm.register, norm.approve, norm.reopen)
    assert [str(term) for term in terms] == ["7 days", "3 days", "1 working day", "10 days"]
    assert {kind: str(term) for kind, term in norm.warn.items()} == {
        "first_answer": "2 working hours",
        "final": "2 working days",
        "interim": "1 working day",
        "forward": "1 working day",
        "register": "1 working day",
    }
    # What was to be done in less than ten days is not given ten when it is reopened.
    assert str(with_special(channels=["vk"], final="8 days").norms[0].reopen) == "8 days"


def test_warnings_of_a_norm_stand_over_those_of_the_file() -> None:
    entry = a_norm(channels=["vk"], warn={"final": "1 day"})
    table = {"norms": [entry, *TABLE["norms"]], "warn": {"final": "5 days", "interim": "2 hours"}}  # type: ignore[misc]
    special, *others = Norms.from_table(table).norms
    assert (str(special.warn["final"]), str(special.warn["interim"])) == ("1 day", "2 hours")
    assert {str(norm.warn["final"]) for norm in others} == {"5 days"}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"norms": []}, "last of"),
        ({"norms": [TABLE["norms"][0]]}, "last of"),  # type: ignore[index]
        ({"norms": [TABLE["norms"][1]] * 2}, "twice"),  # type: ignore[index]
        ({"norms": [{**TABLE["norms"][1], "final_days": 0}]}, "final_days"),  # type: ignore[index]
        ({"norms": [{**TABLE["norms"][1], "finaldays": 3}]}, "finaldays"),  # type: ignore[index]
        ({"norms": [{**TABLE["norms"][1], "final": "3 days"}]}, "same as final"),  # type: ignore[index]
        ({"norms": [a_norm(final="9 weeks")]}, r"norms\[1\].final is '9 weeks'"),
        ({"norms": [a_norm(interim="9 hours")]}, "interim bounds a date"),
        ({"norms": [a_norm(urgency="hot")]}, "urgency is 'hot'"),
        ({"norms": [a_norm(kind="letter")]}, "kind is 'letter'"),
        ({"norms": [a_norm(until="2026-01-01")]}, "until must be a date"),
        ({"norms": [a_norm(until=datetime(2026, 1, 1))]}, "until must be a date"),
        (
            {"norms": [a_norm(**{"from": date(2026, 1, 2), "until": date(2026, 1, 2)})]},
            "later than from",
        ),
        ({"norms": [a_norm(warn={"finals": "1 day"})]}, "warn.finals"),
        ({"norms": [{"code": "x", "name": "x", "first_answer": "1 day"}]}, "final is missing"),
        ({"norms": [a_norm(kind="formal")]}, "last of"),
        ({"norms": [a_norm(until=date(2026, 1, 1))]}, "last of"),
        ({"calendar": {"weekdays": ["monday"]}}, "monday"),
        ({"calendar": {"opens": time(18), "closes": time(9)}}, "closes"),
        ({"calendar": {"opens": time(9, 0, 30)}}, "whole minute"),
        ({"calendar": {"closes": "25:00"}}, "24:00"),
        ({"calendar": {"shorter_by_minutes": 540}}, "shorter_by_minutes"),
        ({"calender": {}}, "calender"),
        ({"quiet": {"from": "21:00"}}, "quiet.from"),
        ({"quiet": {"to": time(8)}}, "quiet.to"),
    ],
)
def test_a_wrong_table_is_refused_by_name(change: dict[str, object], named: str) -> None:
    with pytest.raises((InvalidNorms, InvalidTable, InvalidCalendar), match=named):
        Norms.from_table({**TABLE, **change})


def test_a_day_may_be_written_to_its_end() -> None:
    norms = Norms.from_table({**TABLE, "calendar": {"opens": time(0), "closes": "24:00"}})
    assert norms.hours.minutes == 24 * 60


@pytest.mark.parametrize(
    ("condition", "named"),
    [({"topics": ["raods"]}, "topics: 'raods'"), ({"units": ["RU-XX"]}, "units: 'RU-XX'")],
)
def test_a_condition_that_can_never_hold_is_refused(
    condition: dict[str, object], named: str
) -> None:
    rulebook = load_rulebook()
    with pytest.raises(InvalidNorms, match=named):
        with_special(**condition).checked(rulebook.classifier, rulebook.directory)
    known = with_special(topics=["roads", "roads.pits", "unsorted"], units=["RU-TA"])
    assert known.checked(rulebook.classifier, rulebook.directory) is known


def test_the_shipped_norms_are_found_by_the_code_kept_with_a_deadline() -> None:
    norms = load_rulebook().norms
    for code in ("standard", "fast_track", "danger", "formal", "social", "pos", "portal"):
        found = norms.get(code)
        assert found is not None
        assert found.code == code
    assert norms.get("long_gone") is None
