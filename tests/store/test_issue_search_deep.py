"""Words among more issues than are walked: by the index, by the other filters, page after page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

from node.domain.access import Sight
from node.domain.issue_choice import Scope, Wanted
from node.domain.search_words import search_for
from node.store import work_lists
from node.store.issue_search import WALKED
from node.store.issue_texts import IssueText
from node.store.issues import Issue
from node.store.session import Database
from node.store.work_lists import Place
from tests.support.appeals import NOW, TOWN, UNIT

NUMBER = WALKED + 1_000
ALL = range(1, NUMBER + 1)


def words_of(number: int) -> str:
    """Of every issue «дорога»; of the first thousand, out of the walk's reach, rarer ones too."""
    found = ["дорога"]
    if number % 97 == 0 and number < 1_000:
        found.append("оранжерея")
    if number % 2 == 0:
        found.append("снег")
    return f" {' '.join(found)} "


def is_open(number: int) -> bool:
    return number % 3 == 0


def topic_of(number: int) -> str:
    return "roads.pits" if number < 400 else "health.queues"


def urgency_of(number: int) -> str:
    return "urgent" if number % 60 == 0 else "ordinary"


@pytest.fixture
def deep(database: Database) -> Database:
    """More issues than a walk reaches, by bulk."""
    with database.transaction() as session:
        session.execute(
            insert(Issue),
            [
                {
                    "id": number,
                    "number": f"{UNIT}-P26-{number:06}",
                    "topic": topic_of(number),
                    "territory": TOWN,
                    "state": "routed" if is_open(number) else "closed",
                    "channel": "api",
                    "urgency": urgency_of(number),
                    "formal": False,
                    "danger": False,
                    "version": 1,
                    "appeals": 1,
                    "arrived_at": NOW,
                    "changed_at": NOW,
                    "closed_at": None if is_open(number) else NOW,
                    "final_due_at": NOW + timedelta(days=30),
                    "interims": 0,
                    "returns": 0,
                    "reopens": 0,
                }
                for number in ALL
            ],
        )
        session.execute(
            insert(IssueText),
            [{"issue_id": number, "words": words_of(number), "own": None} for number in ALL],
        )
    return database


def expected(query: str, scope: Scope, topic: str | None, urgency: str | None = None) -> list[int]:
    return [
        number
        for number in reversed(ALL)
        if set(query.split()) <= set(words_of(number).split())
        and (scope is Scope.ALL or is_open(number) == (scope is Scope.OPEN))
        and topic in (None, topic_of(number))
        and urgency in (None, urgency_of(number))
    ]


@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize(
    ("topic", "urgency"), [(None, None), ("roads.pits", None), (None, "urgent")]
)
def test_every_way_of_looking_finds_the_same(
    deep: Database, scope: Scope, topic: str | None, urgency: str | None
) -> None:
    """Frequent words, rare ones, both together, and one that is nowhere; 40 a page."""
    with deep.reading() as session:
        for query in ("дорога", "снег", "оранжерея", "снег оранжерея", "трамвай"):
            wanted = Wanted(
                scope=scope,
                words=search_for(query),
                topics=None if topic is None else (topic,),
                urgency=urgency,
            )
            seen: list[int] = []
            after: Place | None = None
            while page := work_lists.work_list(session, wanted, after=after, limit=40):
                seen += [issue.id for issue in page]
                after = Place(page[-1].id)
                if len(seen) >= 120:
                    break
            found = expected(query, scope, topic, urgency)
            assert seen == found[: len(seen)], query
            assert len(seen) >= min(120, len(found)), query


def test_what_is_not_to_be_seen_is_not_found_by_the_index_either(deep: Database) -> None:
    hidden = Sight(hidden=("roads",))
    with deep.reading() as session:
        for query in ("оранжерея", "дорога"):
            wanted = Wanted(scope=Scope.ALL, words=search_for(query), shown=(hidden,))
            found = work_lists.work_list(session, wanted, limit=NUMBER)
            numbers = {issue.id for issue in found}
            assert numbers == set(expected(query, Scope.ALL, "health.queues"))
