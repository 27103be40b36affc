"""The signed directory: entered and signed at the top, in force at every node below."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import select

from federation.incarnation import seal_own
from federation.statement import Statement
from node.actions.publish_directory import (
    NotTheTop,
    Published,
    UnitsWithNodes,
    publish_directory,
)
from node.actions.submit_appeal import submit_appeal
from node.bootstrap import Node, build
from node.commands import directory as command
from node.domain.directory import Unit
from node.domain.errors import Invalid
from node.domain.rights import Actor, NoRight, unlimited
from node.jobs import roll_up
from node.store import directories
from node.store.journal import JournalEntry
from node.store.ledger import SqlLedger
from node.store.rankings import ask, rank
from tests.support.appeals import an_appeal
from tests.support.country import CHAIN, START, Country
from tests.support.directories import changed, enter
from tests.support.web import a_client

TOP, DISTRICT, REGION, TOWN = CHAIN
POST = "заместитель полномочного представителя"
NEW = Unit("47999000", "municipal", REGION, "Новый город", timezone="Europe/Moscow")


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Country]:
    country = Country(tmp_path)
    for unit in CHAIN:
        country.add(unit)
    yield country
    country.close()


def publish(node: Node, *, actor: Actor | None = None) -> Published:
    with node.transaction() as session:
        published = publish_directory(
            session,
            node.files,
            me=node.code,
            signer=node.signing,
            actor=actor or unlimited("test", node.code),
            now=node.clock(),
        )
    node.refresh()
    return published


def shown(node: Node) -> str:
    out = io.StringIO()
    command.show(node, Console(file=out, soft_wrap=True))
    return out.getvalue()


def journalled(node: Node, action: str) -> list[str]:
    with node.reading() as session:
        return list(
            session.scalars(select(JournalEntry.subject).where(JournalEntry.action == action))
        )


def down(country: Country) -> None:
    """As many rounds as there are tiers to come down."""
    country.play(len(CHAIN))


def test_fact_19_the_curator_entered_at_the_top_stands_on_the_card_of_the_unit(
    country: Country,
) -> None:
    enter(country.nodes[TOP], **{f"{TOWN}": {"curator": POST}})
    assert publish(country.nodes[TOP]).sealed
    down(country)
    for node in country.nodes.values():
        assert node.rulebook.directory[TOWN].curator == POST
        with a_client(node) as client:
            assert client.get(f"/api/v1/units/{TOWN}").json()["curator"] == POST
            page = client.get(f"/units/{TOWN}", headers={"Accept": "text/html"}).text
            assert POST in page.lower()
    assert country.rulebook.directory[TOWN].curator is None  # what they share was not touched
    assert journalled(country.nodes[TOP], "directory_published") == [TOP]
    assert journalled(country.nodes[TOWN], "directory_received") == [TOP]


def test_a_new_unit_is_known_below_and_invited_there(country: Country) -> None:
    enter(country.nodes[TOP], added=[NEW])
    publish(country.nodes[TOP])
    down(country)
    region = country.nodes[REGION]
    assert NEW.code in {unit.code for unit in region.rulebook.directory.children(REGION)}
    assert region.in_force.kept_out == ()


def test_what_was_signed_stays_in_force_over_a_restart(country: Country) -> None:
    enter(country.nodes[TOP], RU_MUR={"curator": POST})
    publish(country.nodes[TOP])
    down(country)
    for unit in (TOP, REGION):
        node = country.restart(unit)
        assert node.files.directory[REGION].curator is None
        assert node.rulebook.directory[REGION].curator == POST


def test_the_same_directory_again_seals_nothing(country: Country) -> None:
    top = country.nodes[TOP]
    first, again = publish(top), publish(top)
    assert (first.sealed, again.sealed) == (True, False)
    assert first.statement.version == again.statement.version
    assert journalled(top, "directory_published") == [TOP]


def test_a_running_process_that_only_serves_pages_takes_it_over_within_seconds(
    country: Country,
) -> None:
    region = country.nodes[REGION]
    replica = build(
        region.settings,
        rulebook=country.rulebook,
        clock=country.clock,
        transport=country.network,
        synchronous="OFF",
    )
    path = f"/api/v1/units/{REGION}"
    with a_client(replica) as client:
        assert client.get(path).json()["curator"] is None
        enter(country.nodes[TOP], RU_MUR={"curator": POST})
        publish(country.nodes[TOP])
        down(country)
        assert client.get(path).json()["curator"] is None  # it asked a moment ago
        country.clock.advance(seconds=5)
        assert client.get(path).json()["curator"] == POST
    replica.close()


def test_a_ranking_adds_up_by_the_new_directory(country: Country) -> None:
    top = country.nodes[TOP]
    country.write_in(REGION, 3)
    country.play(3)
    country.clock.move_to(START + timedelta(days=1, hours=4))
    country.play(3)
    assert by_district(top) == {DISTRICT: 3}
    enter(top, RU_MUR={"parent": "CFO"})
    publish(top)
    roll_up.run(top)
    assert by_district(top) == {"CFO": 3}


def by_district(node: Node) -> dict[str, int]:
    day, now = date(2026, 3, 2), node.clock()
    with node.reading() as session:
        question = ask(
            node.rulebook,
            unit=node.code,
            scope=node.code,
            period=f"{day}..{day}",
            by="territory",
            now=now,
        )
        rows = rank(session, node.rulebook, unit=node.code, question=question, now=now).rows
    return {row.key: row.counters["received"] for row in rows if row.counters["received"]}


def test_only_the_top_publishes(country: Country) -> None:
    with pytest.raises(NotTheTop, match="Российская Федерация"):
        publish(country.nodes[DISTRICT])
    with pytest.raises(NoRight):
        publish(country.nodes[TOP], actor=Actor("иной", "аналитик", ()))
    with country.nodes[DISTRICT].reading() as session:
        assert directories.standing(session, DISTRICT) is None


def test_a_directory_signed_in_the_middle_is_refused_below(country: Country) -> None:
    district, region = country.nodes[DISTRICT], country.nodes[REGION]
    country.play()
    forged(district, RU_MUR={"curator": POST})
    down(country)
    assert region.rulebook.directory[REGION].curator is None
    with region.reading() as session:
        refused = directories.last_refused(session)
    assert refused is not None
    assert (refused.origin, refused.code) == (DISTRICT, "not_yours")
    assert "не принят" in shown(region)
    # Not at the forger either: it stands there, and nobody is asked for a directory of its own.
    assert district.rulebook.directory[REGION].curator is None


def forged(node: Node, **changes: Any) -> Statement:
    """What a node whose program was tampered with would sign."""
    body = directories.body_of(changed(node.rulebook.directory, **changes))
    with node.transaction() as session:
        return seal_own(
            SqlLedger(session),
            me=node.code,
            parent=None,
            type="directory",
            key="directory",
            body=body,
            signer=node.signing,
            now=node.clock(),
        )


def test_a_directory_without_the_node_itself_is_refused_and_the_old_one_stays(
    country: Country,
) -> None:
    top, town = country.nodes[TOP], country.nodes[TOWN]
    enter(top, RU_MUR={"curator": POST})
    publish(top)
    down(country)
    body = changed(top.rulebook.directory, without=[TOWN])
    with top.transaction() as session:
        seal_own(
            SqlLedger(session),
            me=TOP,
            parent=None,
            type="directory",
            key="directory",
            body=directories.body_of(body),
            signer=top.signing,
            now=top.clock(),
        )
    country.clock.advance(minutes=1)
    down(country)
    assert TOWN not in country.nodes[REGION].rulebook.directory
    assert town.rulebook.directory[REGION].curator == POST
    assert TOWN in town.rulebook.directory


def test_a_unit_that_has_a_node_cannot_be_taken_out(country: Country) -> None:
    top = country.nodes[TOP]
    enter(top, without=[TOWN])
    country.play(3)  # its certificate climbs to the top
    with pytest.raises(UnitsWithNodes, match=f"closed_on.*{TOWN}"):
        publish(top)


def test_what_cannot_be_signed_is_refused_by_name(country: Country) -> None:
    top = country.nodes[TOP]
    enter(top, RU_MUR={"curator": "x" * 300})
    with pytest.raises(Invalid, match="curator"):
        publish(top)
    top.files = country.rulebook
    enter(top, RU_MUR={"parent": None})
    with pytest.raises(Invalid, match=REGION):
        publish(top)


def test_units_of_a_nodes_own_file_that_the_top_does_not_know_count_nowhere(
    country: Country,
) -> None:
    region = country.nodes[REGION]
    enter(region, added=[NEW])
    publish(country.nodes[TOP])
    down(country)
    assert NEW.code not in region.rulebook.directory
    assert region.in_force.kept_out == (NEW.code,)
    assert "не действуют: 47999000" in shown(region)


def test_a_day_with_appeals_of_a_unit_that_moved_away_is_still_stated(country: Country) -> None:
    """Its issues stay with the node that took them in, under its own territory."""
    region = country.nodes[REGION]
    enter(country.nodes[TOP], added=[NEW])
    publish(country.nodes[TOP])
    down(country)
    now = country.clock()
    with region.transaction() as session:
        submit_appeal(
            session,
            region.rulebook,
            unit=REGION,
            appeal=an_appeal(territory=NEW.code, topic="roads.pits", received_at=now),
            actor="test",
            now=now,
        )
    enter(country.nodes[TOP], **{"47999000": {"parent": "RU-KGD"}})
    publish(country.nodes[TOP])
    down(country)
    country.clock.move_to(START + timedelta(days=1, hours=4))
    country.play(2)
    stated = country.summary(TOP, REGION, date(2026, 3, 2))
    assert b'"territory":"RU-MUR"' in stated
    assert b'"received":1' in stated


def test_the_command_says_what_was_signed_and_what_the_files_say_otherwise(
    country: Country,
) -> None:
    top, region = country.nodes[TOP], country.nodes[REGION]
    assert "из файлов этого узла" in shown(region)
    enter(top, added=[NEW], RU_MUR={"curator": POST, "opened_on": date(2020, 11, 30)})
    said = io.StringIO()
    command.publish(top, Console(file=said, soft_wrap=True))
    assert "+ Новый город (47999000), под Мурманская область" in said.getvalue()
    assert f"куратор не указано → «{POST}»" in said.getvalue()
    assert "центр открыт не указано → 30\u00a0ноября\u00a02020" in said.getvalue()
    down(country)
    text = shown(region)
    assert "подписан узлом RU" in text
    assert "83 из 83 ожидаемых" in text
    assert "+ Новый город" in text
    assert "1 из 1 узлов непосредственно ниже" in shown(top)
    enter(top, RU_MUR={"curator": None})
    assert "cur directory publish" in shown(top)
    command.publish(top, Console(file=said, soft_wrap=True))
    command.publish(top, Console(file=said, soft_wrap=True))
    assert "не изменился" in said.getvalue()
