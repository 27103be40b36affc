"""Where a statement goes, by its type and its body, at every node of a small country."""

from __future__ import annotations

from typing import Any

import pytest

from federation import routes
from federation.errors import BadStatement
from federation.schemas import SCHEMAS, validate
from federation.statement import Statement, seal
from tests.support.bodies import NOW, SIGNING, good
from tests.support.hierarchy import PARENTS, Hierarchy

TREE = Hierarchy(PARENTS, {})
CHILDREN = {"RU": ["SZFO"], "SZFO": ["RU-KGD", "RU-MUR"], "RU-MUR": ["47701000"], "47701000": []}


def stated(type: str, by: str, **changed: Any) -> Statement:
    key, body = good(type)
    return seal(
        type=type,
        origin=by,
        key=key,
        epoch=1,
        rev=1,
        made_at=NOW,
        body={**body, **changed},
        signer=SIGNING,
    )


def voucher(type: str, origin: str, about: str) -> Statement:
    return seal(
        type=type, origin=origin, key=about, epoch=1, rev=1, made_at=NOW, body={}, signer=SIGNING
    )


def down(statement: Statement, me: str) -> list[str]:
    typed = validate(statement) if statement.type in routes.ADDRESSED else None
    return sorted(
        routes.goes_down(statement, typed, tree=TREE, me=me, children=frozenset(CHILDREN[me]))
    )


@pytest.mark.parametrize("type", SCHEMAS)
def test_every_type_has_a_way(type: str) -> None:
    assert type in routes.TO_TOP | routes.DOWN | routes.CLIMBING


@pytest.mark.parametrize(
    ("me", "to", "children"),
    [
        ("RU", ["47701000"], ["SZFO"]),
        ("SZFO", ["47701000"], ["RU-MUR"]),
        ("SZFO", ["47701000", "RU-KGD"], ["RU-KGD", "RU-MUR"]),
        ("RU-MUR", ["47701000"], ["47701000"]),
        ("RU-MUR", ["RU-MUR"], []),
        ("SZFO", ["unknown", "RU"], []),
        ("47701000", ["47701000"], []),
    ],
)
def test_a_directive_goes_the_way_of_its_addressees(
    me: str, to: list[str], children: list[str]
) -> None:
    assert down(stated("directive", "RU", to=to), me) == children


def test_nothing_of_a_node_below_goes_down() -> None:
    assert down(stated("directive", "RU-MUR", to=["47701000"]), "SZFO") == []


def test_a_mark_of_risk_goes_to_its_unit_alone() -> None:
    assert down(stated("directive_risk", "RU"), "SZFO") == ["RU-MUR"]


def test_the_directory_goes_to_everybody() -> None:
    assert down(stated("directory", "RU"), "SZFO") == ["RU-KGD", "RU-MUR"]


@pytest.mark.parametrize(
    ("type", "origin", "about", "children"),
    [
        ("descriptor", "RU", "RU", ["RU-KGD", "RU-MUR"]),
        ("descriptor", "SZFO", "SZFO", ["RU-KGD", "RU-MUR"]),
        ("descriptor", "RU-MUR", "RU-MUR", []),
        ("certificate", "RU", "SZFO", ["RU-KGD", "RU-MUR"]),
        ("certificate", "SZFO", "RU-MUR", ["RU-MUR"]),
        ("certificate", "RU-MUR", "47701000", []),
    ],
)
def test_vouchers_of_those_above_go_to_everybody_and_a_childs_to_that_child(
    type: str, origin: str, about: str, children: list[str]
) -> None:
    assert down(voucher(type, origin, about), "SZFO") == children


@pytest.mark.parametrize("type", ["directive_report", "help_report"])
def test_a_report_climbs_to_its_issuer_and_stops(type: str) -> None:
    statement = stated(type, "47701000", issuer="SZFO")
    typed = validate(statement)
    ups = [me for me in PARENTS if routes.goes_up(statement, typed, me)]
    assert "SZFO" not in ups
    assert {"47701000", "RU-MUR"} <= set(ups)
    assert not routes.reaches_top(statement, typed, "RU")
    assert routes.reaches_top(statement, typed, "SZFO")


def test_a_delivery_climbs_to_the_origin_of_what_it_is_about() -> None:
    statement = stated("delivery", "RU-MUR", origin="SZFO")
    typed = validate(statement)
    assert routes.goes_up(statement, typed, "RU-MUR")
    assert not routes.goes_up(statement, typed, "SZFO")


def test_what_goes_down_does_not_go_up() -> None:
    for type in ("directive", "directive_risk", "help", "directory"):
        statement = stated(type, "RU-MUR")
        assert not routes.goes_up(statement, validate(statement), "RU-MUR")


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        (stated("directive", "SZFO", to=["47701000"]), None),
        (stated("directive", "RU-KGD", to=["47701000"]), "not_yours"),
        (stated("directive", "RU-MUR", to=["47701000"]), "not_yours"),
        (stated("directive", "nobody", to=["47701000"]), "not_yours"),
        (stated("directive", "SZFO", to=["RU-KGD"]), "not_yours"),
        (stated("directory", "RU"), None),
        (stated("directory", "SZFO"), "not_yours"),
        (stated("summary", "SZFO"), "unsupported_type"),
        (stated("directive_report", "SZFO"), "unsupported_type"),
        (voucher("certificate", "SZFO", "RU-MUR"), None),
        (voucher("certificate", "SZFO", "RU-KGD"), "not_yours"),
        (voucher("certificate", "RU-MUR", "47701000"), "not_yours"),
        (voucher("descriptor", "RU-MUR", "RU-MUR"), None),
        (voucher("descriptor", "RU-KGD", "RU-KGD"), "not_yours"),
    ],
    ids=lambda value: f"{value.type} of {value.origin}" if isinstance(value, Statement) else None,
)
def test_what_a_node_takes_from_above(statement: Statement, code: str | None) -> None:
    assert taken(statement, "RU-MUR") == code


def taken(statement: Statement, me: str) -> str | None:
    try:
        routes.check_sent_down(statement, TREE, me)
        typed = validate(statement) if statement.type in routes.ADDRESSED else None
        routes.check_addressed(statement, typed, TREE, me)
    except BadStatement as bad:
        return bad.code
    return None
