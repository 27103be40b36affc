"""What a parent may say of its child."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from federation.errors import BadStatement
from federation.schemas.certificate import Certificate, Territory
from tests.support.bodies import a_certificate, good


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda body: body.update(child="RU-KGD"), "child: "),
        (lambda body: body.update(not_after="2026-11-21T09:00:00Z"), "not_after: "),
        (lambda body: body.update(not_after="2027-02-19T09:00:01Z"), "within 90 days"),
        (lambda body: body.update(territories=[]), "territories: fewer than 1"),
        (lambda body: body["territories"][0].update(to="2026-01-01"), r"territories\.0\.to"),
        (lambda body: body.update(status="open"), "status: "),
        (lambda body: body.update(root="x"), "root: "),
    ],
)
def test_a_certificate_that_contradicts_itself_is_malformed(
    spoil: Callable[[dict[str, Any]], object], why: str
) -> None:
    key, body = good("certificate")
    spoil(body)
    with pytest.raises(BadStatement, match=why):
        Certificate.from_body(key, body)


@pytest.mark.parametrize(
    ("unit", "day", "served"),
    [
        ("47701000", date(2026, 1, 31), False),
        ("47701000", date(2026, 2, 1), True),
        ("47701000", date(2026, 2, 28), True),
        ("47701000", date(2026, 3, 1), False),
        ("47701000", date(2026, 9, 1), True),
        ("47712000", date(2026, 2, 1), False),
    ],
)
def test_a_territory_is_served_from_its_first_day_until_before_its_end(
    unit: str, day: date, served: bool
) -> None:
    certificate = a_certificate(
        territories=(
            Territory("47701000", date(2026, 2, 1), date(2026, 3, 1)),
            Territory("47701000", date(2026, 9, 1)),
        )
    )
    assert certificate.serves(unit, day) is served
