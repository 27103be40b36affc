"""`cur person` and `cur retention`: what they write, print and refuse."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from typer.testing import CliRunner, Result

from node.__main__ import app
from node.bootstrap import Node, build
from node.domain.appeal import Contact
from node.settings import load
from node.store.session import open_engine
from node.store.tables import Base
from tests.support.appeals import moved, submitted, the_rulebook

ROOT = Path(__file__).resolve().parents[2]
Cur = Callable[..., Result]
WHO = Contact(name="Марфа Посадница", phone="+7 911 222-33-44", consent_version="abcdef")
TEXT = "Нет света. Марфа Посадница"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "node.toml"
    path.write_text('unit = "RU-MUR"\n', encoding="utf-8")
    return path


@pytest.fixture
def cur(config: Path, tmp_path: Path) -> Cur:
    """The command, on a node whose database is made without its migrations: it is quicker."""
    url = f"sqlite:///{tmp_path / 'data' / 'node.sqlite'}"
    (tmp_path / "data").mkdir()
    engine = open_engine(url, synchronous="OFF")
    Base.metadata.create_all(engine)
    engine.dispose()
    alembic = Config(toml_file=ROOT / "pyproject.toml")
    alembic.attributes["url"] = url
    command.stamp(alembic, "head")

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, [*words, "--config", str(config)])

    return run


@pytest.fixture
def node(cur: Cur, config: Path) -> Iterator[Node]:
    node = build(load(config, {}), rulebook=the_rulebook())
    yield node
    node.close()


def closed(node: Node, days_ago: int = 0) -> str:
    at = node.clock() - timedelta(days=days_ago)
    with node.transaction() as session:
        names = submitted(session, text=TEXT, contact=WHO, now=at)
        moved(session, names.issue_number, "reject", 1, ground="no_matter", now=at)
    return names.number


def said(result: Result) -> str:
    return " ".join((result.output + str(result.exception or "")).split())


def test_a_copy_is_written_for_programs_and_for_people(
    cur: Cur, node: Node, tmp_path: Path
) -> None:
    number = closed(node)
    file = tmp_path / "copy.json"
    words = ("person", "export", number, "--reason", "Заявление 5", "--out", str(file))
    result = cur(*words)
    assert result.exit_code == 0, said(result)
    assert json.loads(file.read_text())["appeals"][0]["contact"]["name"] == "Марфа Посадница"
    text = (tmp_path / "copy.txt").read_text()
    for line in ("Имя: Марфа Посадница", TEXT, "Согласие: версия abcdef", "Выдана копия"):
        assert line in text
    assert stat.S_IMODE(file.stat().st_mode) == stat.S_IMODE(0o600)
    assert "Посадница" not in result.output
    again = cur(*words)
    assert again.exit_code != 0
    assert "уже есть" in said(again)
    assert "json" in said(cur(*words[:-1], "copy.pdf"))


def test_a_contact_is_corrected_then_everything_erased(cur: Cur, node: Node) -> None:
    number = closed(node)
    reason = ("--reason", "Заявление 6")
    corrected = cur("person", "correct", number, "--phone", "+7 900 765-43-21", *reason)
    assert said(corrected).startswith(f"{number}: исправлено – phone.")
    wrong = cur("person", "correct", number, "--phone", "нет", *reason)
    assert wrong.exit_code != 0
    assert "не похож на номер" in said(wrong)
    erased = cur("person", "erase", number, *reason)
    assert erased.exit_code == 0, said(erased)
    assert f"{number}: удалено – контакты; удалено – текст обращения" in said(erased)
    assert "здесь ничего нет" in said(cur("person", "erase", number, *reason))


def test_an_erasure_of_an_open_issue_is_refused_in_a_line(cur: Cur, node: Node) -> None:
    with node.transaction() as session:
        number = submitted(session, text=TEXT, contact=WHO, now=node.clock()).number
    refused = cur("person", "erase", number, "--reason", "Заявление 7")
    assert refused.exit_code != 0
    assert f"{number}: проблема ещё не завершена" in said(refused)
    assert cur("person", "erase", number, "--reason", "Суд", "--force").exit_code == 0


def test_retention_shows_before_it_erases(cur: Cur, node: Node) -> None:
    for days in (400, 500, 3):
        closed(node, days_ago=days)
    shown = cur("retention", "--dry-run")
    assert shown.exit_code == 0, said(shown)
    assert "Ушло бы сейчас (ничего не изменено)" in said(shown)
    assert "Контакты: год" in said(shown)
    assert "Посадница" not in shown.output
    assert "пять лет со дня ответа" in said(shown)
    done = cur("retention", "--run")
    assert "Удалено и обезличено" in said(done)
    assert "сейчас удалять нечего" in said(cur("retention", "--run"))
    for words in ((), ("--dry-run", "--run")):
        refused = cur("retention", *words)
        assert refused.exit_code != 0
        assert "выберите одно" in said(refused)


def test_a_hold_is_placed_listed_and_released(cur: Cur, node: Node) -> None:
    number = closed(node, days_ago=400)
    assert cur("retention", "hold", number, "--reason", "Суд").exit_code == 0
    assert "Суд" in said(cur("retention", "holds"))
    assert "Под запретом удаления: 1" in said(cur("retention", "--run"))
    assert cur("retention", "release", number).exit_code == 0
    assert "Запретов удаления нет" in said(cur("retention", "holds"))
    assert "Контакты: год" in said(cur("retention", "--run"))
