"""What becomes of each statement of a batch, good, early, bad, doubled or our own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from federation.admission import judge_again
from federation.join import Result
from federation.ledger import UNREADABLE, State
from federation.statement import Envelope, StatementId
from tests.support.hierarchy import Country, a_summary, forged, key, knock

DAY = "2026-11-20"


@pytest.fixture
def country() -> Country:
    made = Country()
    made.drain()
    return made


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


def test_quarantine_is_judged_again_after_an_upgrade(country: Country) -> None:
    parent = country["RU-MUR"]
    knock(country, "47701000", forged("47701000", country["47701000"].signer, type="weather"))
    with parent.transaction() as ledger:
        again = judge_again(
            ledger,
            parent.rules,
            codes=["unsupported_type"],
            me="RU-MUR",
            parent="SZFO",
            now=country.now,
        )
        assert again.stored == ()
        assert len(ledger.waiting(State.QUARANTINED)) == 1


def test_a_voucher_damaged_in_our_own_store_vouches_for_nobody_and_stops_nothing(
    country: Country,
) -> None:
    leaf, middle = country["47701000"], country["RU-MUR"]
    id = StatementId("47701000", "descriptor", "47701000")
    with country["SZFO"].transaction() as ledger:
        held = ledger.newest([id])[id]
        assert held.envelope is not None
        torn = held.envelope.data[:-9] + b"\0" * 9
        ledger.put([replace(held, envelope=replace(held.envelope, data=torn))])
    leaf.seal(DAY, a_summary(status="final"))
    leaf.exchange()
    own = middle.seal("2026-11-19", a_summary("2026-11-19", status="final"))
    results = {o.sha256: o.result for o in middle.exchange().receipt.results}
    assert results.pop(own.version.sha256) is Result.STORED
    assert list(results.values()) == [Result.PENDING]
