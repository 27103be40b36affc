"""The way of a statement down to an addressee, walked until somebody has not answered."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from node.domain.delivery import Answered, Delivered, DeliveryState, delivered
from node.domain.directory import Directory
from node.web.locale.delivery_words import delivery_words, why_refused
from tests.support.directories import a_unit

AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
WAY = ("north", "town-b", "quarter")
STORED = Answered(DeliveryState.STORED, at=AT)
BAD = Answered(DeliveryState.QUARANTINED, "unsupported_type", AT)
PENDING = Answered(DeliveryState.PENDING, at=AT)
TREE = Directory(
    [
        a_unit("land"),
        a_unit("north", "land", name="Северный край"),
        a_unit("town-b", "north", name="Котлас"),
        a_unit("quarter", "town-b", name="Затон"),
    ]
)

CASES = [
    ({"north": STORED, "town-b": STORED, "quarter": STORED}, ("stored", None, AT, None)),
    ({}, ("waiting", None, None, "north")),
    ({"north": STORED}, ("waiting", None, None, "town-b")),
    ({"north": STORED, "town-b": STORED}, ("waiting", None, None, "quarter")),
    ({"north": BAD, "quarter": STORED}, ("quarantined", "unsupported_type", AT, "north")),
    ({"north": STORED, "town-b": PENDING}, ("pending", None, AT, "town-b")),
]


@pytest.mark.parametrize(("answers", "expected"), CASES)
def test_the_first_who_has_not_taken_it_is_named(
    answers: dict[str, Answered], expected: tuple[str, str | None, datetime | None, str | None]
) -> None:
    found = delivered(WAY, nodes=set(WAY), answers=answers)
    assert (found.unit, found.state, found.code, found.at, found.stuck_at) == ("quarter", *expected)


@pytest.mark.parametrize("without", WAY)
def test_who_has_no_node_cannot_be_reached_whatever_was_said(without: str) -> None:
    answers = dict.fromkeys(WAY, STORED)
    found = delivered(WAY, nodes=set(WAY) - {without}, answers=answers)
    assert found == Delivered("quarter", DeliveryState.NO_NODE)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Delivered("quarter", DeliveryState.STORED, at=AT), "получено"),
        (
            Delivered("quarter", DeliveryState.WAITING, stuck_at="north"),
            "ждёт: узел Северный край ещё не забрал",
        ),
        (
            Delivered("quarter", DeliveryState.PENDING, at=AT, stuck_at="quarter"),
            "ждёт: узел Затон пока не может проверить подпись",
        ),
        (
            Delivered("quarter", DeliveryState.QUARANTINED, "unsupported_type", AT, "quarter"),
            "не понято: узел старой версии (unsupported_type)",
        ),
        (
            Delivered("quarter", DeliveryState.QUARANTINED, "odd", AT, "north"),
            "не понято узлом Северный край: odd",
        ),
        (
            Delivered("quarter", DeliveryState.QUARANTINED, "older", AT, "quarter"),
            "не взято: у узла Затон редакция новее здешней: эта база из старой копии, сверьте и "
            "выпустите новую (older)",
        ),
        (Delivered("quarter", DeliveryState.NO_NODE), "узла нет: отчёт вносит куратор сверху"),
    ],
)
def test_each_state_has_its_words(found: Delivered, words: str) -> None:
    assert delivery_words(found, TREE).replace("\u00a0", " ") == words


def test_a_reason_that_was_not_given_is_said_so() -> None:
    assert why_refused(None) == "причина не названа"
