"""`/api/v1/helps`: asking, answering, closing, and everything that is refused by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from node.actions.answer_help import HelpEntries, answer_help
from node.actions.ask_help import ask_help
from node.bootstrap import Node
from node.domain.rights import Actor, NoRight, Permit, Right, unlimited
from node.store.journal import JournalEntry, broken_at
from tests.support.appeals import NOW
from tests.support.helps import a_question, asked, followed
from tests.support.web import a_client, a_node

PATH = "/api/v1/helps"
TODAY = NOW.date()
TWO = ["RU-STA", "RU-TVE"]


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url, unit="RU") as node:
        yield node


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with a_client(node) as client:
        yield client


def ask(client: TestClient, **given: Any) -> Any:
    body = {"kind": "question", "title": "Когда откроется центр?", "units": TWO} | given
    # Not `json=`: that client cannot send half a surrogate pair, and others can.
    headers = {"Content-Type": "application/json"}
    return client.post(PATH, content=json.dumps(body), headers=headers)


def ask_for_training(client: TestClient, **given: Any) -> Any:
    values = {"kind": "training", "title": "Семинар", "planned_on": TODAY.isoformat()}
    return ask(client, **values | given)


def answer(client: TestClient, id: str, unit: str = "RU-TVE", **given: Any) -> Any:
    return client.put(f"{PATH}/{id}/reports/{unit}", json=given)


def fields(refused: Any) -> set[str]:
    assert refused.status_code == 422, refused.text
    return {error["field"] for error in refused.json()["errors"]}


def test_a_question_is_asked_read_and_listed(client: TestClient) -> None:
    sent = ask(client, text="Назовите день.", due_on="2026-11-20")
    assert sent.status_code == 201, sent.text
    card = sent.json()
    assert (card["issuer"], card["state"], card["version"]) == ("RU", "open", 1)
    assert (card["asked_on"], card["due_on"]) == (TODAY.isoformat(), "2026-11-20")
    assert [one["unit"] for one in card["units"]] == TWO
    assert {one["delivery"] for one in card["units"]} == {"no_node"}
    assert client.get(f"{PATH}/{card['id']}").json() == card
    [listed] = client.get(PATH).json()["helps"]
    assert (listed["id"], listed["totals"]["asked"]) == (card["id"], 2)
    assert listed["totals"]["received"] is None  # a list does not ask for it


def test_an_answer_is_added_and_corrected_and_the_same_again_adds_nothing(
    node: Node, client: TestClient
) -> None:
    id = ask(client).json()["id"]
    for text in ("К 1 декабря", "К 1 декабря", "К 25 ноября"):
        assert answer(client, id, answer=text).status_code == 200
    unit = next(one for one in client.get(f"{PATH}/{id}").json()["units"] if one["answers"])
    assert [one["text"] for one in unit["answers"]] == ["К 1 декабря", "К 25 ноября"]
    assert (unit["unit"], unit["on_behalf"], unit["step"]) == ("RU-TVE", True, "done")
    assert client.get(f"{PATH}/{id}").json()["totals"]["answered"] == 1
    with node.reading() as session:
        assert broken_at(session) is None


def test_three_trainings_are_summed(client: TestClient) -> None:
    id = ask_for_training(client, units=["RU-STA", "RU-TVE", "RU-SMO"]).json()["id"]
    for unit, attended in (("RU-STA", 10), ("RU-TVE", 20), ("RU-SMO", 3)):
        said = answer(client, id, unit, held_on=TODAY.isoformat(), attended=attended)
        assert said.status_code == 200, said.text
    totals = client.get(f"{PATH}/{id}").json()["totals"]
    assert (totals["asked"], totals["held"], totals["attended"]) == (3, 3, 33)
    assert answer(client, id, "RU-SMO", not_held=True).status_code == 200
    totals = client.get(f"{PATH}/{id}").json()["totals"]
    assert (totals["held"], totals["attended"]) == (2, 30)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"units": []}, "units"),
        ({"units": ["RU-TVR"]}, "units"),
        ({"units": ["\x00"]}, "units"),
        ({"units": ["\ud800"]}, "units"),
        ({"units": ["RU"]}, "units"),
        ({"units": "RU-TVE"}, "units"),
        ({"addressed": "all"}, "addressed"),
        ({"addressed": "tier", "tier": "\x00"}, "tier"),
        ({"kind": "advice"}, "kind"),
        ({"kind": 1}, "kind"),
        ({"title": ""}, "title"),
        ({"title": "Звоните +7 921 555-44-33"}, "title"),
        ({"title": "\x00"}, "title"),
        ({"text": "\ud800"}, "text"),
        ({"due_on": "вчера"}, "due_on"),
        ({"due_on": "2026-11-17"}, "due_on"),
        ({"due_on": 0}, "due_on"),
        ({"planned_on": "2026-12-01"}, "planned_on"),
        ({"directive": "нет"}, "directive"),
        ({"directive": "\x00"}, "directive"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    client: TestClient, given: dict[str, Any], field: str
) -> None:
    named = fields(ask(client, **given))
    assert field in named, named
    assert client.get(PATH).json()["helps"] == []


def test_a_refusal_lists_the_fields_there_are(client: TestClient) -> None:
    [refused] = ask(client, colour="red").json()["errors"]
    assert refused["message"].endswith("addressed, units, tier, directive, due_on, planned_on")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "held_on"),
        ({"attended": 3}, "attended"),
        ({"held_on": "2026-11-19"}, "held_on"),
        ({"held_on": "2026-11-18", "attended": -1}, "attended"),
        ({"held_on": "2026-11-18", "attended": 10**30}, "attended"),
        ({"held_on": "2026-11-18", "attended": "3"}, "attended"),
        ({"answer": "nobody@example.org"}, "answer"),
        ({"answer": " "}, "answer"),
        ({"help": "me"}, "help"),
    ],
)
def test_what_cannot_be_said_is_refused_by_name(
    client: TestClient, given: dict[str, Any], field: str
) -> None:
    id = ask_for_training(client).json()["id"]
    named = {name.split(".")[0] for name in fields(answer(client, id, **given))}
    assert field in named


def test_whoever_was_not_asked_and_what_is_not_there_are_named(client: TestClient) -> None:
    id = ask(client).json()["id"]
    for unit in ("RU-MUR", "nowhere", "%00"):
        assert answer(client, id, unit, answer="да").status_code == 404
    assert answer(client, "nothing", answer="да").status_code == 404
    for path in ("nothing", "%00", "%F0%9F%92%A5", "a" * 300):
        assert client.get(f"{PATH}/{path}").status_code == 404
        assert (
            client.post(f"{PATH}/{path}/close", json={"state": "closed", "version": 1}).status_code
            == 404
        )
    assert fields(client.get(PATH, params={"after": "nothing"})) == {"after"}
    for name in ("unit", "directive"):
        for code in ("RU-NO", "\x00", ""):
            assert fields(client.get(PATH, params={name: code})) == {name}


def test_two_who_close_at_once_and_answers_after_the_end_conflict(client: TestClient) -> None:
    id = ask(client).json()["id"]
    close = {"state": "closed", "version": 1}
    assert client.post(f"{PATH}/{id}/close", json=close | {"version": 2}).status_code == 409
    assert client.post(f"{PATH}/{id}/close", json=close).json()["state"] == "closed"
    assert client.post(f"{PATH}/{id}/close", json=close).status_code == 409
    refused = answer(client, id, answer="да")
    assert (refused.status_code, refused.json()["state"]) == (409, "closed")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"state": "withdrawn"}, "reason"),
        ({"state": "open"}, "state"),
        ({"state": "withdrawn", "reason": "звоните 8 921 555 44 33"}, "reason"),
        ({"state": "closed", "version": 0}, "version"),
        ({"state": "closed", "version": 2**40}, "version"),
    ],
)
def test_an_end_without_what_it_needs_is_refused(
    client: TestClient, given: dict[str, Any], field: str
) -> None:
    id = ask(client).json()["id"]
    refused = client.post(f"{PATH}/{id}/close", json={"version": 1} | given)
    assert field in fields(refused)


def test_pages_of_the_list_follow_each_other(node: Node, client: TestClient) -> None:
    made = [asked(node, a_question(title=f"Вопрос {n}")) for n in range(5)]
    ids: list[str] = []
    after = None
    while True:
        page = client.get(PATH, params={"limit": 2} | ({"after": after} if after else {})).json()
        ids += [one["id"] for one in page["helps"]]
        after = page["next"]
        if after is None:
            break
    assert sorted(ids) == sorted(made)
    assert len(set(ids)) == len(ids)


def test_nobody_reads_or_writes_without_the_right(node: Node, client: TestClient) -> None:
    reader = Actor("читатель", "аналитик", (Permit(frozenset({Right.HELP_READ}), "RU"),))
    id = asked(node, a_question())
    with pytest.raises(NoRight), node.transaction() as session:
        ask_help(session, node.rulebook, me="RU", new=a_question(), actor=reader, now=NOW)
    with pytest.raises(NoRight), node.transaction() as session:
        answer_help(
            session,
            node.rulebook,
            me="RU",
            help=id,
            unit="RU-MUR",
            entries=HelpEntries(answer="да"),
            actor=reader,
            now=NOW,
        )
    assert followed(node, id).totals.answered == 0
    with a_client(node, signed_in=False) as visitor:
        for asking in (visitor.get(PATH), ask(visitor), answer(visitor, id, answer="да")):
            assert asking.status_code == 401


def test_a_grant_on_one_region_answers_for_that_region_alone(node: Node) -> None:
    within = node.rulebook.directory.is_within
    rights = frozenset({Right.HELP_READ, Right.HELP_ANSWER})
    curator = Actor("куратор", "куратор", (Permit(rights, "RU-TVE"),), within=within)
    id = asked(node, a_question(to=tuple(TWO)))
    for unit, may in (("RU-TVE", True), ("RU-STA", False)):
        try:
            with node.transaction() as session:
                answer_help(
                    session,
                    node.rulebook,
                    me="RU",
                    help=id,
                    unit=unit,
                    entries=HelpEntries(answer="да"),
                    actor=curator,
                    now=NOW,
                )
            allowed = True
        except NoRight:
            allowed = False
        assert allowed is may


def test_the_journal_says_who_asked_and_answered_and_holds_no_text(
    node: Node, client: TestClient
) -> None:
    id = ask(client, title="Тайна").json()["id"]
    answer(client, id, answer="Секрет")
    with node.reading() as session:
        entries = session.query(JournalEntry).filter(JournalEntry.subject == id).all()
    assert [one.action for one in entries] == ["help_asked", "help_answered"]
    assert not any(word in str(one.details) for one in entries for word in ("Тайна", "Секрет"))


def test_the_same_form_sent_twice_asks_once(node: Node) -> None:
    actor = unlimited("координатор", "RU")
    for later in (0, 1):
        with node.transaction() as session:
            ask_help(
                session,
                node.rulebook,
                me="RU",
                new=a_question(),
                id="ab" * 10,
                actor=actor,
                now=NOW + timedelta(seconds=later),
            )
    assert followed(node, "ab" * 10).totals.asked == 1
