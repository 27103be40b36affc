"""The shipped words of danger against two hundred labelled messages, and against real ones.

The messages are made up, written as residents write. 130 of them served to make the rules; 70
were committed before the rules were finished and measured once. The figures stand in
`node/help/danger.ru.md` and are printed by `./dev bench danger`.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from node.domain.danger import find_danger
from tests.support.appeals import the_rulebook
from tests.support.danger import HELD_OUT, MAKING, Judged, Message, judge, messages, wilson

FLOOR_RECALL = 0.95
FLOOR_PRECISION = 0.85


def judged(part: str | None = None) -> Judged:
    return judge(messages(part), the_rulebook().danger)


def test_there_are_two_hundred_messages_of_both_kinds_and_none_twice() -> None:
    every = messages()
    assert len({message.text for message in every}) == len(every) == 200
    assert sum(message.danger for message in every) == 80
    assert (len(messages(MAKING)), len(messages(HELD_OUT))) == (130, 70)


def test_a_dangerous_message_names_a_rule_that_exists() -> None:
    codes = {rule.code for rule in the_rulebook().danger.rules}
    assert {message.rule for message in messages() if message.danger} <= codes
    assert all(message.rule is None for message in messages() if not message.danger)


def test_danger_is_found_and_little_else_is() -> None:
    found = judged()
    assert found.recall >= FLOOR_RECALL, found.missed
    assert found.precision >= FLOOR_PRECISION, found.false


@pytest.mark.parametrize("part", [HELD_OUT, MAKING, None])
def test_the_guide_tells_the_figures_as_they_are(part: str | None) -> None:
    found = judged(part)
    guide = (Path(__file__).parents[3] / "node" / "help" / "danger.ru.md").read_text("utf-8")
    right = found.found
    recall = _told(right, right + len(found.missed), found.recall_interval)
    precision = _told(right, right + len(found.false), found.precision_interval)
    assert f"| {recall} | {precision} |" in guide


def _told(successes: int, of: int, interval: tuple[float, float]) -> str:
    low, high = (f"{bound:.2f}".replace(".", ",") for bound in interval)
    return f"{successes} из {of} ({low}–{high})"


def test_the_intervals_are_those_of_wilson() -> None:
    """Newcombe 1998, table I: 81 of 263 gives 0.2553–0.3662, 0 of 20 gives 0–0.1611."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=5e-5)


def test_the_measure_sees_a_rule_that_is_gone() -> None:
    """Without the rules of one danger its messages are missed: the floors can fail."""
    rules = the_rulebook().danger.extended(
        {"danger": {"rules": {code: {"off": True} for code in ("gas_leak", "open_hatch")}}}
    )
    assert judge(messages(), rules).recall < FLOOR_RECALL


@pytest.mark.parametrize("message", [m for m in messages() if m.danger], ids=lambda m: m.text[:40])
def test_the_place_that_fired_lies_in_the_text(message: Message) -> None:
    for danger in find_danger(message.text, the_rulebook().danger):
        assert 0 <= danger.start < danger.end <= len(message.text)
        assert (
            message.text[danger.start : danger.end].strip()
            == (message.text[danger.start : danger.end])
        )


def test_a_real_week_raises_few_alerts() -> None:
    """Two thousand messages of Kursk residents: the duty must not drown in alerts."""
    folder = Path(os.environ.get("CUR_DATA") or Path(__file__).parents[4] / "shared" / "data")
    file = folder / "kursk_appeals.csv"
    if not file.exists():
        pytest.skip(f"no {file.name} in {folder}: set CUR_DATA to the folder that holds it")
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    rules = the_rulebook().danger
    hatches = [row for row in rows if row["topic"].startswith("Отсутствие люков")]
    assert sum(bool(find_danger(row["text"], rules)) for row in rows) < 0.12 * len(rows)
    fired = sum(bool(find_danger(row["text"], rules)) for row in hatches)
    assert fired > 0.85 * len(hatches)
