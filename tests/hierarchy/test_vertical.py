"""Appeals in at the bottom, signed figures out at the top: four tiers in one process."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import select, update

from federation.errors import Refusal
from federation.ledger import State
from federation.statement import parse
from node.actions.submit_appeal import submit_appeal
from node.bootstrap import Node
from node.commands import membership
from node.commands.membership import fingerprints_below
from node.commands.run import begin
from node.domain.appeal import NewAppeal
from node.domain.errors import DomainError, Invalid, Unavailable
from node.domain.ranking import Ranking
from node.jobs import publish_summaries, renew_certificates, roll_up
from node.store import cells, manifests
from node.store.journal import JournalEntry, broken_at
from node.store.ledger import SqlLedger, StatementRow, newest_bytes
from node.store.rankings import ask, rank
from tests.support.country import CHAIN, START, Country

TOWN = "47701000"
NOON = START + timedelta(days=1, hours=4)  # past noon of the next day in Moscow: yesterday is final


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Country]:
    country = Country(tmp_path)
    for unit in CHAIN:
        country.add(unit)
    yield country
    country.close()


def write_in(
    country: Country, unit: str, *, topic: str | None = "roads.pits", times: int = 1
) -> None:
    node, now = country.nodes[unit], country.clock()
    for _ in range(times):
        appeal = NewAppeal(channel="api", text="Яма", territory=unit, topic=topic, received_at=now)
        with node.transaction() as session:
            submit_appeal(session, node.rulebook, unit=unit, appeal=appeal, actor="test", now=now)


def top(node: Node, scope: str, day: date, *, by: str = "topic") -> Ranking:
    now = node.clock()
    with node.reading() as session:
        question = ask(
            node.rulebook, unit=node.code, scope=scope, period=f"{day}..{day}", by=by, now=now
        )
        return rank(session, node.rulebook, unit=node.code, question=question, now=now)


def held(node: Node, origin: str, key: str, type: str = "summary") -> bytes | None:
    with node.reading() as session:
        envelope = newest_bytes(session, origin, type, key)
    return None if envelope is None else envelope.data


def test_a_municipal_summary_stands_at_every_tier_byte_for_byte(country: Country) -> None:
    write_in(country, TOWN)
    country.play()
    for _ in range(2):  # an open day is relayed a quarter of an hour later
        country.clock.advance(minutes=16)
        country.play()
    bytes_held = {held(node, TOWN, "2026-03-02") for node in country.nodes.values()}
    assert len(bytes_held) == 1
    assert None not in bytes_held


def test_every_tier_counts_the_same_from_the_same_leaves(country: Country) -> None:
    write_in(country, TOWN, times=3)
    write_in(country, "RU-MUR", times=2)
    write_in(country, "RU-MUR", topic=None)
    country.play()
    country.clock.move_to(NOON)
    country.play()
    for unit in ("RU", "SZFO", "RU-MUR"):
        ranking = top(country.nodes[unit], "RU-MUR", date(2026, 3, 2))
        assert [(row.key, row.counters["received"]) for row in ranking.rows] == [("roads.pits", 5)]
        assert ranking.unsorted == 1
        assert (ranking.coverage.expected, ranking.coverage.received) == (2, 2)
    places = top(country.nodes["RU"], "RU-MUR", date(2026, 3, 2), by="territory")
    counted = {row.key: row.counters["received"] for row in places.rows}
    assert {unit: n for unit, n in counted.items() if n} == {TOWN: 3, "RU-MUR": 3}


def test_a_day_offline_is_caught_up_by_itself(country: Country) -> None:
    country.play()
    region = country.nodes["RU-MUR"]
    country.network.cut.add(region.url)
    write_in(country, TOWN, times=4)
    for _ in range(30):
        country.clock.advance(hours=1)
        country.play()
    assert held(country.nodes["RU"], TOWN, "2026-03-02") is None or (
        top(country.nodes["RU"], TOWN, date(2026, 3, 2)).rows == ()
    )
    country.network.cut.clear()
    country.clock.advance(minutes=11)  # the longest backoff
    country.play(2)
    ranking = top(country.nodes["RU"], TOWN, date(2026, 3, 2))
    assert [row.counters["received"] for row in ranking.rows] == [4]
    assert b'"status":"final"' in (held(country.nodes["RU"], TOWN, "2026-03-02") or b"")


def test_one_byte_flipped_at_the_district_is_refused_at_the_top(country: Country) -> None:
    country.play()
    write_in(country, TOWN, times=7)
    district = country.nodes["SZFO"]
    country.network.cut.add(country.nodes["RU"].url)
    country.clock.move_to(NOON)
    country.play()
    honest = held(district, TOWN, "2026-03-02")
    assert honest is not None
    forged = honest.replace(b'"received":7', b'"received":6')
    assert forged != honest
    with district.transaction() as session:
        session.execute(update(StatementRow).where(StatementRow.data == honest).values(data=forged))
    country.network.cut.clear()
    country.clock.advance(minutes=11)
    country.play(3)
    capital = country.nodes["RU"]
    assert held(capital, TOWN, "2026-03-02") != forged
    with capital.reading() as session:
        quarantined = SqlLedger(session).waiting(State.QUARANTINED)
        assert [(one.code, one.id.origin) for one in quarantined] == [("sig_invalid", TOWN)]
    with district.reading() as session:
        ledger = SqlLedger(session)
        assert [(one.by, one.code) for one in ledger.rejected()] == [("RU", "sig_invalid")]
        assert ledger.backlog(country.clock()).statements == 0
    assert top(capital, TOWN, date(2026, 3, 2)).coverage.received == 0


def test_nothing_but_the_door_lets_a_statement_in(country: Country) -> None:
    country.play()
    town, region = country.nodes[TOWN], country.nodes["RU-MUR"]
    envelope = held(town, TOWN, "2026-03-02")
    assert envelope is not None
    answer = town.courier.post_unsigned(
        region.url, "/federation/v1/exchange", {"v": 1, "statements": []}
    )
    assert isinstance(answer.refusal, Refusal)
    assert answer.refusal.status == 401


def test_a_start_draws_a_higher_epoch_from_the_parent(country: Country) -> None:
    country.play()
    before = parse_epoch(country, TOWN)
    country.clock.advance(minutes=5)
    begin(country.nodes[TOWN])
    write_in(country, TOWN)
    country.play(2)
    assert parse_epoch(country, TOWN) > before


def parse_epoch(country: Country, unit: str) -> int:
    with country.nodes[unit].reading() as session:
        envelope = newest_bytes(session, unit, "summary", "2026-03-02")
    assert envelope is not None
    return parse(envelope).epoch


def test_both_sides_of_a_joining_show_the_same_fingerprint(tmp_path: Path) -> None:
    country = Country(tmp_path)
    country.add("RU")
    country.add("SZFO")
    said = country.join("SZFO", "RU")
    ((unit, shown),) = fingerprints_below(country.nodes["RU"])
    assert unit == "SZFO"
    assert shown in said
    assert len(shown.replace("-", "")) * 5 >= 80
    country.close()


def test_a_token_serves_one_key_only_and_a_lost_answer_is_given_again(tmp_path: Path) -> None:
    country = Country(tmp_path)
    country.add("RU")
    line, quiet = io.StringIO(), Console(file=io.StringIO())
    membership.invite(country.nodes["RU"], "SZFO", None, Console(file=line, soft_wrap=True), quiet)
    _, _, url, token = line.getvalue().split()
    thief_folder = tmp_path / "thief"
    first = Country(tmp_path / "child")
    first.network, first.clock = country.network, country.clock
    second = Country(thief_folder)
    second.network, second.clock = country.network, country.clock
    child = first.add("SZFO", url="http://127.0.0.1:30000")
    thief = second.add("SZFO", url="http://127.0.0.1:30001")
    membership.join(child, url, token, None, quiet)
    membership.join(child, url, token, None, quiet)
    with pytest.raises(Unavailable, match="token_used"):
        membership.join(thief, url, token, None, quiet)
    with country.nodes["RU"].reading() as session:
        actions = list(session.scalars(select(JournalEntry.action).order_by(JournalEntry.id)))
        assert actions[-1] == "invitation_used_twice"
        assert broken_at(session) is None
    for one in (country, first, second):
        one.close()


def test_an_invitation_ends_after_a_day(tmp_path: Path) -> None:
    country = Country(tmp_path)
    country.add("RU")
    line, quiet = io.StringIO(), Console(file=io.StringIO())
    membership.invite(country.nodes["RU"], "SZFO", None, Console(file=line, soft_wrap=True), quiet)
    _, _, url, token = line.getvalue().split()
    country.clock.advance(hours=25)
    other = Country(tmp_path / "child")
    other.network, other.clock = country.network, country.clock
    child = other.add("SZFO", url="http://127.0.0.1:30000")
    with pytest.raises(Unavailable, match="token_unknown"):
        membership.join(child, url, token, None, quiet)
    country.close()
    other.close()


@pytest.mark.parametrize("unit", ["RU-MUR", "НЕТ", "RU"])
def test_only_a_unit_directly_below_is_invited(country: Country, unit: str) -> None:
    quiet = Console(file=io.StringIO())
    with pytest.raises(Invalid):
        membership.invite(country.nodes["RU"], unit, None, quiet, quiet)


def test_a_damaged_token_is_refused_in_words(country: Country) -> None:
    quiet = Console(file=io.StringIO())
    with pytest.raises(DomainError, match="token"):
        membership.join(country.nodes[TOWN], "http://127.0.0.1:20002", "abc", None, quiet)


def test_a_town_that_joins_takes_its_days_from_the_region(tmp_path: Path) -> None:
    country = Country(tmp_path)
    for unit in CHAIN[:3]:
        country.add(unit)
    node, now = country.nodes["RU-MUR"], country.clock()
    with node.transaction() as session:
        submit_appeal(
            session,
            node.rulebook,
            unit="RU-MUR",
            appeal=NewAppeal(
                channel="api", text="Яма", territory=TOWN, topic="roads.pits", received_at=now
            ),
            actor="test",
            now=now,
        )
    country.play()
    assert b'"territory":"47701000"' in (held(node, "RU-MUR", "2026-03-02") or b"")
    country.add(TOWN)
    country.clock.advance(minutes=20)
    country.play(2)
    country.clock.move_to(NOON)
    country.play(2)
    # What the region took in that morning stays its own; from today the town speaks for itself.
    assert b'"territory":"47701000"' not in (held(node, "RU-MUR", "2026-03-02") or b"")
    capital = country.nodes["RU"]
    with capital.reading() as session:
        assert SqlLedger(session).waiting(State.QUARANTINED) == []
    ranking = top(capital, "RU-MUR", date(2026, 3, 2))
    assert [row.counters["received"] for row in ranking.rows] == [1]
    assert ranking.coverage.expected == 2
    country.close()


def test_every_day_has_its_manifest_also_those_slept_through(country: Country) -> None:
    country.play()
    country.clock.advance(days=3)
    country.play(2)
    with country.nodes["RU"].reading() as session:
        assert manifests.last_day(session, TOWN) == "2026-03-05"
        for day in range(2, 6):
            assert newest_bytes(session, TOWN, "manifest", f"2026-03-{day:02}") is not None


def test_a_certificate_is_renewed_before_it_ends(country: Country) -> None:
    region = country.nodes["RU-MUR"]
    country.play()
    before = held(region, "RU-MUR", TOWN, "certificate")
    country.clock.advance(days=61)
    country.play(2)
    renew_certificates.run(region)
    assert held(region, "RU-MUR", TOWN, "certificate") != before


def test_a_clock_far_off_makes_no_day_final(country: Country) -> None:
    country.play()
    with country.nodes[TOWN].transaction() as session:
        kept = membership.membership(session)
        assert kept is not None
        kept.clock_offset_seconds = 400.0
    country.clock.move_to(NOON)
    publish_summaries.run(country.nodes[TOWN])
    assert b'"status":"open"' in (held(country.nodes[TOWN], TOWN, "2026-03-02") or b"")
    country.play(2)  # the next answers show the clocks agree, and the day is closed
    assert b'"status":"final"' in (held(country.nodes[TOWN], TOWN, "2026-03-02") or b"")


def test_another_classifier_makes_the_cells_anew(country: Country) -> None:
    write_in(country, TOWN, times=2)
    country.play()
    town = country.nodes[TOWN]
    table = {"sectors": {"roads": {"topics": {"pits.deep": "Глубокие ямы"}}}}
    assert country.rulebook.counting_sha256() == town.rulebook.counting_sha256()
    wider = country.rulebook.classifier.extended(table)
    with town.transaction() as session:
        assert cells.counted_by(session) == town.rulebook.counting_sha256()
        session.execute(update(cells.FoldCursor).values(reference_sha256="of another time"))
        session.execute(cells.CELL_DAY.delete())
    roll_up.run(town)
    assert [row.key for row in top(town, TOWN, date(2026, 3, 2)).rows] == ["roads.pits"]
    assert replace(country.rulebook, classifier=wider).counting_sha256() != (
        country.rulebook.counting_sha256()
    )


def test_what_an_older_version_did_not_understand_is_judged_again_at_a_start(
    country: Country,
) -> None:
    country.play()
    region = country.nodes["RU-MUR"]
    understood = held(region, TOWN, "2026-03-02")
    with region.transaction() as session:
        session.execute(
            update(StatementRow)
            .where(StatementRow.origin == TOWN, StatementRow.type == "summary")
            .values(state=State.QUARANTINED.value, code="unsupported_type", newest=False)
        )
    assert held(region, TOWN, "2026-03-02") is None
    begin(region)
    assert held(region, TOWN, "2026-03-02") == understood
