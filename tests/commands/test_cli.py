"""The `cur` command as it is typed: what it prints, what it refuses, what it leaves on disk."""

from __future__ import annotations

import csv
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from node.__main__ import app
from node.bootstrap import build
from node.domain.errors import Invalid
from node.settings import load
from node.store import tokens

ROOT = Path(__file__).resolve().parents[2]
Cur = Callable[..., Result]
KURSK = ("--profile", "kursk", "--territory", "47701000", "--received-on", "2026-01-15")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "node.toml"
    path.write_text('unit = "RU-MUR"\n', encoding="utf-8")
    return path


@pytest.fixture
def cur(config: Path) -> Cur:
    def run(*words: str) -> Result:
        return CliRunner().invoke(app, [*words, "--config", str(config)])

    return run


def test_migrate_makes_the_database_and_says_its_version(cur: Cur, tmp_path: Path) -> None:
    first, again = cur("migrate"), cur("migrate")
    assert first.exit_code == again.exit_code == 0
    newest = max(path.name[:4] for path in (ROOT / "migrations" / "versions").glob("0*.py"))
    assert newest in first.output
    assert (tmp_path / "data" / "node.sqlite").exists()


def test_config_prints_what_the_node_sees_and_hides_secrets(
    cur: Cur, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NODE_DATABASE__URL", "sqlite:////tmp/hidden-name.sqlite")
    shown = cur("config").output
    assert '"unit": "RU-MUR"' in shown
    assert '"exchange_seconds": 60' in shown
    assert "hidden-name" not in shown


def test_keys_are_made_once_for_their_owner_only(cur: Cur, tmp_path: Path) -> None:
    assert "cur keys init" in cur("keys", "show").output
    made = cur("keys", "init")
    assert made.exit_code == 0
    for name in ("root.key", "signing.key"):
        mode = (tmp_path / "data" / "keys" / name).stat().st_mode
        assert stat.S_IMODE(mode) == 0o600
    assert cur("keys", "init").exit_code != 0
    assert cur("keys", "show").output == cur("keys").output == made.output


def test_a_token_is_shown_once_and_can_be_revoked(cur: Cur, config: Path) -> None:
    secret = cur("token", "add", "дежурный").output.strip()
    node = build(load(config, {}))
    with node.reading() as session:
        assert tokens.name_of_token(session, secret) == "дежурный"
    taken = cur("token", "add", "дежурный")
    assert taken.exit_code != 0
    assert cur("token", "revoke", "дежурный").exit_code == 0
    with node.reading() as session:
        assert tokens.name_of_token(session, secret) is None
    assert cur("token", "revoke", "дежурный").exit_code != 0
    node.close()


def test_invite_prints_the_one_line_to_type(cur: Cur) -> None:
    result = cur("invite", "47701000")
    assert result.exit_code == 0
    words = result.stdout.strip().split()
    assert words[:3] == ["cur", "join", "http://127.0.0.1:8000"]
    assert len(words) == 4


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("invite", "RU"), "RU"),
        (("invite", "Мурманск"), "47701000"),
        (("invite", "47701000", "--from", "вчера"), "--from"),
        (("join", "http://127.0.0.1:1", "short"), "token"),
        (("import", "нет.csv", "--profile", "kursk"), "--territory"),
        (
            (
                "import",
                "нет.csv",
                "--profile",
                "kursk",
                "--territory",
                "47701000",
                "--received-on",
                "2026-01-15",
            ),
            "нет.csv",
        ),
        (("import", "нет.csv", "--profile", "курск"), "kursk"),
    ],
)
def test_what_cannot_be_is_refused_by_name(cur: Cur, words: tuple[str, ...], named: str) -> None:
    result = cur(*words)
    assert result.exit_code != 0
    assert named in result.output + str(result.exception)


def test_import_counts_every_row_and_keeps_the_rejected(cur: Cur, tmp_path: Path) -> None:
    file = tmp_path / "appeals.csv"
    rows = [
        ["id", "text", "topic"],
        ["1", "Яма на дороге", "Неработающее наружное освещение"],
        ["2", "", "Неработающее наружное освещение"],
        ["3", "Что-то ещё", "Неведомая тема"],
    ]
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    result = cur("import", str(file), *KURSK)
    assert result.exit_code == 0
    said = " ".join(result.output.split())
    assert "принято 2" in said
    assert "отклонено 1" in said
    assert "Неведомая тема" in said
    kept = (tmp_path / "appeals.rejected.csv").read_text(encoding="utf-8-sig")
    assert "text" in kept
    again = " ".join(cur("import", str(file), *KURSK).output.split())
    assert "принято 0" in again
    assert "уже были 2" in again


def test_an_error_is_one_line_and_exit_code_one(tmp_path: Path) -> None:
    path = tmp_path / "node.toml"
    path.write_text('unit = "RU"\ncolour = "red"\n', encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if not name.startswith("NODE_")}
    done = subprocess.run(
        [sys.executable, "-m", "node", "run", "--config", str(path)],
        capture_output=True,
        text=True,
        env=env | {"PYTHONIOENCODING": "utf-8"},
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "colour" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_picture_of_the_workflow_is_written_where_it_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "путь.svg"
    done = CliRunner().invoke(app, ["workflow", "--out", str(path)])
    assert (done.exit_code, "состояний 12" in done.output) == (0, True)
    assert "Взять на модерацию" in path.read_text(encoding="utf-8")
    refused = CliRunner().invoke(app, ["workflow", "--out", str(tmp_path / "нет" / "x.svg")])
    assert isinstance(refused.exception, Invalid)
    assert "--out" in str(refused.exception)
