"""What goes down: a cascade over four tiers, and all that can happen to it on the way."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from federation.exchange import ExchangeAnswer
from federation.join import Result
from federation.ledger import State
from federation.receipt import Outcome, Receipt
from tests.support.bodies import good
from tests.support.cascade import CHAIN, cascade, come_down, direct, fares, holds, of
from tests.support.hierarchy import Country, key, knock


@pytest.fixture
def country() -> Country:
    made = Country()
    made.drain()
    return made


# --- The cascade ----------------------------------------------------------------------------------


def test_a_directive_goes_down_four_tiers_byte_for_byte(country: Country) -> None:
    sealed = direct(country["RU"])
    cascade(country)
    for unit in CHAIN[1:]:
        assert holds(country[unit], sealed)
        assert [one.id for one in country[unit].stood if one.type == "directive"] == [sealed.id]
    country.drain()
    assert fares(country["RU"], sealed) == {"SZFO": (State.STORED, None)}
    assert fares(country["SZFO"], sealed) == {"RU-MUR": (State.STORED, None)}
    assert fares(country["RU-MUR"], sealed) == {"47701000": (State.STORED, None)}


def test_whoever_is_not_addressed_does_not_get_it(country: Country) -> None:
    sealed = direct(country["RU"])
    country.drain()
    assert not holds(country["RU-KGD"], sealed)
    mark = country["RU"].seal("d1.RU-KGD", risk("d1", "RU-KGD"), type="directive_risk")
    country.drain()
    assert holds(country["RU-KGD"], mark)
    assert not holds(country["RU-MUR"], mark)


def risk(id: str, unit: str) -> dict[str, Any]:
    return {**good("directive_risk")[1], "directive": id, "unit": unit}


def test_nobody_sends_a_directive_up(country: Country) -> None:
    direct(country["RU-MUR"])
    assert not country["RU-MUR"].ask()[0].statements


def test_a_new_version_supersedes_and_reaches_also_whom_it_addresses_no_more(
    country: Country,
) -> None:
    direct(country["SZFO"], to="RU-MUR")
    country.drain()
    moved = direct(country["SZFO"], to="RU-KGD")
    country.drain()
    assert holds(country["RU-MUR"], moved)
    assert holds(country["RU-KGD"], moved)
    assert fares(country["SZFO"], moved) == {
        "RU-KGD": (State.STORED, None),
        "RU-MUR": (State.STORED, None),
    }


def test_a_report_climbs_to_the_issuer_and_no_further(country: Country) -> None:
    leaf = country["47701000"]
    _, body = good("directive_report")
    report = {**body, "directive": "d1", "issuer": "SZFO"}
    sealed = leaf.seal("d1.47701000", report, type="directive_report")
    country.drain()
    assert holds(country["RU-MUR"], sealed)
    assert holds(country["SZFO"], sealed)
    assert not holds(country["RU"], sealed)
    assert sealed.id in [one.id for one in country["SZFO"].stood]


def test_a_reading_of_next_week_is_refused_by_name(country: Country) -> None:
    _, body = good("directive_report")
    reading = {**body["readings"][0], "as_of": "2026-12-01"}
    early = of(
        country["47701000"],
        type="directive_report",
        key=f"{body['directive']}.47701000",
        body={**body, "readings": [reading]},
    )
    assert [one.code for one in knock(country, "47701000", early.envelope)] == ["bad_day"]


# --- Lost, repeated, cut off ----------------------------------------------------------------------


def test_a_lost_answer_costs_a_second_offer(country: Country) -> None:
    sealed = direct(country["SZFO"], to="RU-MUR")
    country["SZFO"].answer(country["RU-MUR"].ask()[1])
    assert fares(country["SZFO"], sealed) == {"RU-MUR": (None, None)}
    settled = country["RU-MUR"].exchange()
    assert settled.came_down == (Outcome(sealed.version.sha256, Result.STORED),)
    assert settled.more


def test_a_lost_receipt_rides_again_and_is_taken_in_once(country: Country) -> None:
    district, region = country["SZFO"], country["RU-MUR"]
    sealed = direct(district, to="RU-MUR")
    region.exchange()
    country.wait(seconds=1)
    request, message = region.ask()
    assert request.receipts
    answer = ExchangeAnswer.from_payload(json.loads(district.answer(message)))
    assert answer.statements == ()
    assert fares(district, sealed) == {"RU-MUR": (State.STORED, None)}
    settled = region.exchange()
    assert not settled.came_down
    assert not region.ask()[0].receipts


def test_a_receipt_signed_by_somebody_else_counts_for_nothing(country: Country) -> None:
    sealed = direct(country["SZFO"], to="RU-MUR")
    country["RU-MUR"].exchange()
    said = Receipt("r", country.now, (Outcome(sealed.version.sha256, Result.STORED),))
    knock(country, "RU-KGD", receipts=(said.seal(country["RU-KGD"].signer),))
    knock(country, "RU-MUR", receipts=(said.seal(key("stranger")),))
    assert fares(country["SZFO"], sealed) == {"RU-MUR": (None, None)}


def test_a_parent_that_takes_in_no_receipt_is_not_called_for_ever(country: Country) -> None:
    sealed = direct(country["SZFO"], to="RU-MUR")
    assert country["RU-MUR"].exchange().more
    again = come_down(country, "RU-MUR", sealed)
    assert [one.result for one in again.came_down] == [Result.KNOWN]
    assert not again.more


def test_a_child_ten_days_offline_gets_the_newest_versions(country: Country) -> None:
    for number in range(10):
        country.wait(days=1)
        newest = direct(country["RU"], title=f"Версия {number}")
        cascade(country, "SZFO")
    cascade(country, "RU-MUR", "47701000")
    assert holds(country["47701000"], newest)
    assert [one.id.key for one in country["47701000"].stood if one.type == "directive"] == ["d1"]


def test_a_child_restored_from_an_old_backup_gets_back_what_it_lost(country: Country) -> None:
    before = country.ledgers["RU-MUR"].backup()
    sealed = direct(country["SZFO"], to="47701000")
    country.drain()
    country.ledgers["RU-MUR"].restore(before)
    assert not holds(country["RU-MUR"], sealed)
    country.wait(minutes=1)
    country["RU-MUR"].start()
    country["RU-MUR"].exchange()
    assert holds(country["RU-MUR"], sealed)
    country.drain()
    assert fares(country["RU-MUR"], sealed) == {"47701000": (State.STORED, None)}


def test_what_a_restored_middle_lost_reaches_below_anew(country: Country) -> None:
    before = country.ledgers["RU-MUR"].backup()
    cascaded = direct(country["RU"])
    country["SZFO"].exchange()
    country["RU-MUR"].exchange()
    country.ledgers["RU-MUR"].restore(before)
    country.wait(minutes=1)
    country["RU-MUR"].start()
    country.drain()
    assert holds(country["47701000"], cascaded)


def test_a_list_too_long_for_one_answer_goes_on_in_the_next(country: Country) -> None:
    sealed = [direct(country["SZFO"], f"d{number}", to="RU-MUR") for number in range(5)]
    size = max(len(one.envelope.data) for one in sealed)
    came, calls = [], 0
    while True:
        settled = country["RU-MUR"].exchange(max_down=2 * size)
        calls += 1
        came += [one.sha256 for one in settled.came_down]
        if not settled.more:
            break
    assert came == [one.version.sha256 for one in sealed]
    assert calls == 4
    assert len(come_down_once(country, max_down=1)) == 0


def come_down_once(country: Country, *, max_down: int) -> tuple[Outcome, ...]:
    return country["RU-MUR"].exchange(max_down=max_down).came_down


def test_one_statement_goes_however_large(country: Country) -> None:
    direct(country["SZFO"], to="RU-MUR")
    assert len(come_down_once(country, max_down=1)) == 1


def test_an_idle_exchange_carries_nothing(country: Country) -> None:
    direct(country["RU"])
    country.drain()
    for unit in CHAIN[1:]:
        request, message = country[unit].ask()
        parent = country[unit].parent
        assert parent is not None
        answer = ExchangeAnswer.from_payload(json.loads(country[parent].answer(message)))
        assert (request.statements, request.receipts, answer.statements) == ((), (), ())


def test_what_no_payload_can_carry_is_given_up_by_name_and_blocks_nothing(
    country: Country,
) -> None:
    district = country["SZFO"]
    torn, whole = direct(district, "d1", to="RU-MUR"), direct(district, "d2", to="RU-MUR")
    cascade(country, "RU-KGD")  # anybody's call routes what was sealed
    with district.transaction() as ledger:
        held = ledger.newest([torn.id])[torn.id]
        assert held.envelope is not None
        ledger.put([replace(held, envelope=replace(held.envelope, data=b"\xff"))])
    settled = country["RU-MUR"].exchange()
    assert [one.sha256 for one in settled.came_down] == [whole.version.sha256]
    assert fares(district, torn) == {"RU-MUR": (State.QUARANTINED, "malformed")}
