"""A directive as somebody hands it in, and what makes it fit to be issued.

Names of fields in faults are those of the public API. Faults are read by coordinators, so they are
Russian and say what to do.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice

from node.domain.directive import (
    RULE_NUMBERS,
    WHOLE,
    Condition,
    DatedState,
    Directive,
    Milestone,
    MilestoneKind,
    RiskRule,
    Rollup,
    Stages,
)
from node.domain.directory import Directory
from node.domain.errors import Fault
from node.domain.outgoing_text import (
    MAX_TITLE,
    faults_of_outgoing_name,
    faults_of_outgoing_text,
    tidy,
)

UNITS, TIER, BELOW = "units", "tier", "below"
ADDRESSED = (UNITS, TIER, BELOW)
EARLIEST = date(2000, 1, 1)
LATEST = date(2100, 12, 31)
LONGEST = timedelta(days=20 * 366)
MAX_MILESTONES = 100
MAX_BODIES = 50
MAX_RULES = 20
MAX_NAMED = 20  # wrong addressees, in one refusal
MAX_SHOWN = 80  # of what a refusal repeats and looks for the like of
MAX_KEY = 64  # of a statement; a report's is the id, a dot and the unit
ID_LENGTH = 32

_CODE = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class NewDirective:
    """What a coordinator decides. `addressed`: units (those in `units`), tier (every unit of `tier`
    below the issuer) or below (every unit below it). None: the shipped default."""

    title: str
    basis: str
    issued_on: date
    deadline: date
    addressed: str
    coordinator: str
    coordinator_name: str
    milestones: tuple[Milestone, ...]
    tier: str | None = None
    units: tuple[str, ...] = ()
    responsible: tuple[str, ...] = ()
    co_executors: tuple[str, ...] = ()
    stages: Stages | None = None
    rollup: Rollup | None = None
    risk_rules: tuple[RiskRule, ...] | None = None
    note: str | None = None


def tidied(new: NewDirective) -> NewDirective:
    """The draft with its texts as they are kept: line breaks of one kind, no blanks around."""
    return replace(
        new,
        title=tidy(new.title),
        basis=tidy(new.basis),
        coordinator_name=tidy(new.coordinator_name),
        responsible=tuple(map(tidy, new.responsible)),
        co_executors=tuple(map(tidy, new.co_executors)),
        milestones=tuple(replace(one, title=tidy(one.title)) for one in new.milestones),
        note=tidy(new.note or "") or None,
    )


def addressees(new: NewDirective, directory: Directory, *, me: str, today: date) -> tuple[str, ...]:
    """The codes a directive goes to, in the order of the directory. To be asked of a draft that
    has no faults."""
    below = [unit for unit in directory.subtree(me)[1:] if _open(directory, unit, today)]
    if new.addressed == UNITS:
        named = set(new.units)
        return tuple(unit for unit in below if unit in named)
    if new.addressed == TIER:
        return tuple(unit for unit in below if directory[unit].tier == new.tier)
    return tuple(below)


def as_directive(
    new: NewDirective,
    *,
    id: str,
    issuer: str,
    to: tuple[str, ...],
    states: tuple[DatedState, ...],
    stages: Stages,
    rollup: Rollup,
    risk_rules: tuple[RiskRule, ...],
) -> Directive:
    """The directive of a draft; `stages`, `rollup` and `risk_rules` stand where it says nothing."""
    return Directive(
        id=id,
        issuer=issuer,
        title=new.title,
        basis=new.basis,
        issued_on=new.issued_on,
        deadline=new.deadline,
        addressed=new.addressed,
        tier=new.tier,
        to=to,
        coordinator=new.coordinator,
        coordinator_name=new.coordinator_name,
        responsible=new.responsible,
        co_executors=new.co_executors,
        milestones=new.milestones,
        stages=stages if new.stages is None else new.stages,
        rollup=rollup if new.rollup is None else new.rollup,
        risk_rules=risk_rules if new.risk_rules is None else new.risk_rules,
        states=states,
        note=new.note,
    )


def faults_of_directive(
    new: NewDirective, directory: Directory, *, me: str, today: date
) -> list[Fault]:
    """Everything wrong with a draft at the node of `me`, each fault with its remedy."""
    return [
        *faults_of_outgoing_text("title", new.title, at_most=MAX_TITLE),
        *faults_of_outgoing_text("basis", new.basis),
        *_faults_of_term(new),
        *_faults_of_addressees(new, directory, me, today),
        *_faults_of_bodies(new),
        *_faults_of_milestones(new.milestones),
        *_faults_of_stages(new.stages),
        *_faults_of_rules(new.risk_rules or ()),
        *(faults_of_outgoing_text("note", new.note) if new.note is not None else ()),
    ]


def faults_of_day(field: str, day: date) -> list[Fault]:
    """A day nobody can have meant; arithmetic on the ends of the calendar fails besides."""
    if EARLIEST <= day <= LATEST:
        return []
    return [Fault(field, f"не между {EARLIEST.year} и {LATEST.year} годами: проверьте год")]


def is_code(text: str) -> bool:
    return _CODE.fullmatch(text) is not None


def named(directory: Directory, code: str) -> str:
    """A unit as a refusal names it: «Смоленская область (RU-SMO)»."""
    return f"{directory.name(code)} ({code})" if code in directory else quoted(code)


def near(directory: Directory, code: str) -> str:
    """«; похожие: …», or nothing when nothing is like what was written."""
    codes = directory.nearest(code[:MAX_SHOWN])
    return "; похожие: " + ", ".join(named(directory, one) for one in codes) if codes else ""


def quoted(text: str) -> str:
    """What somebody sent, short enough to repeat and safe to print."""
    shown = text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"
    return f"«{shown.encode('utf-8', 'replace').decode()}»"


def _open(directory: Directory, unit: str, today: date) -> bool:
    closed = directory[unit].closed_on
    return closed is None or closed > today


def _faults_of_term(new: NewDirective) -> Iterator[Fault]:
    faults = [*faults_of_day("issued_on", new.issued_on), *faults_of_day("deadline", new.deadline)]
    yield from faults
    if faults:
        return
    if new.deadline < new.issued_on:
        yield Fault(
            "deadline",
            f"срок {new.deadline:%d.%m.%Y} раньше дня издания {new.issued_on:%d.%m.%Y}: "
            "исправьте одну из дат",
        )
    elif new.deadline - new.issued_on > LONGEST:
        yield Fault("deadline", "срок больше чем через 20 лет после издания: проверьте год")


def _faults_of_addressees(
    new: NewDirective, directory: Directory, me: str, today: date
) -> Iterator[Fault]:
    if new.addressed not in ADDRESSED:
        yield Fault("addressed", f"должно быть одним из: {', '.join(ADDRESSED)}")
        return
    if (new.addressed == TIER) != (new.tier is not None):
        yield Fault("tier", f"указывается вместе с addressed = {TIER}, и только с ним")
        return
    if (new.addressed == UNITS) != bool(new.units):
        yield Fault("units", f"указываются вместе с addressed = {UNITS}, и только с ним")
        return
    wrong = (
        fault
        for number, code in enumerate(new.units)
        for fault in _faults_of_addressee(f"units.{number}", code, directory, me, today)
    )
    # Looking for the like of each of a hundred thousand codes would hold the node up for hours.
    faults = list(islice(wrong, MAX_NAMED))
    times = Counter(new.units)
    faults += [
        Fault("units", f"{named(directory, code)} стоит дважды: оставьте один раз")
        for code in sorted(code for code in times if times[code] > 1)
    ]
    yield from faults
    if new.tier is not None and not is_code(new.tier):
        yield Fault("tier", f"{quoted(new.tier)} не код уровня")
        return
    to = addressees(new, directory, me=me, today=today)
    if not faults and not to:
        field = "tier" if new.addressed == TIER else "addressed"
        tiers = sorted({directory[unit].tier for unit in directory.subtree(me)[1:]})
        hint = f"; ниже есть уровни: {', '.join(tiers)}" if tiers else ""
        yield Fault(field, f"ниже узла {named(directory, me)} таких территорий нет{hint}")
    for unit in to:
        if ID_LENGTH + 1 + len(unit) > MAX_KEY:
            yield Fault("units", f"код {unit} длиннее, чем помещается в ключ отчёта")


def _faults_of_addressee(
    field: str, code: str, directory: Directory, me: str, today: date
) -> Iterator[Fault]:
    if code not in directory:
        yield Fault(field, f"территории {quoted(code)} нет в справочнике{near(directory, code)}")
    elif code == me or not directory.is_within(code, me):
        yield Fault(
            field,
            f"{named(directory, code)} не ниже узла {named(directory, me)}: "
            "поручение даётся только вниз",
        )
    elif not _open(directory, code, today):
        yield Fault(
            field,
            f"{named(directory, code)} упразднена {directory[code].closed_on:%d.%m.%Y}: "
            "назовите её преемницу",
        )


def _faults_of_bodies(new: NewDirective) -> Iterator[Fault]:
    if not is_code(new.coordinator):
        yield Fault(
            "coordinator", "должен быть кодом органа: до 64 латинских букв, цифр и знаков . _ -"
        )
    yield from faults_of_outgoing_name("coordinator_name", new.coordinator_name)
    for field, names in (("responsible", new.responsible), ("co_executors", new.co_executors)):
        if len(names) > MAX_BODIES:
            yield Fault(field, f"больше {MAX_BODIES}: оставьте главных")
        for number, name in enumerate(names[:MAX_BODIES]):
            yield from faults_of_outgoing_name(f"{field}.{number}", name)


def _faults_of_milestones(milestones: Sequence[Milestone]) -> Iterator[Fault]:
    if not milestones:
        yield Fault("milestones", "нужна хотя бы одна веха с весом 100")
        return
    if len(milestones) > MAX_MILESTONES:
        yield Fault("milestones", f"больше {MAX_MILESTONES}: объедините вехи")
        return
    for number, milestone in enumerate(milestones):
        yield from _faults_of_milestone(f"milestones.{number}", milestone)
    times = Counter(milestone.code for milestone in milestones)
    for code in sorted(code for code in times if times[code] > 1):
        yield Fault("milestones", f"код {quoted(code)} стоит дважды: у каждой вехи свой код")
    total = sum(milestone.weight for milestone in milestones)
    if total != 100:
        yield Fault("milestones", f"сумма весов {total}, а должна быть 100: исправьте веса вех")


def _faults_of_milestone(field: str, milestone: Milestone) -> Iterator[Fault]:
    if not is_code(milestone.code):
        yield Fault(f"{field}.code", "должен быть кодом: до 64 латинских букв, цифр и знаков . _ -")
    elif milestone.code == WHOLE:
        yield Fault(f"{field}.code", f"«{WHOLE}» значит поручение целиком: выберите другой код")
    yield from faults_of_outgoing_text(f"{field}.title", milestone.title, at_most=MAX_TITLE)
    if milestone.weight < 1:
        yield Fault(f"{field}.weight", "меньше 1: веха без веса не влияет на готовность, уберите")
    if milestone.condition is not None:
        yield from _faults_of_condition(f"{field}.condition", milestone, milestone.condition)


def _faults_of_condition(field: str, milestone: Milestone, condition: Condition) -> Iterator[Fault]:
    if milestone.kind is not MilestoneKind.DONE:
        yield Fault(field, "бывает только у вехи «сделано или нет» (kind = done)")
    codes = [rank.code for rank in condition.scale]
    if not codes or len(codes) > 50 or len(set(codes)) != len(codes):
        yield Fault(f"{field}.scale", "нужны от 1 до 50 разных ступеней, от высшей к низшей")
    for number, rank in enumerate(condition.scale[:50]):
        if not is_code(rank.code):
            yield Fault(f"{field}.scale.{number}.code", "должен быть кодом ступени")
        yield from faults_of_outgoing_name(f"{field}.scale.{number}.title", rank.title)
    if condition.at_least not in codes:
        yield Fault(f"{field}.at_least", f"не ступень шкалы; ступени: {', '.join(codes)[:200]}")


def _faults_of_stages(stages: Stages | None) -> Iterator[Fault]:
    if stages is None:
        return
    for field, percent in (("complete", stages.complete), ("close", stages.close)):
        yield from faults_of_percent(f"stages.{field}", percent)
    if stages.close > stages.complete:
        yield Fault("stages.close", "больше порога «выполнено»: поменяйте местами")


def _faults_of_rules(rules: Sequence[RiskRule]) -> Iterator[Fault]:
    if len(rules) > MAX_RULES:
        yield Fault("risk_rules", f"больше {MAX_RULES}: оставьте нужные")
        return
    for number, rule in enumerate(rules):
        field = f"risk_rules.{number}"
        given = {
            "percent": rule.percent,
            "days": rule.days,
            "weeks": rule.weeks,
        }
        for name, value in given.items():
            if (value is None) == (name in RULE_NUMBERS[rule.kind]):
                word = "нужно правилу" if value is None else "не бывает у правила"
                yield Fault(f"{field}.{name}", f"{word} {rule.kind}")
        if rule.percent is not None:
            yield from faults_of_percent(f"{field}.percent", rule.percent)
        if rule.days is not None and not 1 <= rule.days < 1000:
            yield Fault(f"{field}.days", "должно быть числом от 1 до 999")
        if rule.weeks is not None and not 1 <= rule.weeks < 100:
            yield Fault(f"{field}.weeks", "должно быть числом от 1 до 99")


def faults_of_percent(field: str, percent: Decimal) -> list[Fault]:
    """Not 0 to 100, or finer than two decimals."""
    if not percent.is_finite() or not 0 <= percent <= 100:
        return [Fault(field, "должно быть числом от 0 до 100")]
    exponent = percent.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < -2:
        return [Fault(field, "не больше двух знаков после запятой: округлите")]
    return []
