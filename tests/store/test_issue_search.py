"""Words find the same issues on both databases, whatever form they are in, and never a person."""

from __future__ import annotations

import pytest

from node.domain.access import Sight
from node.domain.appeal import Contact
from node.domain.search_words import search_for
from node.store import issue_texts, issues, work_lists
from node.store.session import Database, Session
from node.store.work_lists import Place, Scope, Wanted
from tests.support.appeals import moved, submitted

TEXTS = {
    "pits": "Огромные ямы на дорогах у детского сада, машины бьются каждый день",
    "light": "Не горят фонари во дворе дома 5а по улице Карла Маркса",
    "snow": "Снег с крыш не чистят, сосульки висят над входом в детский сад",
    "bus": "Автобус 12 не ходит по расписанию, ждём по часу на морозе",
}


def written(session: Session) -> dict[str, str]:
    return {
        name: submitted(
            session,
            text=text,
            topic="roads.pits",
            contact=Contact(name="Запасов Фома", phone="+7 900 765-43-21"),
        ).issue_number
        for name, text in TEXTS.items()
    }


def found(session: Session, query: str, scope: Scope = Scope.OPEN) -> list[str]:
    asked = Wanted(scope=scope, words=search_for(query))
    return [issue.number for issue in work_lists.work_list(session, asked, limit=50)]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("яма", ["pits"]),
        ("ямой на дороге", ["pits"]),
        ("ДЕТСКИЙ САД", ["snow", "pits"]),
        ("детских садов", ["snow", "pits"]),
        ("фонарь", ["light"]),
        ("сосульками", ["snow"]),
        ("5а", ["light"]),
        ("12 автобусы", ["bus"]),
        ("снег яма", []),
        ("трамвай", []),
        ("Запасов", []),
        ("7654321", []),
        ('"; DROP TABLE issue; --', []),
        ("сад & | ! ( ) : * 'детский", ["snow", "pits"]),
    ],
)
def test_words_are_found_in_any_form_the_newest_first(
    database: Database, query: str, names: list[str]
) -> None:
    with database.transaction() as session:
        numbers = written(session)
        assert found(session, query) == [numbers[name] for name in names]


def test_an_issue_is_found_by_its_numbers(database: Database) -> None:
    with database.transaction() as session:
        taken = submitted(session, text=TEXTS["pits"])
        written(session)
        assert found(session, taken.number) == [taken.issue_number]
        assert found(session, taken.issue_number) == [taken.issue_number]


def test_a_merged_issue_is_found_under_its_head_and_apart_again(database: Database) -> None:
    with database.transaction() as session:
        numbers = written(session)
        moved(session, numbers["snow"], "merge", 1, into=numbers["pits"])
        assert found(session, "сосулька") == [numbers["pits"]]
        assert found(session, "сосулька", Scope.ALL) == [numbers["snow"], numbers["pits"]]
        moved(session, numbers["snow"], "unmerge", 2)
        assert found(session, "сосулька") == [numbers["snow"]]


def test_an_answer_is_found_too(database: Database) -> None:
    with database.transaction() as session:
        numbers = written(session)
        moved(session, numbers["bus"], "route", 1)
        moved(session, numbers["bus"], "answer", 2, text="Перевозчик оштрафован")
        assert found(session, "перевозчики") == [numbers["bus"]]


def test_what_is_erased_is_found_no_more(database: Database) -> None:
    with database.transaction() as session:
        numbers = written(session)
        issue = issues.by_number(session, numbers["snow"])
        assert issue is not None
        issue_texts.erase(session, [issue.id])
        assert found(session, "детский сад") == [numbers["pits"]]
        assert issue_texts.missing(session, limit=9) == [issue.id]


def test_pages_of_what_is_found_follow_each_other(database: Database) -> None:
    with database.transaction() as session:
        numbers = [submitted(session, text=TEXTS["pits"]).issue_number for _ in range(5)]
        asked = Wanted(words=search_for("яма"))
        seen: list[str] = []
        after: Place | None = None
        while page := work_lists.work_list(session, asked, after=after, limit=2):
            seen += [issue.number for issue in page]
            after = work_lists.place_of(page[-1], asked)
        assert seen == numbers[::-1]


def test_only_what_may_be_seen_is_found(database: Database) -> None:
    with database.transaction() as session:
        numbers = written(session)
        hidden = submitted(session, text=TEXTS["pits"], topic="health.queues").issue_number
        asked = Wanted(words=search_for("яма"), shown=(Sight(hidden=("health",)),))
        listed = [issue.number for issue in work_lists.work_list(session, asked, limit=9)]
        assert listed == [numbers["pits"]]
        assert found(session, "яма") == [hidden, numbers["pits"]]
