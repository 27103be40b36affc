"""A made-up case for trying the rules on, checked as an appeal would be."""

from __future__ import annotations

import math
from collections.abc import Iterator

from node.domain.appeal import (
    CHANNEL,
    KINDS,
    MAX_ADDRESS,
    MAX_TEXT,
    faults_of_executor,
    faults_of_line,
    faults_of_territory,
    faults_of_topic,
)
from node.domain.errors import Fault, Invalid
from node.domain.issue import NOBODY, URGENCIES
from node.domain.routing import Case
from node.domain.rulebook import Rulebook


def checked_case(case: Case, rulebook: Rulebook, unit: str) -> Case:
    """The case, if an issue like it could be at the node of `unit`. Invalid by field. A text may be
    missing: rules that ask for none are tried without it."""
    faults = tuple(_faults(case, rulebook, unit))
    if faults:
        raise Invalid(*faults)
    return case


def _faults(case: Case, rulebook: Rulebook, unit: str) -> Iterator[Fault]:
    yield from faults_of_topic(case.topic, rulebook.classifier)
    yield from faults_of_territory(case.territory, rulebook.directory, unit)
    if not CHANNEL.fullmatch(case.channel):
        yield Fault("channel", "должен быть кодом: строчные латинские буквы, цифры и знаки . _ -")
    if case.kind not in KINDS:
        yield Fault("kind", f"должен быть одним из: {', '.join(KINDS)}")
    if case.urgency not in URGENCIES:
        yield Fault("urgency", f"должна быть одной из: {', '.join(URGENCIES)}")
    yield from faults_of_line("text", case.text, MAX_TEXT)
    yield from faults_of_line("address", case.address, MAX_ADDRESS)
    if (case.lat is None) != (case.lon is None):
        missing = "lat" if case.lat is None else "lon"
        yield Fault(missing, "широта и долгота указываются вместе")
    for field, value, limit in (("lat", case.lat, 90), ("lon", case.lon, 180)):
        if value is not None and not (math.isfinite(value) and -limit <= value <= limit):
            yield Fault(field, f"должна быть числом от −{limit} до {limit} градусов")
    if case.complained_of not in (None, NOBODY):
        for fault in faults_of_executor(case.complained_of, rulebook.agencies):
            yield Fault("complained_of", fault.message)
