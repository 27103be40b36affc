"""Warnings of deadlines by mail: whom the job finds, and when, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from node.actions.manage_people import disable_person
from node.bootstrap import Node
from node.domain.rights import unlimited
from node.jobs import deliver, warn_of_deadlines
from node.store.people import Person
from tests.support.appeals import NOW, UNIT
from tests.support.mail import Post
from tests.support.messages import clock_of
from tests.support.people import a_grant, a_person
from tests.support.warnings import (
    COORDINATOR,
    EXECUTOR,
    FRIDAY,
    ROADS,
    a_coordinator,
    a_moderator,
    an_executor,
    an_issue,
    face,
    fates,
    goes_on,
    letters,
    move,
    numbers_in,
    told_rows,
    warned_at,
    warnings,
)


def test_a_letter_tells_of_the_issue_its_deadline_and_the_way_to_it(node: Node, post: Post) -> None:
    an_executor(node)
    number = an_issue(node, text="Яма у дома Ивановой, телефон 8 921 000-00-00")
    goes_on(node, warned_at(node, number) - timedelta(minutes=1))
    assert letters(post) == []
    goes_on(node, warned_at(node, number))
    [letter] = letters(post)
    assert letter.to == [EXECUTOR]
    assert letter.message["Subject"] == "Скоро срок, проблем: 1"
    for shown in (
        f"{number}: Ямы",
        "Мурманск",
        "первый ответ – до 19.11.2026, 12:30",
        f"https://cur.example/issues/{number}\n",
        "Скоро срок: https://cur.example/issues?due=soon",
        "https://cur.example/account",
    ):
        assert shown in letter.text
    assert f'href="https://cur.example/issues/{number}"' in letter.html
    for kept in ("Ивановой", "921", "Просрочено", "Не поместились", "/status/"):
        assert kept not in letter.text


def test_each_deadline_is_told_once_to_each(node: Node, post: Post) -> None:
    an_executor(node)
    an_executor(node, "second", "second@staff.example")
    number = an_issue(node)
    moment = warned_at(node, number)
    for hours in range(30):
        goes_on(node, moment + timedelta(hours=hours))
    assert sorted(one.to[0] for one in letters(post)) == [EXECUTOR, "second@staff.example"]


def test_a_deadline_that_was_moved_is_told_once_more(node: Node, post: Post) -> None:
    an_executor(node)
    number = an_issue(node)
    goes_on(node, warned_at(node, number))
    move(node, number, "interim", text="Заделаем в ноябре.", until="2026-11-30")
    goes_on(node)
    assert len(letters(post)) == 1
    goes_on(node, warned_at(node, number))
    assert len(letters(post)) == 2
    assert "окончательный ответ – до конца дня 30.11.2026" in letters(post)[1].text
    goes_on(node, warned_at(node, number) + timedelta(hours=2))
    assert len(letters(post)) == 2


def test_who_gets_the_issue_after_the_warning_is_told_too(node: Node, post: Post) -> None:
    an_executor(node)
    a_coordinator(node)
    number = an_issue(node, "coordination")
    moment = warned_at(node, number)
    goes_on(node, moment)
    assert [one.to for one in letters(post)] == [[COORDINATOR]]
    clock_of(node).move_to(moment + timedelta(minutes=10))
    move(node, number, "route", executor=ROADS)
    goes_on(node)
    assert [one.to for one in letters(post)] == [[COORDINATOR], [EXECUTOR]]
    move(node, number, "return", reason="Двор.", responsible="другой")
    goes_on(node, moment + timedelta(hours=1, minutes=15))
    assert len(letters(post)) == 2  # the coordinator knows of this deadline


def test_at_most_one_letter_an_hour_goes_to_somebody(node: Node, post: Post) -> None:
    an_executor(node)
    first = an_issue(node)
    second = an_issue(node, now=NOW + timedelta(minutes=10))
    moment = warned_at(node, first)
    assert warned_at(node, second) == moment + timedelta(minutes=10)
    for minutes in (0, 5, 10, 30, 55):
        goes_on(node, moment + timedelta(minutes=minutes))
    assert [numbers_in(one) for one in letters(post)] == [[first]]
    goes_on(node, moment + timedelta(minutes=60))
    assert [numbers_in(one) for one in letters(post)] == [[first], [second]]


def test_people_without_address_disabled_or_who_want_none_are_not_written_to(
    node: Node, post: Post
) -> None:
    an_executor(node, "bare", None)
    an_executor(node, "gone", "gone@staff.example")
    quiet = an_executor(node, "quiet", "quiet@staff.example")
    with node.transaction() as session:
        disable_person(session, login="gone", actor=unlimited("test", UNIT), now=NOW)
        session.get_one(Person, quiet).deadline_letters = False
    a_coordinator(node)
    number = an_issue(node)
    goes_on(node, warned_at(node, number))
    assert letters(post) == []
    assert (warnings(node), told_rows(node)) == ([], 0)


def test_where_the_executor_has_nobody_with_an_address_the_coordinator_is_told(
    node: Node, post: Post
) -> None:
    an_executor(node, "bare", None)
    a_coordinator(node)
    number = an_issue(node)
    goes_on(node, warned_at(node, number))
    assert [one.to for one in letters(post)] == [[COORDINATOR]]


def test_paused_and_answered_issues_warn_nobody(node: Node, post: Post) -> None:
    an_executor(node)
    a_coordinator(node)
    paused, answered = an_issue(node), an_issue(node)
    moment = warned_at(node, paused)
    clock_of(node).move_to(moment - timedelta(hours=1))
    move(node, paused, "pause", text="Какой подъезд?")
    move(node, answered, "answer", text="Засыпали.", outcome="solved")
    goes_on(node, moment)
    assert letters(post) == []


def test_a_closed_sector_is_told_to_its_people_alone(node: Node, post: Post) -> None:
    a_coordinator(node)
    own = "health@staff.example"
    a_person(node, "health", a_grant("coordinator", sectors=("health",)), email=own)
    number = an_issue(node, "coordination", topic="health.queues")
    goes_on(node, warned_at(node, number))
    assert [one.to for one in letters(post)] == [[own]]
    assert numbers_in(letters(post)[0]) == [number]


# --- Quiet hours ----------------------------------------------------------------------------------


@pytest.mark.parametrize("ran_in_the_night", [True, False])
def test_what_fell_due_in_the_night_is_told_in_the_morning_as_overdue(
    node: Node, post: Post, ran_in_the_night: bool
) -> None:
    """On a Friday at 18:30 danger is given four hours: warned of at 21:30, due at 22:30."""
    a_moderator(node)
    evening = FRIDAY.replace(hour=15)
    number = an_issue(node, "registered", now=evening, text="Открытый люк на тротуаре")
    assert warned_at(node, number) == evening + timedelta(hours=3)
    if ran_in_the_night:
        for hour in range(3, 14):
            goes_on(node, evening + timedelta(hours=hour))
    assert letters(post) == []
    goes_on(node, evening + timedelta(hours=13, minutes=30))  # 08:00 on Saturday
    [letter] = letters(post)
    assert "первый ответ – просрочен, был до 20.11.2026, 22:30" in letter.text
    assert "Просрочено: https://cur.example/issues?due=overdue" in letter.text
    goes_on(node, evening + timedelta(hours=15))
    assert len(letters(post)) == 1


def test_what_falls_due_on_monday_morning_is_told_before_the_weekend(
    node: Node, post: Post
) -> None:
    an_executor(node)
    number = an_issue(node, now=FRIDAY)
    goes_on(node, FRIDAY.replace(hour=13, minute=29))
    assert letters(post) == []
    goes_on(node, FRIDAY.replace(hour=13, minute=30))  # 16:30: two working hours are left
    [letter] = letters(post)
    assert numbers_in(letter) == [number]
    assert "до 23.11.2026, 09:30" in letter.text
    for day in (1, 2, 3):
        goes_on(node, FRIDAY.replace(hour=13, minute=30) + timedelta(days=day))
    assert len(letters(post)) == 1


def test_a_letter_put_off_into_the_quiet_hours_waits_there_too(node: Node, post: Post) -> None:
    an_executor(node)
    number = an_issue(node)
    clock_of(node).move_to(warned_at(node, number))
    warn_of_deadlines.run(node)
    clock_of(node).advance(hours=11)  # 21:30: the sender was not there before
    deliver.run(node)
    assert fates(node) == [("waiting", None)]
    clock_of(node).advance(hours=10, minutes=30)
    deliver.run(node)
    assert "просрочен, был до 19.11.2026, 12:30" in letters(post)[0].text


def test_long_overdue_issues_are_not_written_of(node: Node, post: Post) -> None:
    """A node that begins to send mail: the list shows them, and has for long."""
    an_executor(node)
    number = an_issue(node)
    due = face(node, number).next_due_at
    assert due is not None
    goes_on(node, due + timedelta(days=1, minutes=1))
    assert warnings(node) == []
