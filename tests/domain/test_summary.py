"""Which row of a day's summary a fact stands on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from node.domain.summary import ENOUGH, Fact, Lines, gather
from tests.support.appeals import the_rulebook

CLASSIFIER = the_rulebook().classifier
QUIET = "health.queues"  # sensitive
LOUD = "roads.pits"


def gathered(*facts: Fact) -> dict[tuple[str, str], dict[str, int]]:
    return {key: line.counters for key, line in _lines(facts).items()}


def _lines(facts: tuple[Fact, ...]) -> Lines:
    return gather(facts, serves=lambda territory: territory, classifier=CLASSIFIER)


def test_facts_of_one_topic_and_territory_are_one_row() -> None:
    assert gathered(
        Fact("A", LOUD, "received", 2), Fact("A", LOUD, "opened", 1), Fact("A", LOUD, "received", 1)
    ) == {("A", LOUD): {"received": 3, "opened": 1}}


def test_nothing_counted_is_no_row() -> None:
    assert gathered(Fact("A", LOUD, "overdue", 0)) == {}


def test_a_territory_not_served_counts_under_the_one_that_is() -> None:
    lines = gather(
        [Fact("A", LOUD, "received", 2), Fact("B", LOUD, "received", 3)],
        serves={"A": "A", "B": "A"}.__getitem__,
        classifier=CLASSIFIER,
    )
    assert {key: line.counters for key, line in lines.items()} == {("A", LOUD): {"received": 5}}


def test_few_of_a_sensitive_topic_stand_on_their_sectors_row() -> None:
    few = Fact("A", QUIET, "received", ENOUGH - 1)
    assert gathered(few, Fact("A", "health.staff", "open", 2)) == {
        ("A", "health"): {"received": ENOUGH - 1, "open": 2}
    }


def test_a_sensitive_topic_is_named_once_any_counter_reaches_five() -> None:
    facts = [Fact("A", QUIET, "received", 1), Fact("A", QUIET, "open", ENOUGH)]
    assert gathered(*facts) == {("A", QUIET): {"received": 1, "open": ENOUGH}}


def test_each_territory_is_looked_at_by_itself() -> None:
    assert gathered(Fact("A", QUIET, "received", ENOUGH), Fact("B", QUIET, "received", 1)) == {
        ("A", QUIET): {"received": ENOUGH},
        ("B", "health"): {"received": 1},
    }


def test_few_of_an_ordinary_topic_and_of_unsorted_stay_where_they_are() -> None:
    assert gathered(Fact("A", LOUD, "received", 1), Fact("A", "unsorted", "received", 1)) == {
        ("A", LOUD): {"received": 1},
        ("A", "unsorted"): {"received": 1},
    }


def test_durations_go_with_their_counter_and_are_never_negative() -> None:
    facts = (
        Fact("A", QUIET, "closed_solved", 1, minutes=-3),
        Fact("A", "health", "closed_solved", 2, minutes=7),
        Fact("A", QUIET, "closed_solved", 1, minutes=7),
    )
    [(key, line)] = _lines(facts).items()
    assert key == ("A", "health")
    assert (line.counters, line.minutes) == ({"closed_solved": 4}, {"closed_solved": {0: 1, 7: 3}})


@given(
    st.lists(
        st.builds(
            Fact,
            st.sampled_from("AB"),
            st.sampled_from((QUIET, LOUD, "health", "unsorted")),
            st.sampled_from(("received", "open")),
            st.integers(0, 4),
            st.none() | st.integers(0, 9),
        )
    ),
    st.randoms(),
)
def test_no_order_matters_and_nothing_is_lost(facts: list[Fact], chance: object) -> None:
    straight = _lines(tuple(facts))
    chance.shuffle(facts)  # type: ignore[attr-defined]
    assert _lines(tuple(facts)) == straight
    assert sum(sum(line.counters.values()) for line in straight.values()) == sum(
        fact.count for fact in facts
    )
