"""Look for issues that a newly registered one may repeat, and offer them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from node.domain.classifier import UNSORTED
from node.domain.repeats import (
    RepeatRules,
    Sign,
    box_around,
    metres_between,
    quoted_numbers,
    text_key,
)
from node.store import repeats


@dataclass(frozen=True, slots=True)
class Arrived:
    """A newly registered issue and the text of its appeal."""

    issue_id: int
    text: str
    topic: str
    lat: float | None
    lon: float | None
    received_at: datetime


def find_repeats(
    session: Session, rules: RepeatRules, *, arrived: Sequence[Arrived], now: datetime
) -> int:
    """Write down what each of these may repeat, the surest sign for each pair; how many pairs.

    Two queries for any number of issues, and one more for each that has a place. Of two issues of
    one batch the later one is offered the earlier one.
    """
    keys = {one.issue_id: text_key(one.text, rules) for one in arrived}
    quoted = {one.issue_id: quoted_numbers(one.text, rules) for one in arrived}
    if not arrived:
        return 0
    since = min(one.received_at for one in arrived) - rules.window
    same = repeats.by_text(session, {key for key in keys.values() if key}, since=since)
    named = repeats.by_number(session, {number for found in quoted.values() for number in found})
    rows: list[tuple[int, int, str, int | None]] = []
    for one in arrived:
        found: dict[int, tuple[Sign, int | None]] = {}
        for number, other in named:
            if number in quoted[one.issue_id]:
                found.setdefault(other, (Sign.QUOTED, None))
        for key, other in same:
            if key == keys[one.issue_id]:
                found.setdefault(other, (Sign.SAME_TEXT, None))
        for other, metres in _near(session, one, rules):
            found.setdefault(other, (Sign.NEAR, metres))
        earlier = [(other, why) for other, why in found.items() if other < one.issue_id]
        rows += [
            (one.issue_id, other, sign.value, metres)
            for other, (sign, metres) in earlier[: rules.at_most]
        ]
    repeats.offer(session, rows, now=now)
    return len(rows)


def _near(session: Session, one: Arrived, rules: RepeatRules) -> Iterator[tuple[int, int]]:
    """Issues on the same topic close by, the nearest first: (id, metres)."""
    if one.lat is None or one.lon is None or one.topic == UNSORTED:
        return
    box = box_around(one.lat, one.lon, rules.near_metres)
    found = (
        (round(metres_between(one.lat, one.lon, lat, lon)), other)
        for other, lat, lon in repeats.near(
            session, one.topic, box, since=one.received_at - rules.window
        )
    )
    for metres, other in sorted(found):
        if metres <= rules.near_metres and other != one.issue_id:
            yield other, metres
