"""The fields of a move, checked: every one missing, unknown or wrong is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from node.domain.appeal import (
    faults_of_executor,
    faults_of_line,
    faults_of_territory,
    faults_of_topic,
    is_number,
)
from node.domain.errors import Fault, Invalid
from node.domain.issue import (
    NOBODY,
    REJECTION_GROUNDS,
    URGENCIES,
    WAITING,
    WAYS_OF_FORWARDING,
    Move,
    Outcome,
)
from node.domain.issue_flows import Standing
from node.domain.rulebook import Rulebook

MAX_REASON = 2_000
MAX_ANSWER = 10_000
MAX_BODY = 200
LONGEST = {"text": MAX_ANSWER, "reason": MAX_REASON, "responsible": MAX_BODY, "addressee": MAX_BODY}
CHOICES: Mapping[str, Mapping[str, str]] = {
    "ground": REJECTION_GROUNDS,
    "urgency": URGENCIES,
    "way": WAYS_OF_FORWARDING,
}


def checked_fields(
    move: Move,
    fields: Mapping[str, str],
    standing: Standing,
    *,
    rulebook: Rulebook,
    unit: str,
) -> dict[str, str]:
    """The fields of a move, trimmed. Invalid names every one missing, unknown or wrong."""
    given = {name: text.strip() for name, text in fields.items()}
    faults = tuple(_faults_of_fields(move, given, standing, rulebook, unit))
    if faults:
        raise Invalid(*faults)
    return {name: text for name, text in given.items() if text}


def _faults_of_fields(
    move: Move, given: Mapping[str, str], standing: Standing, rulebook: Rulebook, unit: str
) -> Iterator[Fault]:
    for name in move.requires:
        if not given.get(name):
            yield Fault(name, f"обязательное поле хода «{move.name}»")
    known = (*move.requires, *move.optional)
    for name, text in given.items():
        if name not in known:
            listed = ", ".join(known) or "нет"
            yield Fault(name, f"такого поля у хода «{move.name}» нет; его поля: {listed}")
        elif text:
            yield from _faults_of_value(name, text, rulebook, unit)
    yield from _faults_of_move(move, given, standing)
    yield from _faults_of_formal(move, given, standing, rulebook)


def _faults_of_move(move: Move, given: Mapping[str, str], standing: Standing) -> Iterator[Fault]:
    """What fields mean together, and with what the issue is."""
    refused = given.get("outcome") == Outcome.REFUSED
    if move.name in ("close", "answer", "approve") and refused and not given.get("reason"):
        yield Fault("reason", "отказ должен быть объяснён: назовите причину")
    if (
        move.name == "reclassify"
        and given.get("topic") == standing.topic
        and given.get("territory", standing.territory) in ("", standing.territory)
    ):
        yield Fault("topic", "проблема уже отнесена к этой теме и территории: назовите другую")
    if move.name == "reroute" and given.get("executor") == standing.executor:
        yield Fault("executor", "проблема уже у этого исполнителя: назовите другого")
    if move.name == "prioritise" and given.get("urgency") == standing.urgency:
        yield Fault("urgency", "срочность уже такая: назовите другую")
    if move.name == "reject":
        if given.get("ground") == "not_competent" and not given.get("responsible"):
            yield Fault("responsible", "назовите, кто за это отвечает: жителю скажут, куда идти")
        if given.get("ground") == "other" and not given.get("reason"):
            yield Fault("reason", "назовите причину словами: её прочтёт житель")


def _faults_of_formal(
    move: Move, given: Mapping[str, str], standing: Standing, rulebook: Rulebook
) -> Iterator[Fault]:
    """59-ФЗ: whom a formal appeal complains of is recorded at moderation, and it is never sent to
    them (article 8, part 6)."""
    if move.name == "forward" and not standing.formal:
        yield Fault("addressee", "переадресуют только обращения по 59-ФЗ: передайте исполнителю")
    asked = move.name == "admit" or (move.name == "route" and standing.state in WAITING)
    complained = given.get("complained_of") or standing.complained_of
    if standing.formal and asked and not complained:
        yield Fault(
            "complained_of",
            f"по 59-ФЗ укажите орган, действия которого обжалуются, или {NOBODY}: никто",
        )
    if move.name not in ("route", "reroute"):
        return
    executor = given.get("executor") or standing.executor
    if executor and complained and is_complained_of(executor, complained, rulebook):
        yield Fault(
            "executor",
            f"на действия этого органа жалуются ({rulebook.agencies.name(complained)}): "
            "передать ему нельзя, назовите другого",
        )


def is_complained_of(executor: str, complained: str, rulebook: Rulebook) -> bool:
    """Whether an executor is, or belongs to, the body complained of."""
    if complained == NOBODY:
        return False
    return complained in (executor, rulebook.agencies.agency_of(executor))


def _faults_of_value(name: str, text: str, rulebook: Rulebook, unit: str) -> Iterator[Fault]:
    if name in LONGEST:
        yield from faults_of_line(name, text, LONGEST[name])
        return
    if name in CHOICES:
        if text not in CHOICES[name]:
            yield Fault(name, f"должно быть одним из: {', '.join(CHOICES[name])}")
        return
    match name:
        case "outcome":
            if text not in set(Outcome):
                yield Fault(name, f"должен быть одним из: {', '.join(Outcome)}")
        case "topic":
            yield from faults_of_topic(text, rulebook.classifier)
        case "executor":
            yield from faults_of_executor(text, rulebook.agencies)
        case "complained_of":
            if text != NOBODY:
                yield from (
                    Fault(name, f"{fault.message}; если никто – {NOBODY}")
                    for fault in faults_of_executor(text, rulebook.agencies)
                )
        case "territory":
            yield from faults_of_territory(text, rulebook.directory, unit)
        case "into":
            if not is_number(text):
                yield Fault(name, "не похоже на номер проблемы: скопируйте его из списка")
        case "until" | "sent_on":
            if as_day(text) is None:
                yield Fault(name, "должна быть датой вида ГГГГ-ММ-ДД")
        case _:
            raise AssertionError(f"nobody checks the field {name}")


def as_day(text: str) -> date | None:
    """A day as fields of moves have it; None when it is none, or not of our time."""
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return day if day is not None and 2018 <= day.year < 2200 else None
