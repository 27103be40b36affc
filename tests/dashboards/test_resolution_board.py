"""«Решение проблем» against cases counted by hand, on both databases."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import event

from node.dashboards.resolution_board import Board, Row, Tally, make_board
from node.domain.access import Access
from node.domain.errors import Invalid
from node.domain.issue_choice import Choice, wanted
from node.domain.people import NewGrant
from node.domain.ranking import Period
from node.domain.reply_delivery import Shares
from node.domain.resolution import period_of
from node.domain.rights import Actor, NoRight, unlimited
from node.store import issues, work_lists
from node.store.issues import Issue, IssueFlow
from node.store.session import Database, Session
from tests.support.alerts import alarmed
from tests.support.appeals import NOW, TOWN, UNIT, admitted, moved, submitted, the_rulebook
from tests.support.messages import a_resident, an_answer

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ZONE = the_rulebook().directory.zone(UNIT)
EVERYBODY = unlimited("test", UNIT)


def somebody(*grants: NewGrant) -> Actor:
    rulebook = the_rulebook()
    return Actor("x", "x", rulebook.roles.permits(grants), within=rulebook.directory.is_within)


def the_board(
    session: Session,
    *,
    period: str = "week",
    by: str = "agency",
    actor: Actor = EVERYBODY,
    now: datetime = NOW,
) -> Board:
    return make_board(
        session, the_rulebook(), unit=UNIT, period=period, by=by, actor=actor, now=now
    )


def row(board: Board, key: str | None) -> Row:
    [found] = [one for one in board.rows if one.key == key]
    return found


def counted(tally: Tally) -> dict[str, int]:
    return {name: count for name, count in tally.counts.items() if count}


def closed(
    session: Session,
    topic: str,
    executor: str,
    outcome: str,
    *,
    came: datetime,
    answered: datetime,
    ended: datetime,
) -> Issue:
    number = submitted(session, topic=topic, now=came).issue_number
    moved(session, number, "route", 1, executor=executor, now=came)
    moved(session, number, "answer", 2, text="Сделаем", now=answered)
    return moved(session, number, "close", 3, outcome=outcome, reason="Так решено", now=ended)


# --- Figures --------------------------------------------------------------------------------------


def test_each_outcome_is_counted_apart_and_lateness_against_its_own_whole(
    database: Database,
) -> None:
    with database.transaction() as session:
        start = NOW - 60 * DAY
        water = ("utilities.cold_water", "water_utility")
        # In time; then answered in time and closed late; then everything late.
        closed(session, *water, "solved", came=NOW - HOUR, answered=NOW, ended=NOW)
        closed(session, *water, "explained", came=NOW - 2 * HOUR, answered=NOW, ended=NOW)
        late = closed(session, *water, "refused", came=start, answered=NOW, ended=NOW)
        assert late.final_due_at is not None
        assert late.final_due_at < NOW
        closed(session, "roads.pits", "road_directorate", "solved", came=start, answered=start,
               ended=start)  # fmt: skip
        board = the_board(session)
    agency = the_rulebook().agencies.agency_of("water_utility")
    assert agency == "utilities_ministry"  # an executor counts under its agency
    assert [one.key for one in board.rows] == [agency]  # nothing of the roads in this week
    found = row(board, agency).tally
    assert counted(found) == {
        "received": 2,
        "opened": 2,
        "answered_first": 3,
        "late_first": 1,
        "closed_solved": 1,
        "closed_explained": 1,
        "closed_refused": 1,
        "late_final": 1,
    }
    assert found.closed == 3
    assert found.first_on_time_share == pytest.approx(2 / 3)
    assert found.closed_on_time_share == pytest.approx(2 / 3)
    assert found.solve_median_hours is None  # one is no median
    assert counted(board.total) == counted(found)


def test_a_median_is_told_from_five_on_and_of_solved_ones_only(database: Database) -> None:
    with database.transaction() as session:
        for hours in (1, 2, 10, 20):
            closed(session, "roads.pits", "road_directorate", "solved",
                   came=NOW - hours * HOUR, answered=NOW, ended=NOW)  # fmt: skip
        for hours in (100, 100):
            closed(session, "roads.pits", "road_directorate", "explained",
                   came=NOW - hours * HOUR, answered=NOW, ended=NOW)  # fmt: skip
        assert the_board(session).total.solve_median_hours is None
        closed(session, "roads.pits", "road_directorate", "solved",
               came=NOW - 40 * HOUR, answered=NOW, ended=NOW)  # fmt: skip
        board = the_board(session)
    assert board.total.solve_median_hours == pytest.approx(10, rel=0.02)


def test_stocks_are_of_this_moment_whatever_the_period(database: Database) -> None:
    with database.transaction() as session:
        admitted(session, topic="roads.pits", received_at=NOW - 100 * DAY)  # dragging
        admitted(session, topic="roads.pits", received_at=NOW - 31 * DAY)  # overdue
        admitted(session, topic="roads.pits")
        submitted(session, topic="roads.pits")  # waits for moderation: not open yet
        for period in ("week", "2020-01-01..2020-01-02"):
            total = the_board(session, period=period, by="sector").total
            assert [total[name] for name in ("open", "overdue", "dragging")] == [3, 2, 1]


def test_returns_reopenings_and_marks_stand_under_the_sector_of_now(database: Database) -> None:
    with database.transaction() as session:
        number = submitted(session, topic=None).issue_number
        moved(session, number, "route", 1, executor="water_utility")
        moved(session, number, "return", 2, reason="Не наши сети", responsible="дорожники")
        moved(session, number, "route", 3, executor="road_directorate")
        moved(session, number, "reclassify", 4, topic="roads.pits")
        moved(session, number, "answer", 5, text="Засыпали")
        moved(session, number, "close", 6, outcome="solved")
        moved(session, number, "reopen", 7, reason="Снова яма")
        issue = issues.by_number(session, number)
        assert issue is not None
        for counter in ("satisfied", "unsatisfied", "unsatisfied"):
            session.add(IssueFlow(issue_id=issue.id, counter=counter, at=NOW))
        session.flush()
        by_sector = the_board(session, by="sector")
        by_agency = the_board(session)
    assert [one.key for one in by_sector.rows] == ["roads"]
    tally = row(by_sector, "roads").tally
    assert [tally[name] for name in ("returned", "reopened", "satisfied", "unsatisfied")] == [
        *(1, 1, 1, 2)
    ]
    assert tally.satisfied_share == pytest.approx(1 / 3)
    agency = the_rulebook().agencies.agency_of("road_directorate")
    assert row(by_agency, agency).tally["returned"] == 1  # it stands with whoever has it now


def test_a_flow_counts_on_its_local_day_and_on_no_other(database: Database) -> None:
    midnight = datetime(2026, 11, 17, 21, tzinfo=NOW.tzinfo)  # of 18 November in Murmansk
    with database.transaction() as session:
        for moment in (midnight - timedelta(seconds=1), midnight):
            submitted(session, topic="roads.pits", received_at=moment)
        for day, expected in (("2026-11-17", 1), ("2026-11-18", 1), ("2026-11-16", 0)):
            board = the_board(session, period=f"{day}..{day}")
            assert board.total["received"] == expected


def test_nothing_at_all_is_an_empty_board_and_not_a_fault(database: Database) -> None:
    with database.transaction() as session:
        board = the_board(session)
    assert (board.rows, board.alerts, list(board.soon), board.answers) == ((), 0, [], Shares())
    total = board.total
    assert [total.first_on_time_share, total.closed_on_time_share, total.satisfied_share] == [
        None
    ] * 3


# --- Soon, alerts, answers ------------------------------------------------------------------------


def test_soon_is_from_the_warning_to_the_deadline_and_the_list_shows_the_same(
    database: Database,
) -> None:
    rulebook = the_rulebook()
    with database.transaction() as session:
        number = admitted(session, topic="roads.pits").issue_number
        issue = issues.by_number(session, number)
        assert issue is not None
        assert issue.warn_at is not None
        assert issue.next_due_at is not None
        warned, due = issue.warn_at, issue.next_due_at
        assert NOW < warned < due
        second = timedelta(seconds=1)
        for now, soon in ((warned - second, []), (warned, [number]), (due, [])):
            board = the_board(session, now=now)
            assert [one.number for one in board.soon] == soon
            assert board.total["soon"] == len(soon)
            asked = wanted(
                Choice(due="soon"),
                rulebook=rulebook,
                unit=UNIT,
                now=now,
                shown=Access(EVERYBODY, rulebook, UNIT).shown,
            )
            listed = work_lists.work_list(session, asked, limit=10)
            assert [one.number for one in listed] == soon
        moved(session, number, "route", 2)
        moved(session, number, "pause", 3, text="Какой дом?")  # the clock stands still
        assert not the_board(session, now=warned).soon


def test_alerts_not_acknowledged_are_counted_for_whom_the_issue_is(database: Database) -> None:
    with database.transaction() as session:
        number, _ = alarmed(session, topic="gas.leak")
        board = the_board(session)
        assert (board.alerts, [one.issue.number for one in board.alarms]) == (1, [number])
        roads = somebody(NewGrant("block_owner", UNIT, sectors=("roads",)))
        other = the_board(session, actor=roads)
        assert (other.alerts, list(other.alarms)) == (0, [])


def test_answers_are_of_issues_in_sight(database: Database) -> None:
    with database.transaction() as session:
        page = a_resident(session, email=None, reply_by="status_page", link_shown=True)
        an_answer(session, page, a_resident(session, email=None, reply_by=None))
        assert the_board(session).answers == Shares(0, 1, {"no_way_to_answer": 1}, 0)
        stranger = somebody(NewGrant("block_owner", UNIT, sectors=("culture",)))
        assert the_board(session, actor=stranger).answers == Shares()


# --- Access ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("grant", "keys"),
    [
        (NewGrant("block_owner", UNIT, sectors=("roads",)), ["roads"]),
        (NewGrant("block_owner", UNIT, sectors=("health",)), ["health"]),
        (NewGrant("coordinator", UNIT), ["roads"]),  # closed and unsorted ones are not shown
        (NewGrant("moderator", UNIT), ["roads", "unsorted"]),
        (NewGrant("head", UNIT), ["health", "roads"]),
        (NewGrant("moderator", UNIT, sectors=("*",)), ["health", "roads", "unsorted"]),
        (NewGrant("approver", "RU-KGD"), []),
    ],
    ids=str,
)
def test_only_what_may_be_read_is_counted(
    database: Database, grant: NewGrant, keys: list[str]
) -> None:
    with database.transaction() as session:
        for topic in ("roads.pits", "health.queues", None):
            admitted(session, topic=topic, territory=TOWN)
        board = the_board(session, by="sector", actor=somebody(grant))
    assert sorted(one.key for one in board.rows) == keys
    for name in ("received", "opened", "open"):
        assert board.total[name] == len(keys)


@pytest.mark.parametrize("role", ["executor", "analyst", "administrator"])
def test_without_reading_issues_and_rankings_there_is_no_board(
    database: Database, role: str
) -> None:
    with database.reading() as session, pytest.raises(NoRight):
        the_board(session, actor=somebody(NewGrant(role, UNIT)))


# --- Periods and queries --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("week", date(2026, 11, 12), date(2026, 11, 18)),
        ("month", date(2026, 10, 20), date(2026, 11, 18)),
        ("quarter", date(2026, 8, 20), date(2026, 11, 18)),
        ("2026-11-01..2026-11-30", date(2026, 11, 1), date(2026, 11, 18)),  # not over yet
        ("2026-10-01..2026-10-31", date(2026, 10, 1), date(2026, 10, 31)),
    ],
)
def test_a_period_ends_today_at_the_latest(text: str, first: date, last: date) -> None:
    assert period_of(text, ZONE, NOW) == Period(first, last)


@pytest.mark.parametrize(
    "text",
    ["", "day", "year", "..", "2026-11-02..2026-11-01", "2026-11-19..2026-11-20",
     "9999-12-31..9999-12-31", "0001-01-01..0001-01-02", "2020-01-01..2026-11-18"],
)  # fmt: skip
def test_a_period_that_cannot_be_is_named(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        period_of(text, ZONE, NOW)
    assert [fault.field for fault in refused.value.faults] == ["period"]


def test_the_board_asks_eight_queries_however_much_happened(database: Database) -> None:
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    with database.transaction() as session:
        for times in (1, 12):
            for _ in range(times):
                closed(session, "roads.pits", "road_directorate", "solved",
                       came=NOW - HOUR, answered=NOW, ended=NOW)  # fmt: skip
                alarmed(session, topic="gas.leak")
                admitted(session, topic="health.queues")
            session.flush()
            asked.clear()
            the_board(session)
            assert len(asked) == 8
