"""What the top of the demo asks of those below: a signed directory, a directive, a question, a
seminar; and what the played regions answer.

The live region answers nothing by itself: that is for whoever looks at the demo.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from node.actions.ask_help import ask_help
from node.actions.issue_directive import issue_directive
from node.actions.publish_directory import publish_directory
from node.actions.report_directive import report_directive
from node.bootstrap import Node, build
from node.commands.scenario import load_quietly
from node.demo.cast import REGIONS
from node.demo.stage import Stage
from node.domain.directive import WHOLE, Milestone, MilestoneKind, PlannedDate, Reading
from node.domain.help import HelpKind
from node.domain.local_day import day_of
from node.domain.new_directive import TIER, UNITS, NewDirective
from node.domain.new_help import NewHelp
from node.domain.report_entries import ReportEntries
from node.domain.rights import unlimited
from node.store.directives import listed, reports_on

WHO = "demo"
SCENARIO = "cur-2020"
TERM = timedelta(days=40)
ISSUED_AGO = timedelta(days=20)
MILESTONES = (
    Milestone("order", "Издан акт о подключении муниципальных центров", 20, MilestoneKind.DONE),
    Milestone("operators", "Операторы муниципалитетов обучены", 30),
    Milestone("nodes", "Муниципальные узлы подключены к узлу региона", 40),
    Milestone("trial", "Пробная неделя без потерянных обращений", 10, MilestoneKind.DONE),
)
LAST_SHARE = 95  # per cent: nobody is quite done, so that there is something to look at


def instruct(stage: Stage, *, now: datetime) -> None:
    """Everything the top has asked by the time the demo opens, which goes down with the first
    exchanges; and the history of 2020, which goes nowhere."""
    top = stage.cast.live[0]
    node = build(stage.settings(top), clock=lambda: now, synchronous="OFF")
    actor = unlimited(WHO, top, post="федеральный координатор")
    try:
        with node.transaction() as session:
            publish_directory(
                session, node.rulebook, me=top, signer=node.signing, actor=actor, now=now
            )
            id = issue_directive(
                session, node.rulebook, me=top, new=_directive(node, now), actor=actor, now=now
            )
            for asked in _helps(node, id, day_of(now, node.zone)):
                ask_help(session, node.rulebook, me=top, new=asked, actor=actor, now=now)
        load_quietly(node, SCENARIO)
    finally:
        node.close()


def _directive(node: Node, now: datetime) -> NewDirective:
    today = day_of(now, node.zone)
    return NewDirective(
        title="Подключить муниципальные центры к единой вертикали",
        basis="Демонстрационное поручение",
        issued_on=today - ISSUED_AGO,
        deadline=today + TERM,
        addressed=TIER,
        tier=node.rulebook.directory[REGIONS[0]].tier,
        coordinator="coordination",
        coordinator_name="Координационный центр (демо)",
        responsible=("Высшие должностные лица субъектов",),
        co_executors=("Администрации муниципальных образований",),
        milestones=MILESTONES,
        note="Поручение придумано для демонстрации.",
    )


def _helps(node: Node, directive: str, today: date) -> list[NewHelp]:
    return [
        NewHelp(
            kind=HelpKind.QUESTION,
            title="Что мешает подключить муниципальные узлы и какая помощь нужна?",
            to=REGIONS,
            addressed=UNITS,
            directive=directive,
            due_on=today + timedelta(days=3),
        ),
        NewHelp(
            kind=HelpKind.TRAINING,
            title="Семинар для операторов: от обращения до проверенного ответа",
            addressed=TIER,
            tier=node.rulebook.directory[REGIONS[0]].tier,
            planned_on=today + timedelta(days=7),
        ),
    ]


def answer(node: Node, *, seed: int) -> None:
    """A played region's report on whatever directive it has had and said nothing of yet."""
    now = node.clock()
    today = day_of(now, node.zone)
    with node.reading() as session:
        silent = [
            one.directive
            for one in listed(session, unit=node.code)
            if not reports_on(session, one.directive, node.code)
        ]
    for directive in silent:
        rng = Random(f"{seed}-{directive.issued_on}-{node.code}")
        entries = _report(rng, directive.issued_on, directive.deadline, today)
        with node.transaction() as session:
            report_directive(
                session,
                node.rulebook,
                me=node.code,
                directive=directive.id,
                unit=node.code,
                entries=entries,
                version=None,
                actor=unlimited(WHO, node.code, post="руководитель центра (демо)"),
                now=now,
            )


def _report(rng: Random, issued: date, deadline: date, today: date) -> ReportEntries:
    """A few readings of the whole that grow to somewhere; most will be in time, some will not."""
    reached = rng.triangular(8, LAST_SHARE, 62)
    days = sorted({issued + (today - issued) * number / 4 for number in range(1, 5)})
    readings = tuple(
        Reading(WHOLE, day, Decimal(round(reached * number / len(days))))
        for number, day in enumerate(days, 1)
        if day <= today
    )
    late = timedelta(days=rng.choice((-9, -5, -2, 0, 0, 12)))
    return ReportEntries(
        readings=readings,
        planned_on=(PlannedDate(today, deadline + late),),
        acknowledged=True,
    )
