"""The one call, step by step: what leaves, what is answered, what is cleared."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from federation.errors import Refusal, TransportError
from federation.exchange import (
    ExchangeAnswer,
    NotSealingYet,
    queue_everything,
    settle,
)
from federation.join import Result
from federation.receipt import Outcome, Receipt
from federation.statement import Envelope, Statement, StatementId, parse
from tests.support.hierarchy import START, Country, a_summary, forged, key, knock

DAY = "2026-11-20"


@pytest.fixture
def country() -> Country:
    made = Country()
    made.drain()
    return made


def test_a_summary_climbs_to_the_top_byte_for_byte(country: Country) -> None:
    sealed = country["47701000"].seal(DAY, a_summary(status="final"))
    for code in ("47701000", "RU-MUR", "SZFO"):
        assert country[code].exchange().receipt.results == (
            Outcome(sealed.version.sha256, Result.STORED),
        )
    assert country["RU"].newest(sealed.id)[sealed.id].envelope == sealed.envelope


def test_an_open_day_waits_at_each_relay_and_a_final_does_not(country: Country) -> None:
    leaf, middle = country["47701000"], country["RU-MUR"]
    leaf.seal(DAY, a_summary(received=1))
    leaf.exchange()
    assert not middle.exchange().receipt.results
    country.wait(minutes=14)
    leaf.seal(DAY, a_summary(received=2))
    leaf.exchange()
    country.wait(minutes=1)
    assert len(middle.exchange().receipt.results) == 1
    leaf.seal(DAY, a_summary(received=3, status="final"))
    leaf.exchange()
    assert len(middle.exchange().receipt.results) == 1


def test_the_same_body_is_not_sealed_again(country: Country) -> None:
    leaf = country["47701000"]
    first = leaf.seal(DAY, a_summary())
    assert leaf.seal(DAY, a_summary()) == first
    assert leaf.seal(DAY, a_summary(received=2)).version[:2] == (first.epoch, 2)


def test_nothing_is_sealed_before_the_first_answer(country: Country) -> None:
    leaf = country["47701000"]
    before = leaf.seal(DAY, a_summary())
    leaf.start()
    with pytest.raises(NotSealingYet):
        leaf.seal(DAY, a_summary(received=2))
    request, _ = leaf.ask()
    assert request.first_of_start
    assert request.epoch == before.epoch
    assert not request.statements
    leaf.exchange()
    after = leaf.seal(DAY, a_summary(received=2))
    assert after.epoch > before.epoch
    assert after.rev == 1


def test_urgent_types_go_first_and_summaries_in_portions(country: Country) -> None:
    middle = country["RU-MUR"]
    days = [f"2026-11-{day:02}" for day in range(1, 21)]
    for day in days:
        middle.seal(day, a_summary(day, status="final"))
    size = len(middle.seal(days[0], a_summary(days[0], status="final")).envelope.data)
    certificate = middle.certify(country["47701000"])
    country.wait(seconds=1)
    urgent = middle.seal(DAY, {"entries": []}, type="manifest")
    request, _ = middle.ask(summary_portion=3 * size + 10)
    hashes = [envelope.sha256 for envelope in request.statements]
    assert hashes[0] == urgent.version.sha256
    assert len(hashes) == 4
    assert certificate.version.sha256 not in hashes  # nothing in it was new
    assert request.backlog.statements == 21
    assert len(middle.ask(max_bytes=1)[0].statements) == 1


def test_a_version_sealed_while_an_older_one_travels_stays_queued(country: Country) -> None:
    leaf, parent = country["47701000"], country["RU-MUR"]
    leaf.seal(DAY, a_summary(received=1))
    request, message = leaf.ask()
    newer = leaf.seal(DAY, a_summary(received=2))
    settled = leaf.settle(request, message, parent.answer(message))
    assert settled.more
    assert [e.sha256 for e in leaf.ask()[0].statements] == [newer.version.sha256]


def test_a_lost_answer_costs_a_second_sending_that_is_known(country: Country) -> None:
    leaf, parent = country["47701000"], country["RU-MUR"]
    leaf.seal(DAY, a_summary())
    parent.answer(leaf.ask()[1])
    assert leaf.exchange().receipt.results[0].result is Result.KNOWN
    assert not leaf.ask()[0].statements


def test_a_new_parent_is_queued_all_that_stands_below_it(country: Country) -> None:
    middle = country["RU-MUR"]
    country["47701000"].seal(DAY, a_summary(status="final"))
    country.drain()
    assert not middle.ask()[0].statements
    with middle.transaction() as ledger:
        queued = queue_everything(
            ledger,
            me="RU-MUR",
            below=lambda origin: middle.rules.under(origin, "RU-MUR"),
            now=country.now,
        )
    stated = {parse(envelope).id for envelope in middle.ask()[0].statements}
    assert len(stated) == queued
    assert stated == {
        StatementId("RU-MUR", "descriptor", "RU-MUR"),
        StatementId("RU-MUR", "certificate", "47701000"),
        StatementId("47701000", "descriptor", "47701000"),
        StatementId("47701000", "summary", DAY),
    }


def test_a_replayed_request_is_refused_and_stores_nothing(country: Country) -> None:
    leaf, parent = country["47701000"], country["RU-MUR"]
    leaf.seal(DAY, a_summary())
    _, message = leaf.ask()
    parent.answer(message)
    held = country.ledgers["RU-MUR"].versions()
    with pytest.raises(Refusal, match="replayed"):
        parent.answer(message)
    assert country.ledgers["RU-MUR"].versions() == held


def test_a_request_for_another_recipient_is_refused(country: Country) -> None:
    _, message = country["47701000"].ask()
    with pytest.raises(Refusal, match="wrong_target"):
        country["SZFO"].answer(message)


def test_a_clone_is_suspended_and_the_operator_must_open_the_link(country: Country) -> None:
    leaf = country["47701000"]
    copy = country.ledgers["47701000"].backup()
    country.wait(minutes=1)
    leaf.start()
    leaf.exchange()
    country.wait(minutes=1)
    leaf.exchange()
    country.ledgers["47701000"].restore(copy)
    country.wait(minutes=1)
    with pytest.raises(Refusal, match="clone"):
        leaf.exchange()
    assert country.ledgers["RU-MUR"].link("47701000").suspended == "clone"
    leaf.start()
    with pytest.raises(Refusal, match="suspended"):
        leaf.exchange()


def test_a_stray_of_the_start_before_is_no_clone(country: Country) -> None:
    leaf, parent = country["47701000"], country["RU-MUR"]
    _, stray = leaf.ask()
    country.wait(minutes=1)
    leaf.start()
    leaf.exchange()
    country.wait(minutes=1)
    leaf.exchange()
    with pytest.raises(Refusal, match="replayed"):
        parent.answer(stray)
    leaf.exchange()


def test_an_own_statement_that_stands_higher_above_ends_the_incarnation(country: Country) -> None:
    leaf = country["47701000"]
    mine = forged("47701000", leaf.signer, epoch=int(country.now.timestamp()) + 60)
    leaf.seal(DAY, a_summary())
    assert knock(country, "47701000", mine)[0].result is Result.STORED
    settled = leaf.exchange()
    assert settled.outdated == (StatementId("47701000", "summary", DAY),)
    assert settled.epoch is None
    leaf.exchange()
    assert leaf.seal(DAY, a_summary(received=2)).epoch > int(country.now.timestamp())
    assert leaf.exchange().receipt.results[0].result is Result.STORED


def test_what_is_quarantined_above_is_recorded_and_not_sent_again(country: Country) -> None:
    leaf = country["47701000"]
    sealed = leaf.seal("d1", {"title": 1}, type="decision")
    settled = leaf.exchange()
    assert [(r.id, r.code, r.by) for r in settled.rejected] == [
        (sealed.id, "unsupported_type", "RU-MUR")
    ]
    assert not leaf.ask()[0].statements
    with leaf.transaction() as ledger:
        assert len(ledger.rejected()) == 1


@pytest.mark.parametrize("change", ["other key", "other request", "fewer results", "not a receipt"])
def test_a_receipt_that_is_not_for_this_request_changes_nothing(
    country: Country, change: str
) -> None:
    leaf, parent = country["47701000"], country["RU-MUR"]
    leaf.seal(DAY, a_summary())
    request, message = leaf.ask()
    answer = ExchangeAnswer.from_payload(json.loads(parent.answer(message)))
    receipt = Receipt.open(answer.receipt, parent.signer.public)
    wrong = {
        "other key": receipt.seal(key("stranger")),
        "other request": replace(receipt, request_id="another").seal(parent.signer),
        "fewer results": replace(receipt, results=()).seal(parent.signer),
        "not a receipt": Envelope(b"{}", answer.receipt.kid, answer.receipt.sig),
    }[change]
    with pytest.raises(TransportError), leaf.transaction() as ledger:
        settle(
            ledger,
            leaf.rules,
            me=leaf.code,
            parent=parent.code,
            request=request,
            request_id=message.request_id,
            answer=replace(answer, receipt=wrong),
            parent_key=parent.signer.public,
            signer=leaf.signer,
            now=country.now,
        )
    assert len(leaf.ask()[0].statements) == 1


@pytest.mark.parametrize(
    "damaged",
    [
        lambda e: replace(e, data=b"\xff" + e.data[1:]),
        lambda e: replace(e, data=b"\0" * len(e.data)),
        lambda e: replace(e, kid=e.kid[:-1] + "\0"),
        lambda e: replace(e, kid=""),
    ],
    ids=["not text", "zeroes", "kid", "no kid"],
)
def test_what_damage_keeps_from_the_wire_blocks_nothing_behind_it(
    country: Country, damaged: Callable[[Envelope], Envelope]
) -> None:
    leaf = country["47701000"]
    first, second = leaf.seal(DAY, a_summary()), leaf.seal("2026-11-19", a_summary("2026-11-19"))
    with leaf.transaction() as ledger:
        held = ledger.newest([first.id])[first.id]
        assert held.envelope is not None
        ledger.put([replace(held, envelope=damaged(held.envelope))])
    settled = leaf.exchange()
    assert [outcome.sha256 for outcome in settled.receipt.results] == [second.version.sha256]
    assert not leaf.ask()[0].statements
    with leaf.transaction() as ledger:
        assert [(r.id, r.code, r.by) for r in ledger.rejected()] == [
            (first.id, "malformed", "47701000")
        ]


def come_down(country: Country, *statements: Statement) -> tuple[Outcome, ...]:
    """The leaf's outcomes for what its parent sends down."""
    leaf, parent = country["47701000"], country["RU-MUR"]
    request, message = leaf.ask()
    answer = ExchangeAnswer.from_payload(json.loads(parent.answer(message)))
    down = replace(answer, statements=tuple(statement.envelope for statement in statements))
    return leaf.settle(request, message, json.dumps(down.to_payload())).came_down


def test_a_renewed_certificate_comes_down_and_its_receipt_rides_up(country: Country) -> None:
    leaf, parent = country["47701000"], country["RU-MUR"]
    country.wait(days=1)
    body = parent.certify(leaf).body
    assert body is not None
    renewed = parent.seal(
        "47701000", {**body, "not_after": "2027-01-01T00:00:00Z"}, type="certificate"
    )
    summary = parent.seal(DAY, a_summary())
    outcomes = come_down(country, renewed, summary)
    assert [(o.result.value, o.code) for o in outcomes] == [
        ("stored", None),
        ("quarantined", "unsupported_type"),
    ]
    assert leaf.newest(renewed.id)[renewed.id].envelope == renewed.envelope
    assert not leaf.ask()[0].statements
    request, _ = leaf.ask()
    assert Receipt.open(request.receipts[0], leaf.signer.public).results == outcomes
    leaf.exchange()
    assert not leaf.ask()[0].receipts
    with parent.transaction() as ledger:
        got = [kept.envelope for kept in ledger.got("47701000")]
    # Before them it has receipted the vouchers that `drain` let down.
    assert got[len(got) - len(request.receipts) :] == list(request.receipts)
    assert len(request.receipts) == 1
    assert len(got) == len(set(got))


def test_an_epoch_far_ahead_does_not_become_the_floor(country: Country) -> None:
    year = int((country.now + timedelta(days=365)).timestamp())
    knock(country, "47701000", epoch=year)
    country["47701000"].exchange()


@pytest.mark.parametrize(
    ("day", "code"), [("2026-11-22", None), ("2026-11-23", None), ("2026-11-24", "bad_day")]
)
@pytest.mark.parametrize("type", ["summary", "manifest"])
def test_a_day_after_tomorrow_is_refused_and_tomorrow_of_the_far_east_is_not(
    country: Country, type: str, day: str, code: str | None
) -> None:
    country.now = START + timedelta(hours=1, minutes=30)  # the 22nd begins at Christmas Island
    body = a_summary(day) if type == "summary" else {"entries": []}
    early = forged("47701000", country["47701000"].signer, day=day, type=type, body=body)
    assert [outcome.code for outcome in knock(country, "47701000", early)] == [code]
