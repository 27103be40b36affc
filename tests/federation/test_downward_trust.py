"""What goes down and is not taken: not understood, not verified, not lawful; and who is below."""

from __future__ import annotations

from dataclasses import replace

import pytest

from federation.admission import judge_again
from federation.incarnation import keep
from federation.join import Result
from federation.ledger import State
from federation.receipt import Outcome, Receipt
from federation.schemas import SCHEMAS
from federation.schemas.certificate import LONGEST
from federation.statement import StatementId, parse
from federation.testing import MemoryLedger
from tests.support.bodies import good
from tests.support.cascade import come_down, direct, fares, holds, of, row
from tests.support.hierarchy import Country, knock

OLDER = {type: schema for type, schema in SCHEMAS.items() if not type.startswith("directive")}


@pytest.fixture
def country() -> Country:
    made = Country()
    made.drain()
    return made


# --- Not understood, not verified -----------------------------------------------------------------


def test_a_node_of_an_older_version_says_so_and_stands_by_it_after_an_upgrade(
    country: Country,
) -> None:
    district, region = country["SZFO"], country["RU-MUR"]
    region.known = OLDER
    sealed = direct(district, to="RU-MUR")
    country.drain()
    assert fares(district, sealed) == {"RU-MUR": (State.QUARANTINED, "unsupported_type")}
    assert not region.exchange().came_down
    region.known = SCHEMAS
    region.start()
    with region.transaction() as ledger:
        again = judge_again(
            ledger,
            region.rules,
            codes=["unsupported_type"],
            me="RU-MUR",
            parent="SZFO",
            now=country.now,
        )
    assert [one.id for one in again.stored] == [sealed.id]
    country.drain()
    assert fares(district, sealed) == {"RU-MUR": (State.STORED, None)}


def test_what_was_quarantined_is_offered_again_after_a_day(country: Country) -> None:
    country["RU-MUR"].known = OLDER
    sealed = direct(country["SZFO"], to="RU-MUR")
    country.drain()
    country["RU-MUR"].known = SCHEMAS
    assert not country["RU-MUR"].exchange().came_down
    country.wait(days=1)
    country["RU-MUR"].exchange()
    assert holds(country["RU-MUR"], sealed)


def test_a_directive_before_the_certificate_of_its_signer_waits_and_then_stands(
    country: Country,
) -> None:
    leaf, district = country["47701000"], country["SZFO"]
    # Enrolled this moment: it knows its parent and the top's root, and nothing of who is between.
    country.ledgers["47701000"].restore(MemoryLedger().backup())
    with leaf.transaction() as ledger:
        keep(ledger, leaf.descriptor(), received_from=None, parent=None, now=country.now)
    country["RU-MUR"].enrol(leaf)
    leaf.start()
    sealed = of(district)
    early = come_down(country, "47701000", sealed)
    assert [one.result for one in early.came_down] == [Result.PENDING]
    assert sealed.id not in leaf.newest(sealed.id)
    ids = [
        StatementId("RU", "descriptor", "RU"),
        StatementId("RU", "certificate", "SZFO"),
        StatementId("SZFO", "descriptor", "SZFO"),
    ]
    held = district.newest(*ids)
    assert len(held) == 3
    vouchers = [held[id].envelope for id in ids]
    settled = come_down(country, "47701000", *[parse(envelope) for envelope in vouchers])
    assert sealed.id in [one.id for one in settled.stored]
    assert holds(leaf, sealed)


def test_what_is_pending_is_offered_again_in_a_minute(country: Country) -> None:
    sealed = direct(country["SZFO"], to="RU-MUR")
    country["RU-MUR"].exchange()
    said = Receipt("r", country.now, (Outcome(sealed.version.sha256, Result.PENDING),))
    knock(country, "RU-MUR", receipts=(said.seal(country["RU-MUR"].signer),))
    assert row(country["SZFO"], sealed).result is State.PENDING
    country.wait(seconds=30)
    with country["SZFO"].transaction() as ledger:
        assert ledger.due_down("RU-MUR", country.now, 9) == []
    country.wait(seconds=30)
    with country["SZFO"].transaction() as ledger:
        assert len(ledger.due_down("RU-MUR", country.now, 9)) == 1


# --- A middle that lies ---------------------------------------------------------------------------


def test_a_middle_can_neither_alter_nor_invent_a_directive(country: Country) -> None:
    true = of(country["RU"])
    altered = replace(
        true,
        envelope=replace(
            true.envelope, data=true.envelope.data.replace(b"2020-12-01", b"2021-12-01")
        ),
    )
    invented = of(country["RU-MUR"], origin="RU-KGD", signer=country["RU-MUR"].signer)
    in_anothers_name = of(country["RU"], key="d7", signer=country["RU-MUR"].signer)
    settled = come_down(country, "47701000", altered, invented, in_anothers_name)
    assert [(one.result, one.code) for one in settled.came_down] == [
        (Result.QUARANTINED, "sig_invalid"),
        (Result.QUARANTINED, "not_yours"),
        (Result.PENDING, None),  # no descriptor of the top names that key
    ]
    assert not settled.stored


def test_a_directive_to_somebody_else_is_refused(country: Country) -> None:
    elsewhere = of(country["SZFO"], body={**good("directive")[1], "to": ["RU-KGD"]})
    settled = come_down(country, "RU-MUR", elsewhere)
    assert [one.code for one in settled.came_down] == ["not_yours"]


def test_a_directory_of_anybody_but_the_top_is_refused(country: Country) -> None:
    id, body = good("directory")
    false = of(country["SZFO"], type="directory", key=id, body=body)
    assert [one.code for one in come_down(country, "RU-MUR", false).came_down] == ["not_yours"]
    true = country["RU"].seal(id, body, type="directory")
    country.drain()
    assert all(holds(node, true) for node in country)


# --- Who is below ---------------------------------------------------------------------------------


def test_a_child_enrolled_later_is_given_all_that_goes_to_it(country: Country) -> None:
    sealed = direct(country["RU"])
    country.drain()
    fresh = Country({**country.parents})
    # The same town on an empty ledger: what its parent holds of it is all the same.
    country.ledgers["47701000"].restore(fresh.ledgers["47701000"].backup())
    country.wait(minutes=1)
    country["47701000"].start()
    country["47701000"].exchange()
    assert holds(country["47701000"], sealed)


def test_a_unit_without_a_node_is_offered_nothing(country: Country) -> None:
    with_town = {**country.parents, "47712000": "RU-MUR"}
    country["RU-MUR"].rules = replace(country["RU-MUR"].rules, parents=with_town)
    sealed = direct(country["RU-MUR"], to="47712000")
    country.drain()
    assert fares(country["RU-MUR"], sealed) == {}


def test_a_renewed_certificate_reaches_its_own_node_and_those_below(country: Country) -> None:
    country.wait(days=60)
    district, region = country["SZFO"], country["RU-MUR"]
    id = StatementId("SZFO", "certificate", "RU-MUR")
    held = parse(district.newest(id)[id].envelope)
    assert held.body is not None
    until = (country.now + LONGEST).strftime("%Y-%m-%dT%H:%M:%SZ")
    since = country.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    renewed = district.seal(
        "RU-MUR", {**held.body, "not_before": since, "not_after": until}, type="certificate"
    )
    country.drain()
    assert holds(region, renewed)
    assert holds(country["47701000"], renewed)
    assert not holds(country["RU-KGD"], renewed)
