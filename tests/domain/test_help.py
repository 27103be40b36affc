"""What may be asked, what may be said of it, and how far it has come."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from node.domain.delivery import Delivered, DeliveryState
from node.domain.directive import DatedState
from node.domain.errors import Invalid
from node.domain.help import (
    Answer,
    Help,
    HelpEntries,
    HelpKind,
    HelpReport,
    faults_of_entries,
    given_day,
    one_history,
)
from node.domain.help_progress import HelpProgress, Step, progress
from node.domain.new_help import NewHelp, addressees, faults_of_new_help
from tests.support.appeals import the_rulebook

NOW = datetime(2020, 11, 17, 9, tzinfo=UTC)
TODAY = NOW.date()
DAY = timedelta(days=1)


def a_help(**changed: Any) -> Help:
    help = Help(
        id="h1",
        issuer="RU",
        kind=HelpKind.QUESTION,
        to=("RU-STA", "RU-TVE"),
        directive=None,
        title="Когда?",
        text=None,
        asked_on=TODAY,
        due_on=None,
        planned_on=None,
        states=(DatedState("open", NOW),),
    )
    return replace(help, **changed)


def a_report(unit: str = "RU-TVE", origin: str | None = None, **changed: Any) -> HelpReport:
    by = origin or unit
    return replace(HelpReport("h1", unit, by, on_behalf=by != unit), **changed)


def said(text: str, after: timedelta = timedelta()) -> Answer:
    return Answer(NOW + after, "глава", text)


def come(help: Help, *reports: HelpReport, now: datetime = NOW, **given: Any) -> HelpProgress:
    by_unit: dict[str, tuple[HelpReport, ...]] = {}
    for one in reports:
        by_unit[one.unit] = (*by_unit.get(one.unit, ()), one)
    return progress(
        help, by_unit, units=help.to, day_of=lambda _, moment: moment.date(), now=now, **given
    )


# --- One history ----------------------------------------------------------------------------------


def test_what_was_said_for_a_unit_counts_until_it_speaks_itself() -> None:
    for_it = a_report(origin="RU", answers=(said("звонили"), said("звонили ещё", 3 * DAY)))
    own = a_report(answers=(said("сами", 2 * DAY),), seen_at=NOW)
    history = one_history("h1", "RU-TVE", [for_it, own])
    assert [one.text for one in history.answers] == ["звонили", "сами"]
    assert (history.on_behalf, history.seen_at) == (False, NOW)


def test_several_who_spoke_for_a_unit_are_put_in_order_of_time() -> None:
    top = a_report(origin="RU", answers=(said("второй", DAY),))
    district = a_report(origin="CFO", answers=(said("первый"),))
    for reports in ([top, district], [district, top]):
        history = one_history("h1", "RU-TVE", reports)
        assert [one.text for one in history.answers] == ["первый", "второй"]
        assert history.on_behalf


def test_a_training_is_counted_once_and_as_the_unit_itself_says() -> None:
    for_it = a_report(origin="RU", held_on=TODAY, attended=40)
    own = a_report(held_on=TODAY - DAY, attended=12)
    assert one_history("h1", "RU-TVE", [for_it]).attended == 40
    assert one_history("h1", "RU-TVE", [for_it, own]).attended == 12
    assert one_history("h1", "RU-TVE", [for_it, a_report(seen_at=NOW)]).attended == 40


# --- Progress -------------------------------------------------------------------------------------


def test_the_worst_stand_first() -> None:
    help = a_help(due_on=TODAY - DAY)
    found = come(help, a_report("RU-STA", answers=(said("да"),)))
    assert [(one.unit, one.step) for one in found.units] == [
        ("RU-TVE", Step.OVERDUE),
        ("RU-STA", Step.DONE),
    ]
    assert found.units[1].late
    totals = found.totals
    assert (totals.asked, totals.answered, totals.overdue, totals.received) == (2, 1, 1, None)


@pytest.mark.parametrize(
    ("now", "overdue"), [(NOW, 0), (NOW + timedelta(hours=15, minutes=-1), 0), (NOW + DAY, 2)]
)
def test_the_last_day_is_not_over_before_its_end(now: datetime, overdue: int) -> None:
    assert come(a_help(due_on=TODAY), now=now).totals.overdue == overdue


def test_what_is_closed_or_has_no_last_day_is_never_overdue() -> None:
    closed = a_help(due_on=TODAY, states=(DatedState("open", NOW), DatedState("closed", NOW)))
    for help in (a_help(), closed):
        assert come(help, now=NOW + 30 * DAY).totals.overdue == 0


def test_a_training_not_held_on_its_day_is_overdue_and_an_answer_alone_does_not_hold_it() -> None:
    training = a_help(kind=HelpKind.TRAINING, planned_on=TODAY)
    found = come(training, a_report(answers=(said("перенесли"),)), now=NOW + DAY)
    assert (found.totals.answered, found.totals.overdue) == (0, 2)
    held = come(
        training,
        a_report(held_on=TODAY, attended=3),
        a_report("RU-STA", held_on=TODAY, attended=0),
    )
    assert (held.totals.answered, held.totals.attended) == (2, 3)


def test_a_later_answer_corrects_an_answer_given_in_time_without_making_it_late() -> None:
    report = a_report(answers=(said("да"), said("нет", 5 * DAY)))
    unit = next(one for one in come(a_help(due_on=TODAY), report).units if one.unit == "RU-TVE")
    assert unit.answer is not None
    assert (unit.answer.text, unit.late) == ("нет", False)


def test_whoever_has_spoken_has_received_it_whatever_is_known_of_its_way() -> None:
    waiting = {unit: Delivered(unit, DeliveryState.WAITING, stuck_at=unit) for unit in a_help().to}
    found = come(a_help(), a_report(seen_at=NOW), deliveries=waiting)
    assert (found.totals.received, found.totals.seen) == (1, 1)


def test_what_a_node_did_not_understand_stands_before_what_it_has_not_answered() -> None:
    told = {"RU-TVE": Delivered("RU-TVE", DeliveryState.QUARANTINED, "unsupported_type")}
    found = come(a_help(), deliveries=told)
    assert [one.step for one in found.units] == [Step.REFUSED, Step.SILENT]


# --- What may be asked ----------------------------------------------------------------------------


def faults(**given: Any) -> set[str]:
    values: dict[str, Any] = {"kind": "question", "title": "Когда?", "to": ("RU-TVE",)}
    new = NewHelp(**values | given)
    found = faults_of_new_help(new, the_rulebook().directory, me="RU", today=TODAY)
    assert all(fault.message for fault in found)
    return {fault.field for fault in found}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "advice"}, "kind"),
        ({"kind": "вопрос"}, "kind"),
        ({"title": " "}, "title"),
        ({"title": "я" * 301}, "title"),
        ({"text": "я" * 10_001}, "text"),
        ({"text": "пишите на nobody@example.org"}, "text"),
        ({"title": "\ud800"}, "title"),
        ({"due_on": TODAY - DAY}, "due_on"),
        ({"due_on": date.max}, "due_on"),
        ({"planned_on": TODAY}, "planned_on"),
        ({"kind": "training"}, "planned_on"),
        ({"kind": "training", "planned_on": TODAY + DAY, "due_on": TODAY}, "due_on"),
        ({"to": ()}, "units"),
        ({"to": ("RU-TVR",)}, "units"),
        ({"to": ("RU",)}, "units"),
        ({"to": ("RU-TVE", "\x00")}, "units"),
        ({"addressed": "everybody"}, "addressed"),
        ({"addressed": "tier", "tier": "galactic"}, "tier"),
        ({"addressed": "tier"}, "tier"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(given: dict[str, Any], field: str) -> None:
    assert field in faults(**given)


def test_a_good_question_and_a_good_training_have_no_fault() -> None:
    assert faults(due_on=TODAY) == set()
    assert faults(kind="training", planned_on=TODAY, due_on=TODAY + 7 * DAY) == set()
    assert faults(addressed="below", to=()) == set()


def test_addressees_are_resolved_in_the_order_of_the_directory() -> None:
    directory = the_rulebook().directory
    tier = directory["RU-TVE"].tier

    def to(**given: Any) -> tuple[str, ...]:
        return addressees(NewHelp("question", "Когда?", **given), directory, me="RU", today=TODAY)

    assert to(to=("RU-STA", "RU-TVE", "RU-STA")) == tuple(
        unit for unit in directory.subtree("RU") if unit in ("RU-STA", "RU-TVE")
    )
    assert len(to(addressed="tier", tier=tier)) == 83
    assert to(addressed="below") == directory.subtree("RU")[1:]


# --- What may be said -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "given", "field"),
    [
        ("question", HelpEntries(), "answer"),
        ("question", HelpEntries(answer="  "), "answer"),
        ("question", HelpEntries(answer="тел. 222-33-44"), "answer"),
        ("question", HelpEntries(answer="да", held_on=TODAY), "held_on"),
        ("question", HelpEntries(attended=3), "attended"),
        ("training", HelpEntries(), "held_on"),
        ("training", HelpEntries(held_on=TODAY + DAY), "held_on"),
        ("training", HelpEntries(attended=3), "attended"),
        ("training", HelpEntries(held_on=TODAY, attended=-1), "attended"),
        ("training", HelpEntries(held_on=TODAY, attended=10**7), "attended"),
        ("training", HelpEntries(held_on=TODAY, not_held=True), "held_on"),
        ("training", HelpEntries(not_held=True, attended=3), "attended"),
    ],
)
def test_what_cannot_be_said_is_refused_by_name(kind: str, given: HelpEntries, field: str) -> None:
    help = a_help(kind=HelpKind(kind))
    assert field in {one.field for one in faults_of_entries(help, a_report(), given, TODAY)}


def test_the_hundred_and_first_answer_is_refused() -> None:
    full = a_report(answers=tuple(said(str(n)) for n in range(100)))
    [fault] = faults_of_entries(a_help(), full, HelpEntries(answer="ещё"), TODAY)
    assert fault.field == "answer"


def test_how_many_attended_may_be_told_after_the_day_was() -> None:
    training = a_help(kind=HelpKind.TRAINING, planned_on=TODAY)
    held = a_report(held_on=TODAY)
    assert faults_of_entries(training, held, HelpEntries(attended=3), TODAY) == []


@pytest.mark.parametrize("text", ["завтра", "20201117", "2020-11-31", "2020-W47-2", "17.11.2020"])
def test_a_day_is_written_in_one_way(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        given_day("due_on", text)
    assert refused.value.faults[0].field == "due_on"


def test_a_blank_day_is_none() -> None:
    assert given_day("due_on", " ") is None
    assert given_day("due_on", "2020-11-17") == TODAY
