"""What is due to be erased and when: the rule that fits, the two steps of a text, and bad rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from node.domain.retention import (
    Data,
    Held,
    InvalidRetention,
    Retention,
    Rule,
    due,
    next_at,
)
from node.domain.table import InvalidTable
from tests.support.appeals import the_rulebook

ENDED = datetime(2026, 1, 10, 9, tzinfo=UTC)
DAY = timedelta(days=1)
LAST = [Rule(f"any_{data}", "", data, erase_after=5000) for data in Data]


def held(**overrides: Any) -> Held:
    values: dict[str, Any] = {
        "id": 1,
        "of_issue": False,
        "subject": "RU-MUR-26-000001",
        "kind": "message",
        "channel": "web_form",
        "topic": "roads.pits",
        "ended_at": ENDED,
        "items": {Data.CONTACT: 1, Data.TEXT: 1, Data.PHOTOS: 2},
    }
    return Held(**values | overrides)


def rules(*rules: Rule) -> Retention:
    return Retention([*rules, *LAST])


def told(retention: Retention, one: Held, after: timedelta) -> list[tuple[str, str]]:
    return [
        (step.data.value, step.fate.value) for step in due(retention, one, one.ended_at + after)
    ]


def test_the_shipped_rules_keep_formal_appeals_for_five_years_and_messages_for_one() -> None:
    retention = the_rulebook().retention
    message, formal = held(), held(kind="formal")
    assert told(retention, message, 364 * DAY) == []
    assert told(retention, message, 365 * DAY) == [
        ("contact", "erase"),
        ("text", "redact"),
        ("photos", "erase"),
    ]
    assert told(retention, formal, 1825 * DAY) == []
    assert told(retention, formal, 1826 * DAY) == [
        ("contact", "erase"),
        ("text", "erase"),
        ("photos", "erase"),
    ]
    # What residents are promised by default, in days, leap day included.
    assert retention.longest == 1826 * DAY
    assert retention.shortest == 90 * DAY


def test_of_an_issue_texts_are_redacted_and_drafts_go_first() -> None:
    retention = the_rulebook().retention
    issue = held(items={Data.REPLIES: 2, Data.REASONS: 3, Data.DRAFTS: 1})
    assert told(retention, issue, 90 * DAY) == [("drafts", "erase")]
    assert told(retention, issue, 365 * DAY) == [
        ("drafts", "erase"),
        ("replies", "redact"),
        ("reasons", "redact"),
    ]


@pytest.mark.parametrize(
    ("rule", "fits", "misses"),
    [
        ({"kinds": {"formal"}}, {"kind": "formal"}, {"kind": "message"}),
        ({"channels": {"vk", "telegram"}}, {"channel": "vk"}, {"channel": "api"}),
        ({"topics": {"roads"}}, {"topic": "roads.pits"}, {"topic": "roadside.trees"}),
        ({"topics": {"roads.pits"}}, {"topic": "roads.pits"}, {"topic": "roads.snow"}),
        (
            {"kinds": {"formal"}, "topics": {"health"}},
            {"kind": "formal", "topic": "health.queues"},
            {"kind": "message", "topic": "health.queues"},
        ),
    ],
)
def test_the_first_rule_that_fits_decides(
    rule: dict[str, set[str]], fits: dict[str, str], misses: dict[str, str]
) -> None:
    limits = {name: frozenset(codes) for name, codes in rule.items()}
    short = Rule("short", "", Data.CONTACT, erase_after=10, **limits)
    retention = rules(short, Rule("other", "", Data.CONTACT, erase_after=100))
    assert told(retention, held(**fits), 10 * DAY) == [("contact", "erase")]
    assert told(retention, held(**misses), 99 * DAY) == []
    assert told(retention, held(**misses), 100 * DAY) == [("contact", "erase")]


def test_a_text_is_redacted_once_then_erased_and_never_both_at_once() -> None:
    retention = rules(Rule("text", "", Data.TEXT, redact_after=10, erase_after=20))
    one = held(items={Data.TEXT: 1})
    redacted = held(items={Data.TEXT: 1}, redacted=frozenset({Data.TEXT}))
    assert told(retention, one, 10 * DAY) == [("text", "redact")]
    assert told(retention, redacted, 19 * DAY) == []
    assert told(retention, one, 20 * DAY) == [("text", "erase")]
    assert told(retention, redacted, 20 * DAY) == [("text", "erase")]


def test_what_is_not_there_is_not_due() -> None:
    retention = rules(Rule("contact", "", Data.CONTACT, erase_after=1))
    assert told(retention, held(items={}), 9000 * DAY) == []
    assert told(retention, held(items={Data.CONTACT: 0}), 9000 * DAY) == []


def test_the_next_look_is_when_something_falls_due() -> None:
    retention = rules(Rule("text", "", Data.TEXT, redact_after=10, erase_after=20))
    both = [held(items={Data.TEXT: 1}), held(items={Data.CONTACT: 1})]
    assert next_at(retention, both, ENDED) == ENDED + 10 * DAY
    assert next_at(retention, both, ENDED + 10 * DAY) == ENDED + 20 * DAY
    assert next_at(retention, both, ENDED + 20 * DAY) == ENDED + 5000 * DAY
    assert next_at(retention, both, ENDED + 5000 * DAY) is None


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        (Rule("empty", "", Data.TEXT), "empty"),
        (Rule("mark", "", Data.CONTACT, redact_after=5), "mark"),
        (Rule("turned", "", Data.TEXT, redact_after=20, erase_after=20), "turned"),
        (Rule("request", "", Data.TEXT, erase_after=20), "request"),
        (Rule("any_text", "", Data.TEXT, erase_after=20), "any_text"),
    ],
)
def test_a_rule_that_cannot_be_is_named(bad: Rule, named: str) -> None:
    with pytest.raises(InvalidRetention, match=named):
        rules(bad)


def test_data_that_no_rule_ever_touches_are_refused() -> None:
    with pytest.raises(InvalidRetention, match="last rule for photos"):
        Retention([rule for rule in LAST if rule.data is not Data.PHOTOS])
    with pytest.raises(InvalidRetention, match="last rule for text"):
        Retention([*LAST, Rule("vk", "", Data.TEXT, erase_after=1, channels=frozenset({"vk"}))])


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ({"data": "letters"}, "data"),
        ({"erase_after": 0}, "erase_after"),
        ({"erase_after": 40000}, "erase_after"),
        ({"erase_after": "год"}, "erase_after"),
        ({"kinds": ["formel"]}, "kinds"),
        ({"topics": ["rods"]}, "topics"),
        ({"erase": 5}, "erase"),
        ({"code": ""}, "code"),
    ],
)
def test_the_file_is_read_strictly(entry: dict[str, object], named: str) -> None:
    base: dict[str, object] = {"code": "x", "name": "X", "data": "contact", "erase_after": 5}
    with pytest.raises(InvalidTable, match=named):
        Retention.from_table({"rules": [base | entry]}, the_rulebook().classifier)


def test_a_changed_rule_changes_the_fingerprint_and_a_new_name_does_not() -> None:
    first = rules(Rule("text", "", Data.TEXT, erase_after=20)).fingerprint()
    assert rules(Rule("text", "Имя", Data.TEXT, erase_after=20)).fingerprint() == first
    assert rules(Rule("text", "", Data.TEXT, erase_after=21)).fingerprint() != first
    topic = frozenset({"roads"})
    assert rules(Rule("text", "", Data.TEXT, erase_after=20, topics=topic)).fingerprint() != first
