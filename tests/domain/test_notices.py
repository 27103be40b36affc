"""The words of letters: fields, lines that fall out, templates that are refused by name."""

from __future__ import annotations

import copy
import tomllib
from typing import Any

import pytest

from node.domain.notices import ANSWERS, STAGES, Notices
from node.domain.table import InvalidTable
from node.reference import data_dir

SHIPPED = tomllib.loads((data_dir() / "config" / "notices.toml").read_text(encoding="utf-8"))
LINK = "https://cur.example/status/key"


@pytest.fixture(scope="module")
def notices() -> Notices:
    return Notices.from_table(SHIPPED)


def test_every_letter_names_the_appeal_and_its_link(notices: Notices) -> None:
    for stage in STAGES:
        letter = notices.letter(stage, {"number": "RU-MUR-26-000001", "link": LINK})
        assert "RU-MUR-26-000001" in letter.subject
        assert LINK in letter.text
        assert "{" not in letter.text + letter.subject
        assert set(ANSWERS.values()) <= set(STAGES)


def test_a_line_without_its_field_is_left_out(notices: Notices) -> None:
    fields = {"number": "1", "link": LINK, "text": "Засыпали.\n\nПроверьте.", "executor": ""}
    without = notices.letter("answered", fields).text
    assert "Отвечает" not in without
    assert "\n\n\n" not in without
    assert "Засыпали.\n\nПроверьте." in without
    assert "Отвечает: МУП." in notices.letter("answered", fields | {"executor": "МУП"}).text


def test_braces_typed_by_people_are_only_braces(notices: Notices) -> None:
    text = notices.letter("answered", {"number": "1", "link": LINK, "text": "{link} {0} {"}).text
    assert "{link} {0} {" in text


def test_no_field_breaks_a_subject_into_lines(notices: Notices) -> None:
    typed = "1\r\nBcc: all@example.org\u2028x\x00"
    letter = notices.letter("registered", {"number": typed, "link": LINK})
    assert letter.subject.splitlines() == [letter.subject]
    assert "\x00" not in letter.text


def test_an_alert_holds_nothing_of_the_resident(notices: Notices) -> None:
    letter = notices.alert.filled({"issue": "P1", "link": LINK, "topic": "Газ", "place": "Кола"})
    assert letter.subject == "ОПАСНОСТЬ: Кола, Газ, P1"
    assert "Поступило" not in letter.text


def test_a_warning_lists_issues_and_leaves_out_what_there_is_none_of(notices: Notices) -> None:
    words = notices.warning
    fields = {"issue": "P1", "deadline": "первый ответ", "due": "18.11.2026, 14:30", "link": LINK}
    line = words.lines(fields, late=False)
    assert line.splitlines()[-1] == LINK
    assert "просрочен" in words.lines(fields, late=True)
    letter = words.letter.filled({"issues": f"{line}\n\n{line}", "count": "2", "soon": LINK})
    assert letter.text.count("первый ответ – до 18.11.2026, 14:30") == 2
    for blank in ("Просрочено", "Не поместились", "account", "{"):
        assert blank not in letter.text


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("stages.rejected.text", "{number} {link} {reason}", r"rejected\.text must name {respons"),
        ("stages.registered.text", "{number}", r"registered\.text must name {link}"),
        ("stages.paused.text", "{number} {link} {phone}", r"paused\.text has {phone}"),
        ("stages.paused.text", "{number.x} {link} {text}", r"paused\.text has {number\.x}"),
        ("stages.paused.text", "{number!r} {link} {text}", r"paused\.text has {number}"),
        ("stages.paused.text", "{number", r"paused\.text has a brace"),
        ("stages.closed.subject", "{number}\n{link}", r"closed\.subject must be one line"),
        ("stages.closed.subject", "{number} {link}", r"closed\.subject must not hold {link}"),
        ("stages.clsoed", {"subject": "x", "text": "x"}, r"stages\.clsoed is not a known key"),
        ("alert.text", "{issue} {link} {text}", r"alert\.text has {text}"),
        ("frame.below", "{link}", r"frame\.below has {link}"),
        ("warning.text", "{issues} {soon}", r"warning\.text must name {others}"),
        ("warning.text", "{issues} {others} {soon} {text}", r"warning\.text has {text}"),
        ("warning.subject", "{issues}", r"warning\.subject must not hold {issues}"),
        ("warning.line", "{issue} {link}", r"warning\.line must name {due}"),
        ("warning.late", "{issue} {link} {due} {email}", r"warning\.late has {email}"),
    ],
)
def test_a_wrong_template_is_refused_by_name(path: str, value: object, named: str) -> None:
    values: dict[str, Any] = copy.deepcopy(SHIPPED)
    *above, last = path.split(".")
    table = values
    for key in above:
        table = table[key]
    table[last] = value
    with pytest.raises(InvalidTable, match=named):
        Notices.from_table(values)


def test_a_stage_left_out_is_refused() -> None:
    values = copy.deepcopy(SHIPPED)
    del values["stages"]["merged"]
    with pytest.raises(InvalidTable, match=r"stages\.merged\.subject is missing"):
        Notices.from_table(values)
