"""`cur people` as it is typed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from node.__main__ import app
from node.bootstrap import Node, build
from node.settings import load
from node.store import journal, people

Cur = Callable[..., Result]
IVANOVA = ("ivanova", "--name", "Имя Фамилия", "--post", "Администратор узла")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "node.toml"
    path.write_text('unit = "RU-MUR"\n', encoding="utf-8")
    return path


@pytest.fixture
def cur(config: Path) -> Cur:
    def run(*words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(app, ["people", *words, "--config", str(config)], input=typed)

    return run


def fits(config: Path, login: str, password: str) -> bool:
    node: Node = build(load(config, {}))
    try:
        with node.reading() as session:
            person = people.by_login(session, login)
            assert person is not None
            assert journal.broken_at(session) is None
        return node.passwords.fits(person.password, password)
    finally:
        node.close()


def test_a_person_is_entered_and_the_password_alone_goes_to_standard_output(
    cur: Cur, config: Path
) -> None:
    result = cur("add", *IVANOVA, "--role", "administrator", "--role", "head")
    assert result.exit_code == 0
    password = result.stdout.strip()
    assert len(password) == 23
    assert fits(config, "ivanova", password)
    listed = cur("list").stdout
    assert "ivanova  Имя Фамилия, Администратор узла" in listed
    assert "administrator (Администратор)  RU-MUR" in listed
    assert "head (Глава)  RU-MUR" in listed
    assert password not in listed


def test_a_password_may_be_given_but_never_as_a_word_of_the_command(cur: Cur, config: Path) -> None:
    result = cur(
        "add", *IVANOVA, "--role", "head", "--password-stdin", typed="пароль из нескольких слов\n"
    )
    assert result.exit_code == 0
    assert result.stdout == ""
    assert fits(config, "ivanova", "пароль из нескольких слов")
    assert "--password " not in cur("add", "--help").output


def test_roles_are_given_limited_and_taken(cur: Cur) -> None:
    cur("add", *IVANOVA, "--role", "head")
    given = cur("grant", "ivanova", "executor", "--unit", "47701000", "--agency", "health_ministry")
    assert given.exit_code == 0
    assert "executor (Исполнитель)  47701000  health_ministry" in cur("list").stdout
    assert cur("revoke", "ivanova", "executor", "--unit", "47701000").exit_code == 0
    assert "executor" not in cur("list").stdout


def test_access_is_ended_and_given_again(cur: Cur, config: Path) -> None:
    first = cur("add", *IVANOVA, "--role", "head").stdout.strip()
    assert cur("disable", "ivanova").exit_code == 0
    assert "(отключён)" in cur("list").stdout
    assert cur("enable", "ivanova").exit_code == 0
    second = cur("password", "ivanova").stdout.strip()
    assert second != first
    assert fits(config, "ivanova", second)
    assert cur("unlock", "ivanova").exit_code == 0


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("add", "я", "--name", "И", "--post", "П", "--role", "head"), "login"),
        (("add", "x1", "--name", "И", "--post", "П", "--role", "boss"), "moderator"),
        (("add", "x1", "--name", "И", "--post", "П", "--role", "head", "--unit", "RU"), "unit"),
        (("grant", "nobody", "head"), "нет"),
        (("disable", "nobody"), "нет"),
    ],
)
def test_what_cannot_be_is_refused_by_name(cur: Cur, words: tuple[str, ...], named: str) -> None:
    result = cur(*words)
    assert result.exit_code != 0
    assert named in result.output + str(result.exception)


def test_a_weak_password_is_refused(cur: Cur) -> None:
    result = cur("add", *IVANOVA, "--role", "head", "--password-stdin", typed="коротко\n")
    assert result.exit_code != 0
    assert "от 12" in str(result.exception)


def test_a_node_without_people_says_how_to_begin(cur: Cur) -> None:
    assert "cur people add" in cur("list").output
