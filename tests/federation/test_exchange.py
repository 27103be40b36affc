"""The one call, step by step: what leaves, what is answered, what is cleared."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from federation.admission import judge_again
from federation.errors import Refusal, TransportError
from federation.exchange import (
    ExchangeAnswer,
    ExchangeRequest,
    NotSealingYet,
    queue_everything,
    settle,
)
from federation.join import Result
from federation.keys import KeyPair
from federation.ledger import UNREADABLE, State
from federation.receipt import Outcome, Receipt
from federation.statement import Envelope, Statement, StatementId, parse, seal
from tests.support.hierarchy import START, Country, Hierarchy, a_summary, key

DAY = "2026-11-20"


@pytest.fixture
def country() -> Country:
    made = Country()
    made.drain()
    return made


def forged(origin: str, signer: KeyPair, *, day: str = DAY, **given: Any) -> Envelope:
    facts: dict[str, Any] = {
        "type": "summary",
        "origin": origin,
        "key": day,
        "epoch": int(START.timestamp()),
        "rev": 1,
        "made_at": START,
        "body": a_summary(day),
        "signer": signer,
    }
    return seal(**{**facts, **given}).envelope


def knock(country: Country, child: str, *envelopes: Envelope, **given: Any) -> list[Outcome]:
    """The parent's outcomes for whatever a child chooses to send."""
    node = country[child]
    assert node.parent is not None
    country.wait(seconds=1)
    request, message = node.ask()
    request = replace(request, statements=envelopes, **given)
    payload = json.dumps(request.to_payload())
    answer = country[node.parent].answer(replace(message, payload=payload))
    read = ExchangeAnswer.from_payload(json.loads(answer))
    return list(Receipt.open(read.receipt, country[node.parent].signer.public).results)


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


def test_a_first_exchange_that_carries_statements_is_malformed(country: Country) -> None:
    payload = ExchangeRequest("47701000", "RU-MUR", 0, True).to_payload()
    payload["statements"] = [forged("47701000", key("any")).to_wire()]
    with pytest.raises(Refusal, match="statements"):
        ExchangeRequest.from_payload(payload)


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
            ledger, below=lambda origin: middle.rules.under(origin, "RU-MUR"), now=country.now
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


def test_bad_statements_are_quarantined_by_name_and_the_rest_goes_on(country: Country) -> None:
    leaf = country["47701000"]
    good = leaf.seal(DAY, a_summary())
    mine = leaf.signer
    ahead = int(country.now.timestamp()) + 7200
    batch = [
        Envelope(b"not json", mine.kid, b"s" * 64),
        forged("RU-KGD", key("signing key of RU-KGD")),
        forged("47701000", mine, day="2026-11-19", epoch=ahead),
        Envelope(forged("47701000", mine, day="2026-11-18").data, mine.kid, b"s" * 64),
        forged("47701000", mine, day="2026-11-17", type="weather"),
        forged(
            "47701000", mine, day="2026-11-16", body=a_summary("2026-11-16") | {"status": "lost"}
        ),
        good.envelope,
    ]
    outcomes = knock(country, "47701000", *batch)
    assert [(o.result.value, o.code) for o in outcomes] == [
        ("quarantined", "malformed"),
        ("quarantined", "not_under_sender"),
        ("quarantined", "epoch_ahead"),
        ("quarantined", "sig_invalid"),
        ("quarantined", "unsupported_type"),
        ("quarantined", "malformed"),
        ("stored", None),
    ]
    with country["RU-MUR"].transaction() as ledger:
        kept = ledger.waiting(State.QUARANTINED)
    assert [held.envelope for held in kept] == batch[:6]
    assert kept[0].id == UNREADABLE


def test_a_bad_signature_does_not_keep_the_same_bytes_out(country: Country) -> None:
    good = country["47701000"].seal(DAY, a_summary()).envelope
    bad = Envelope(good.data, good.kid, b"s" * 64)
    assert knock(country, "47701000", bad)[0].code == "sig_invalid"
    assert knock(country, "47701000", good)[0].result is Result.STORED
    assert knock(country, "47701000", bad)[0].result is Result.KNOWN


def test_a_fork_is_kept_as_evidence_and_the_higher_hash_stays(country: Country) -> None:
    mine = country["47701000"].signer
    pair = [forged("47701000", mine, body=a_summary(received=n)) for n in (1, 2)]
    low, high = sorted(pair, key=lambda envelope: envelope.sha256)
    assert knock(country, "47701000", high)[0].result is Result.STORED
    assert knock(country, "47701000", low)[0].result is Result.OLDER
    with country["RU-MUR"].transaction() as ledger:
        (fork,) = ledger.forks()
        assert (fork.kept, fork.other) == (high.sha256, low.sha256)
        id = StatementId("47701000", "summary", DAY)
        assert ledger.newest([id])[id].envelope == high
    held = {one.version.sha256 for one in country.ledgers["RU-MUR"].versions()}
    assert {low.sha256, high.sha256} <= held


def test_two_forks_in_one_batch_leave_one_newest(country: Country) -> None:
    mine = country["47701000"].signer
    batch = [forged("47701000", mine, body=a_summary(received=n)) for n in (1, 2, 3)]
    knock(country, "47701000", *batch)
    newest = [h for h in country.ledgers["RU-MUR"].versions() if h.newest and h.id.key == DAY]
    assert [one.envelope for one in newest] == [max(batch, key=lambda e: e.sha256)]


def test_a_statement_before_its_certificate_is_pending_and_then_stored(country: Country) -> None:
    parents = {"RU": None, "SZFO": "RU", "RU-MUR": "SZFO", "47701000": "RU-MUR"}
    fresh = Country(parents)
    sealed = fresh["47701000"].seal(DAY, a_summary(status="final"))
    certificate = fresh["RU-MUR"].newest(StatementId("RU-MUR", "certificate", "47701000"))
    descriptors = [fresh[code].descriptor().envelope for code in ("RU-MUR", "47701000")]
    issued = next(iter(certificate.values())).envelope
    top = fresh["SZFO"]
    outcomes = knock(fresh, "RU-MUR", sealed.envelope, descriptors[1])
    assert [o.result for o in outcomes] == [Result.PENDING, Result.PENDING]
    assert sealed.id not in top.newest(sealed.id)
    # Whatever the order: what lets others in is judged first.
    outcomes = knock(fresh, "RU-MUR", issued, descriptors[0])
    assert outcomes[0].result is Result.STORED
    assert top.newest(sealed.id)[sealed.id].envelope == sealed.envelope
    assert knock(fresh, "RU-MUR", sealed.envelope)[0].result is Result.KNOWN
    assert sealed.envelope in top.ask()[0].statements


def test_an_own_statement_from_a_child_is_only_recovered(country: Country) -> None:
    parent = country["RU-MUR"]
    stated = forged("RU-MUR", parent.signer)
    assert knock(country, "47701000", stated)[0].result is Result.PENDING
    id = StatementId("RU-MUR", "summary", DAY)
    assert id not in parent.newest(id)
    with parent.transaction() as ledger:
        assert [held.id for held in ledger.waiting(State.RECOVERED)] == [id]
    assert not parent.ask()[0].statements


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
    sealed = leaf.seal("w1", {"rain": 1}, type="weather")
    settled = leaf.exchange()
    assert [(r.id, r.code, r.by) for r in settled.rejected] == [
        (sealed.id, "unsupported_type", "RU-MUR")
    ]
    assert not leaf.ask()[0].statements
    with leaf.transaction() as ledger:
        assert len(ledger.rejected()) == 1


def test_quarantine_is_judged_again_after_an_upgrade(country: Country) -> None:
    parent = country["RU-MUR"]
    knock(country, "47701000", forged("47701000", country["47701000"].signer, type="weather"))
    with parent.transaction() as ledger:
        again = judge_again(
            ledger,
            parent.rules,
            code="unsupported_type",
            me="RU-MUR",
            parent="SZFO",
            now=country.now,
        )
        assert again == 0
        assert len(ledger.waiting(State.QUARANTINED)) == 1


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
        assert [kept.envelope for kept in ledger.got("47701000")] == list(request.receipts)


def test_request_and_answer_read_back_as_they_were_written(country: Country) -> None:
    leaf, parent = country["47701000"], country["RU-MUR"]
    leaf.seal(DAY, a_summary())
    request, message = leaf.ask()
    assert ExchangeRequest.from_payload(json.loads(message.payload)) == request
    answer = json.loads(parent.answer(message))
    assert ExchangeAnswer.from_payload(answer).to_payload() == answer


@pytest.mark.parametrize("field", ExchangeRequest("a", "b", 1, False).to_payload().keys() - {"v"})
def test_a_missing_field_is_refused_by_its_name(field: str) -> None:
    payload = ExchangeRequest("a", "b", 1, False).to_payload()
    del payload[field]
    with pytest.raises(Refusal, match=field) as caught:
        ExchangeRequest.from_payload(payload)
    assert caught.value.code == "malformed"


def test_another_version_of_the_protocol_is_told_which_is_spoken() -> None:
    payload = ExchangeRequest("a", "b", 1, False).to_payload() | {"v": 2}
    with pytest.raises(Refusal) as caught:
        ExchangeRequest.from_payload(payload)
    assert caught.value.problem()["supported"] == [1]


def test_unknown_fields_are_passed_over() -> None:
    request = ExchangeRequest("a", "b", 1, False)
    assert ExchangeRequest.from_payload(request.to_payload() | {"mood": "good"}) == request


def test_an_epoch_far_ahead_does_not_become_the_floor(country: Country) -> None:
    year = int((country.now + timedelta(days=365)).timestamp())
    knock(country, "47701000", epoch=year)
    country["47701000"].exchange()


def test_the_rules_of_the_fake_country_are_the_directory() -> None:
    rules = Hierarchy({"RU": None, "SZFO": "RU", "RU-MUR": "SZFO"}, {})
    assert rules.under("RU-MUR", "RU")
    assert rules.under("RU-MUR", "RU-MUR")
    assert not rules.under("RU", "RU-MUR")
