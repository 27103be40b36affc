"""A day of a centre on the real file: two thousand messages imported, two hundred of them worked
by a moderator, a coordinator, an executor and an approver through the public HTTP API alone.

The file's quoted numbers are those of another platform, none of them a row of the file, so no issue
here answers to one: offered as repeats are the same texts. What the day counted, what it left
open and the journal are then held against what the script did.
Run it with `CUR_PROVE=1 pytest -s tests/intake/test_kursk_day.py` to see the table of the day.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from rich.console import Console

from node.actions.make_summary import make_summary
from node.bootstrap import Node
from node.clock import FrozenClock
from node.commands.import_appeals import run_import
from node.domain.local_day import day_of
from node.store import journal, people, tokens
from tests.support.appeals import NOW
from tests.support.people import a_grant, a_person
from tests.support.web import a_client, a_node

ROOT = Path(__file__).resolve().parents[2]
UNIT = "RU-KRS"
ROLES = ("moderator", "coordinator", "executor", "approver")
ROWS, WORKED = 2000, 200
SAME_TEXT_AT_LEAST = 18  # every later row of the same text that is not under the 25 characters
ENDED = {"closed", "rejected", "merged"}
COUNTED = (
    *("received", "rejected", "repeated", "opened", "routed", "returned", "answered_first"),
    *("closed_solved", "closed_explained", "closed_refused", "merged", "reopened"),
)


@pytest.fixture
def kursk_file() -> Path:
    folder = Path(os.environ.get("CUR_DATA") or ROOT.parent / "shared" / "data")
    file = folder / "kursk_appeals.csv"
    if not file.exists():
        pytest.skip(f"no {file.name} in {folder}: set CUR_DATA to the folder that holds it")
    return file


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url, unit=UNIT) as node:
        yield node


class Day:
    """The people of the day, what they did, and where each issue was left."""

    def __init__(self, node: Node, client: TestClient) -> None:
        self.client = client
        self.clock = node.clock
        self.done: Counter[str] = Counter()
        self.counted: Counter[str] = Counter()
        self.left: dict[str, str] = {}
        self.answered: set[str] = set()
        self.secrets: dict[str, str] = {}
        for role in ROLES:
            a_person(node, role, a_grant(role, UNIT, sectors=("*",)))
            with node.transaction() as session:
                person = people.by_login(session, role)
                assert person is not None
                self.secrets[role] = tokens.add_token(
                    session, name=role, now=node.clock(), person_id=person.id
                )

    def asks(self, role: str, method: str, path: str, **how: Any) -> Any:
        assert isinstance(self.clock, FrozenClock)
        self.clock.advance(seconds=1)
        headers = {"Authorization": f"Bearer {self.secrets[role]}"}
        answer = self.client.request(method, path, headers=headers, **how)
        assert answer.status_code == 200, f"{role} {path} {how}: {answer.status_code} {answer.text}"
        return answer.json()

    def moves(self, role: str, issue: Any, move: str, **fields: str) -> Any:
        body = {"move": move, "version": issue["version"], **fields}
        after = self.asks(role, "POST", f"/api/v1/issues/{issue['number']}/moves", json=body)
        self.done[move] += 1
        self.left[issue["number"]] = after["state"]
        return after

    def everything(self) -> list[Any]:
        found: list[Any] = []
        after = {}
        while True:
            page = self.asks("moderator", "GET", "/api/v1/issues", params={"limit": 200, **after})
            found += page["issues"]
            if page["next"] is None:
                return found
            after = {"after": page["next"]}

    def offers(self, number: str) -> list[Any]:
        offered: list[Any] = self.asks("moderator", "GET", f"/api/v1/issues/{number}/repeats")[
            "repeats"
        ]
        return offered

    def admits(self, issue: Any) -> Any:
        topic = issue["topic"] if issue["topic"] != "unsorted" else "amenities.cleaning"
        self.counted["opened"] += 1
        return self.moves("moderator", issue, "admit", topic=topic)

    def merges(self, issue: Any, into: str, *, admitted: bool) -> None:
        if admitted:
            issue = self.admits(issue)
        self.moves("moderator", issue, "merge", into=into)
        self.counted["merged" if admitted else "repeated"] += 1

    def answers(self, issue: Any, outcome: str) -> Any:
        """Proposed, approved and closed."""
        issue = self.moves("executor", issue, "answer", text="Работы выполнены, проверьте.")
        assert issue["state"] == "approval"
        issue = self.approves(issue)
        reason = {"reason": "Не предусмотрено законом"} if outcome == "refused" else {}
        issue = self.moves("approver", issue, "close", outcome=outcome, **reason)
        self.counted[f"closed_{outcome}"] += 1
        return issue

    def approves(self, issue: Any) -> Any:
        if issue["number"] not in self.answered:
            self.counted["answered_first"] += 1
            self.answered.add(issue["number"])
        return self.moves("approver", issue, "approve")

    def works(self, place: int, issue: Any) -> None:
        """One issue, from where the file left it to where this day leaves it."""
        if place % 12 == 0:
            self.counted["rejected"] += 1
            issue = self.moves("moderator", issue, "take")
            self.moves("moderator", issue, "reject", ground="no_matter")
            return
        issue = self.admits(issue)
        other = "amenities_department" if place % 2 else "road_directorate"
        issue = self.moves("coordinator", issue, "route", executor=other)
        self.counted["routed"] += 1
        if place % 7 == 0:
            reason = {"reason": "Не наша дорога", "responsible": "Дирекция дорог"}
            issue = self.moves("executor", issue, "return", **reason)
            self.counted["returned"] += 1
            issue = self.moves("coordinator", issue, "route", executor="utilities_ministry")
        if place % 5 == 0:
            until = (NOW + timedelta(days=9)).date().isoformat()
            issue = self.moves("executor", issue, "interim", text="Начали работы", until=until)
            issue = self.approves(issue)
        if place % 6 == 0:
            issue = self.moves("executor", issue, "answer", text="Сделано")
            issue = self.moves("approver", issue, "send_back", reason="Назовите, что сделано")
        if place % 10 == 1:
            return  # still with the executor when the day ends
        outcome = ("solved", "explained", "refused")[place % 3]
        issue = self.answers(issue, outcome)
        if place % 8 == 0:
            issue = self.moves("moderator", issue, "reopen", reason="Житель пишет: не решено")
            self.counted["reopened"] += 1
            if place % 16 == 0:
                self.answers(issue, "solved")


@pytest.mark.prove
def test_two_hundred_of_the_file_are_worked_through_the_api(
    node: Node, kursk_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    today = day_of(NOW, node.rulebook.directory.zone(UNIT))
    run_import(node, kursk_file, "kursk", UNIT, today, Console(quiet=True))
    with a_client(node, signed_in=False) as client:
        day = Day(node, client)
        issues = day.everything()
        assert len(issues) == ROWS
        offered = {issue["number"]: day.offers(issue["number"]) for issue in issues}
        signs = Counter(sign for offers in offered.values() for sign in {o["sign"] for o in offers})

        repeating = [issue for issue in issues if offered[issue["number"]]]
        chosen = repeating[:40]
        names = {issue["number"] for issue in chosen}
        # What may be merged into is not worked today, so that it is open whenever it is asked.
        kept = {offer["number"] for name in names for offer in offered[name]}
        rest = [i for i in issues if i["number"] not in names | kept]
        for place, issue in enumerate(chosen):
            heads = [o["number"] for o in offered[issue["number"]] if o["number"] not in names]
            if heads:
                day.merges(issue, heads[0], admitted=place % 2 == 1)
            else:
                day.works(place, issue)
        for place, issue in enumerate(rest[: WORKED - len(chosen)]):
            day.works(place, issue)

        assert len(day.left) == WORKED
        now_are = {i["number"]: i["state"] for i in day.everything()}
    assert {number: now_are[number] for number in day.left} == day.left
    assert set(day.left.values()) == {*ENDED, "routed", "reopened"}
    assert all(now_are[n] == "registered" for n in now_are if n not in day.left)

    day.counted["received"] = ROWS
    with node.transaction() as session:
        body = make_summary(
            session,
            node.rulebook,
            unit=UNIT,
            day=today,
            status="open",
            reason=None,
            serves=lambda territory, on: territory,
            now=node.clock(),
        )
        assert journal.broken_at(session) is None
    total: Counter[str] = Counter()
    for row in body["rows"]:
        total.update(row["counters"])
    assert {name: total[name] for name in COUNTED} == {name: day.counted[name] for name in COUNTED}
    closed = sum(total[f"closed_{word}"] for word in ("solved", "explained", "refused"))
    still = total["opened"] + total["reopened"] - closed - total["merged"]
    assert total["open"] == still
    assert still == sum(state in ("routed", "reopened") for state in day.left.values())

    twins = _twins(kursk_file)
    with capsys.disabled():
        print(f"\nrepeats offered by sign: {dict(signs)}; rows that repeat a text: {twins}")
        print(f"moves: {dict(day.done)}")
        print(f"left: {dict(Counter(day.left.values()))}; counted: {dict(day.counted)}")
    assert signs["same_text"] >= SAME_TEXT_AT_LEAST


def _twins(file: Path) -> int:
    """Rows whose text stands in an earlier row, letter by letter."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        texts = Counter(row["text"] for row in csv.DictReader(stream))
    return sum(number - 1 for number in texts.values())
