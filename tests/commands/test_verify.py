"""`cur verify journal`: what it says of a whole journal, of a broken one and of a shortened one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from node.__main__ import app
from node.bootstrap import Node, build
from node.jobs import note_journal
from node.settings import load
from node.store import append_only, journal

Cur = Callable[..., Result]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "node.toml"
    path.write_text('unit = "RU-MUR"\n', encoding="utf-8")
    return path


@pytest.fixture
def cur(config: Path) -> Cur:
    """The command, on a node whose journal has four entries."""

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, [*words, "--config", str(config)])

    for number in range(4):
        assert run("token", "add", f"дежурный {number}").exit_code == 0
    return run


@pytest.fixture
def node(cur: Cur, config: Path) -> Node:
    node = build(load(config, {}))
    with node.transaction() as session:
        if append_only.missing(session, "journal"):
            for sql in append_only.statements("journal", "sqlite"):
                session.execute(text(sql))
    return node


def tamper(node: Node, statement: str) -> None:
    """And put the triggers back, as whoever hides it would."""
    made = append_only.statements("journal", "sqlite")
    with node.transaction() as session:
        for sql in made:
            session.execute(text(f"DROP TRIGGER {sql.split()[2]}"))
        session.execute(text(statement))
        for sql in made:
            session.execute(text(sql))


def said(result: Result) -> str:
    return " ".join(result.output.split())


def head_of(result: Result) -> str:
    found = re.search(r"\d+:[0-9a-f]{64}", result.output)
    assert found is not None
    return found[0]


def test_a_whole_journal_fits_and_its_head_is_told(cur: Cur, node: Node) -> None:
    result = cur("verify", "journal")
    assert result.exit_code == 0
    with node.reading() as session:
        head = journal.newest(session)
    assert head.entries >= 4
    assert f"Сходятся все записи: {head.entries}." in said(result)
    assert head_of(result) == str(head)
    assert "конец по самой цепочке не виден" in said(result)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE journal SET actor = 'nobody' WHERE id = 2", "запись 2: хеш не следует"),
        ("DELETE FROM journal WHERE id = 2", "нет записи 2: их удалили"),
        ("DELETE FROM journal WHERE id < 3", "нет записей 1–2: их удалили"),
        ("UPDATE journal SET details = 'x' WHERE id = 3", "запись 3 не читается"),
    ],
)
def test_a_tampered_entry_is_named_with_what_is_wrong(
    cur: Cur, node: Node, statement: str, words: str
) -> None:
    tamper(node, statement)
    result = cur("verify", "journal")
    assert result.exit_code == 1
    assert f"Журнал не сходится: {words}" in said(result)
    assert "Traceback" not in result.output


def test_a_head_noted_before_shows_that_the_end_was_cut_off(
    cur: Cur, node: Node, tmp_path: Path
) -> None:
    noted = head_of(cur("verify", "journal"))
    assert cur("verify", "journal", "--head", noted).exit_code == 0
    last = int(noted.partition(":")[0])
    tamper(node, f"DELETE FROM journal WHERE id = {last}")
    assert cur("verify", "journal").exit_code == 0
    result = cur("verify", "journal", "--head", noted)
    assert result.exit_code == 1
    assert f"нет записи {last}, а раньше они были" in said(result)
    paper = tmp_path / "heads.txt"
    paper.write_text(f"18 ноября, дежурный записал {noted}\n", encoding="utf-8")
    assert cur("verify", "journal", "--against", str(paper)).exit_code == 1


def test_what_the_job_noted_beside_the_database_is_compared_by_itself(cur: Cur, node: Node) -> None:
    note_journal.run(node)
    note_journal.run(node)
    lines = node.settings.journal_heads.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1
    assert "Сверено с записанными раньше: 1." in said(cur("verify", "journal"))
    tamper(node, "DELETE FROM journal WHERE id > 2")
    assert "нет записей 3–" in said(cur("verify", "journal"))
    for _ in range(5):  # the chain grows beyond what was noted, but it is another one
        cur("token", "add", f"ещё {_}")
    result = cur("verify", "journal")
    assert result.exit_code == 1
    assert "не та, что была записана раньше" in said(result)


def test_a_table_without_its_triggers_is_told_of(cur: Cur, node: Node) -> None:
    with node.transaction() as session:
        session.execute(text("DROP TRIGGER journal_no_delete"))
    result = cur("verify", "journal")
    assert result.exit_code == 1
    assert "journal_no_delete" in said(result)


@pytest.mark.parametrize(
    ("words", "named"),
    [(("--head", "5"), "номер:хеш"), (("--against", "нет.txt"), "нет.txt")],
)
def test_a_head_that_is_none_is_refused(cur: Cur, words: tuple[str, str], named: str) -> None:
    result = cur("verify", "journal", *words)
    assert result.exit_code != 0
    assert named in result.output + str(result.exception)
