"""What is lawful by the hierarchy and by what is held: who instructs whom, who reports on what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from federation.errors import BadStatement
from federation.schemas import SCHEMAS
from federation.statement import seal
from federation.testing import MemoryLedger
from node.actions.federation_rules import FederationRules
from node.reference import load_rulebook
from node.store.directives import DirectiveAddresseeRow, DirectiveRow
from node.store.help_requests import HelpAddresseeRow, HelpRow
from node.store.session import Database
from tests.support.bodies import SIGNING, good
from tests.support.instructions import DIRECTIVE, HELP

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
DIRECTORY = load_rulebook().directory
TOWN, REGION = "47701000", "RU-MUR"
VILLAGE = next(code for code in DIRECTORY.subtree(REGION) if code not in (TOWN, REGION))


@pytest.fixture
def judged(database: Database) -> Callable[..., str | None]:
    """The code a body is refused with at a node, None when it is lawful."""

    def judge(type: str, by: str, *, me: str = "SZFO", **changed: Any) -> str | None:
        _, body = good(type)
        body |= changed
        key = _key(type, body)
        statement = seal(
            type=type,
            origin=by,
            key=key,
            epoch=1,
            rev=1,
            made_at=NOW,
            body=body,
            signer=SIGNING,
        )
        with database.transaction() as session:
            rules = FederationRules(session, MemoryLedger(), DIRECTORY, me=me)
            try:
                rules.check(statement, SCHEMAS[type].validate(key, body))
            except BadStatement as bad:
                return bad.code
        return None

    return judge


def _key(type: str, body: dict[str, Any]) -> str:
    if type in ("directive_report", "directive_risk"):
        return f"{body['directive']}.{body['unit']}"
    return f"{body['help']}.{body['unit']}" if type == "help_report" else good(type)[0]


def holds(session: Session, *units: str, issuer: str = "SZFO") -> None:
    """A directive and a help of `issuer` to these units."""
    session.add(
        DirectiveRow(
            id=DIRECTIVE, issuer=issuer, body={}, deadline=date(2026, 12, 1), changed_at=NOW
        )
    )
    session.add(
        HelpRow(
            id=HELP,
            issuer=issuer,
            kind="question",
            asked_on=date(2026, 11, 1),
            body={},
            changed_at=NOW,
        )
    )
    session.flush()
    session.add_all(DirectiveAddresseeRow(directive_id=DIRECTIVE, unit=unit) for unit in units)
    session.add_all(HelpAddresseeRow(help_id=HELP, unit=unit) for unit in units)


Judge = Callable[..., str | None]


@pytest.mark.parametrize("type", ["directive", "help"])
@pytest.mark.parametrize(
    ("to", "code"),
    [
        ([TOWN, REGION], None),
        ([TOWN, "atlantis"], "unknown_territory"),
        (["SZFO"], "not_yours"),
        (["RU"], "not_yours"),
        ([TOWN, "DFO"], "not_yours"),
    ],
)
def test_only_units_below_are_instructed(
    judged: Judge, type: str, to: list[str], code: str | None
) -> None:
    assert judged(type, "SZFO", to=to) == code


@pytest.mark.parametrize(
    ("unit", "code"), [(TOWN, None), ("SZFO", "not_yours"), ("atlantis", "unknown_territory")]
)
def test_only_a_unit_below_is_in_the_risk_zone(judged: Judge, unit: str, code: str | None) -> None:
    assert judged("directive_risk", "SZFO", unit=unit) == code


REPORTS = ["directive_report", "help_report"]


@pytest.mark.parametrize("type", REPORTS)
@pytest.mark.parametrize(
    ("origin", "unit", "on_behalf", "issuer", "code"),
    [
        (TOWN, TOWN, False, REGION, None),
        (TOWN, TOWN, False, "RU", None),
        (REGION, VILLAGE, True, REGION, None),
        ("SZFO", VILLAGE, True, "RU", None),
        (REGION, VILLAGE, False, "RU", "not_yours"),
        (TOWN, TOWN, True, "RU", "not_yours"),
        (TOWN, REGION, True, "RU", "not_yours"),
        (TOWN, VILLAGE, True, "RU", "not_yours"),
        (TOWN, TOWN, False, "DFO", "not_yours"),
        (TOWN, "atlantis", True, "RU", "unknown_territory"),
    ],
)
def test_a_unit_speaks_for_itself_and_a_coordinator_for_those_below(
    judged: Judge, type: str, origin: str, unit: str, on_behalf: bool, issuer: str, code: str | None
) -> None:
    assert judged(type, origin, unit=unit, on_behalf=on_behalf, issuer=issuer) == code


@pytest.mark.parametrize("type", REPORTS)
def test_a_report_on_what_the_issuer_does_not_hold_is_unknown_there_alone(
    judged: Judge, type: str
) -> None:
    unknown = "unknown_directive" if type == "directive_report" else "unknown_help"
    assert judged(type, TOWN, issuer="SZFO") == unknown
    assert judged(type, TOWN, issuer="RU") is None


@pytest.mark.parametrize("type", REPORTS)
def test_only_an_addressee_reports(judged: Judge, database: Database, type: str) -> None:
    with database.transaction() as session:
        holds(session, TOWN)
    assert judged(type, TOWN, issuer="SZFO") is None
    assert judged(type, REGION, issuer="SZFO", unit=REGION) == "not_addressed"
    # Another's directive under the same id is another directive.
    assert judged(type, REGION, issuer="RU", unit=REGION) is None


@pytest.mark.parametrize(
    ("origin", "of", "unit", "code"),
    [
        (REGION, "SZFO", TOWN, None),
        ("SZFO", "RU", REGION, None),
        (REGION, REGION, TOWN, "not_yours"),
        (REGION, "DFO", TOWN, "not_yours"),
        ("SZFO", "RU", TOWN, "not_yours"),
        (REGION, "SZFO", "atlantis", "unknown_territory"),
    ],
)
def test_a_delivery_is_stated_between_and_of_direct_children(
    judged: Judge, origin: str, of: str, unit: str, code: str | None
) -> None:
    results = [{"unit": unit, "result": "waiting", "code": None, "at": None}]
    assert judged("delivery", origin, origin=of, results=results) == code


def units(*pairs: tuple[str, str | None]) -> list[dict[str, Any]]:
    _, body = good("directory")
    return [{**body["units"][0], "code": code, "parent": parent} for code, parent in pairs]


@pytest.mark.parametrize(
    ("by", "pairs", "code"),
    [
        ("RU", [("RU", None), ("SZFO", "RU")], None),
        ("SZFO", [("RU", None), ("SZFO", "RU")], "not_yours"),
        ("RU", [("RU", None), ("DFO", "RU")], "malformed"),
        ("RU", [("RU", None), ("SZFO", "nobody")], "malformed"),
        ("RU", [("RU", None), ("SZFO", "DFO"), ("DFO", "SZFO")], "malformed"),
        ("RU", [("RU", None), ("SZFO", None)], "malformed"),
        ("RU", [("SZFO", None)], "malformed"),
    ],
)
def test_a_directory_is_the_tops_a_tree_and_has_a_place_for_this_node(
    judged: Judge, by: str, pairs: list[tuple[str, str | None]], code: str | None
) -> None:
    assert judged("directory", by, units=units(*pairs)) == code
