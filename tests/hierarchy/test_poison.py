"""What the schema lets through and a program might stumble over: it must never stop a link."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from federation.incarnation import seal_own
from federation.statement import Statement, StatementId
from node.commands.run import begin
from node.statements import HANDLERS, NOT_ACTED_ON, apply_all
from node.store.directives import load
from node.store.ledger import SqlLedger, newest_bytes
from tests.support.bodies import good
from tests.support.country import CHAIN, Country
from tests.support.web import a_client

TOP, DISTRICT, REGION, TOWN = CHAIN
FIRST, LAST = "1900-01-01", "2199-12-31"
FIRST_MOMENT, LAST_MOMENT = "1900-01-01T00:00:00Z", "2199-12-31T23:59:59Z"
PAGES = (
    "/directives",
    "/directives/d1",
    f"/directives/d1/units/{TOWN}",
    "/api/v1/directives",
    "/api/v1/directives/d1",
)
ODD = ("...", "-", "_", "0", "None", "x" * 64)


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Country]:
    country = Country(tmp_path)
    for unit in CHAIN[1:]:
        country.add(unit)
    country.play(2)
    yield country
    country.close()


def seal(
    country: Country, unit: str, type: str, key: str, body: dict[str, Any], *, apply: bool = True
) -> Statement:
    node = country.nodes[unit]
    with node.transaction() as session:
        sealed = seal_own(
            SqlLedger(session),
            me=unit,
            parent=country.rulebook.directory.parent(unit) if unit != DISTRICT else None,
            type=type,
            key=key,
            body=body,
            signer=node.signing,
            now=node.clock(),
        )
        apply_all(session, [sealed] if apply else [])
    return sealed


def extreme_directive(issued: str, deadline: str) -> dict[str, Any]:
    codes = [*ODD, *(f"m{number}" for number in range(100 - len(ODD)))]
    milestone = {"title": "Веха", "weight": 1, "kind": "progress", "condition": None}
    rules = [
        {"rule": "planned_late", "percent": None, "days": None, "weeks": None},
        {"rule": "behind", "percent": "100.00", "days": 999, "weeks": None},
        {"rule": "forecast", "percent": None, "days": None, "weeks": 99},
        {"rule": "silent", "percent": None, "days": 999, "weeks": None},
        {"rule": "behind", "percent": None, "days": None, "weeks": None},
    ]
    return {
        **good("directive")[1],
        "to": [REGION, TOWN],
        "issued_on": issued,
        "deadline": deadline,
        "milestones": [{**milestone, "code": code} for code in codes],
        "stages": {"complete": "0.00", "close": "0"},
        "risk_rules": rules,
        "states": [
            {"state": "in_force", "at": LAST_MOMENT, "reason": None},
            {"state": "in_force", "at": FIRST_MOMENT, "reason": None},
        ],
        "unknown": {"to": [[["deep"]]], "number": 10**300},
    }


def extreme_report(unit: str, id: str) -> dict[str, Any]:
    return {
        **good("directive_report")[1],
        "directive": id,
        "issuer": DISTRICT,
        "unit": unit,
        "acknowledged_at": LAST_MOMENT,
        "readings": [
            {
                "milestone": code,
                "as_of": FIRST,
                "percent": "100.00",
                "value": "nobody",
                "reason": None,
                "reconstructed": False,
            }
            for code in (*ODD, "whole", "unknown")
        ],
        "planned_on": [{"as_of": FIRST, "day": LAST, "precision": "year"}],
        "steps": [
            {
                "id": "s1",
                "title": "Шаг",
                "owner": "Глава",
                "added_on": FIRST,
                "due_on": LAST,
                "done_on": FIRST,
            }
        ],
        "check_ins": [{"day": FIRST, "at": LAST_MOMENT, "post": "Глава"}],
    }


@pytest.mark.parametrize(("issued", "deadline"), [(FIRST, LAST), (FIRST, FIRST), (LAST, LAST)])
def test_the_ends_of_the_calendar_are_carried_kept_and_shown(
    country: Country, issued: str, deadline: str
) -> None:
    sealed = seal(country, DISTRICT, "directive", "d1", extreme_directive(issued, deadline))
    marks = [
        {
            "change": "added",
            "on": day,
            "at": at,
            "post": "Глава",
            "reason": "Срок",
            "evidence": None,
        }
        for day, at in ((FIRST, FIRST_MOMENT), (LAST, LAST_MOMENT))
    ]
    risk = {"directive": "d1", "unit": TOWN, "marks": marks}
    seal(country, DISTRICT, "directive_risk", f"d1.{TOWN}", risk)
    country.play(3)
    for unit in (REGION, TOWN):
        seal(country, unit, "directive_report", f"d1.{unit}", extreme_report(unit, "d1"))
    country.play(3)
    for unit in (DISTRICT, REGION, TOWN):
        node = country.nodes[unit]
        with node.reading() as session:
            file = load(session, "d1")
            assert newest_bytes(session, *sealed.id) == sealed.envelope
            assert list(SqlLedger(session).rejected()) == []
        assert file is not None
        assert set(file.reports) >= ({TOWN} if unit == TOWN else {REGION, TOWN})
        with a_client(node) as client:
            found = {path: client.get(path).status_code for path in PAGES}
            assert set(found.values()) == {200}, found


def test_a_handler_that_fails_stops_neither_the_exchange_nor_its_neighbours(
    country: Country,
) -> None:
    def stumbles(session: Session, statement: Statement) -> None:
        HANDLERS["directive"](session, statement)
        if statement.key == "bad":
            raise OverflowError("nobody thought of it")

    node = country.nodes[DISTRICT]
    body = {**good("directive")[1], "to": [TOWN]}
    sealed = [seal(country, DISTRICT, "directive", id, body, apply=False) for id in ("bad", "good")]
    with node.transaction() as session:
        apply_all(session, sealed, {"directive": stumbles})
    with node.reading() as session:
        assert load(session, "good") is not None
        assert load(session, "bad") is None
        found = [(one.id, one.code) for one in SqlLedger(session).rejected()]
    assert found == [(StatementId(DISTRICT, "directive", "bad"), NOT_ACTED_ON)]
    country.play(3)
    with country.nodes[TOWN].reading() as session:
        assert load(session, "bad") is not None  # it is relayed all the same
    begin(node)
    with node.reading() as session:
        assert load(session, "bad") is not None
