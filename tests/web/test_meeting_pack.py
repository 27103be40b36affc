"""The meeting pack by its addresses and by the command, of the shipped history of 2020."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from node.__main__ import app
from node.bootstrap import Node
from node.commands.scenario import load_quietly
from node.store.session import open_engine
from node.store.tables import Base
from tests.support.web import a_client, a_node

PACK = "/directives/cur-2020-centres/pack"
MEETING = {"as_of": "2020-11-17", "since": "2020-10-31"}


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """Loaded once: no pack changes anything."""
    folder = tmp_path_factory.mktemp("country")
    url = f"sqlite:///{folder / 'node.sqlite'}"
    engine = open_engine(url, synchronous="OFF")
    Base.metadata.create_all(engine)
    engine.dispose()
    with a_node(folder, url, unit="RU") as node:
        load_quietly(node, "cur-2020")
        yield node


@pytest.fixture(scope="module")
def client(country: Node) -> Iterator[TestClient]:
    with a_client(country) as opened:
        yield opened


def test_fact_08_the_pack_of_the_meeting_is_saved_as_xlsx(client: TestClient) -> None:
    answer = client.get(f"{PACK}.xlsx", params=MEETING)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == (
        'attachment; filename="pack-cur-2020-centres-2020-11-17.xlsx"'
    )
    book = load_workbook(BytesIO(answer.content))
    header, *lines = book["Регионы"].iter_rows(values_only=True)
    assert len(lines) == 83
    worst = [dict(zip(header, line, strict=True)) for line in lines[:2]]
    assert [(row["Код"], row["Готовность, %"], row["Зона риска"]) for row in worst] == [
        ("RU-TVE", 41, "да"),
        ("RU-STA", 47, "да"),
    ]
    sources = [str(dict(zip(header, line, strict=True))["Данные"]) for line in lines]
    assert "реконструкция" not in sources[0] + sources[1]
    assert sum("реконструкция" in source for source in sources) > 50


def test_fact_08_the_pack_of_the_meeting_is_saved_as_pdf(client: TestClient) -> None:
    answer = client.get(f"{PACK}.pdf", params=MEETING)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF")


def test_without_dates_history_is_shown_as_of_its_deadline(client: TestClient) -> None:
    name = client.get(f"{PACK}.xlsx").headers["content-disposition"]
    assert "2020-12-01.xlsx" in name


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (f"{PACK}.xlsx?as_of=вчера", 422),
        ("/directives/nothing/pack.xlsx", 404),
        ("/directives/nothing/pack.pdf", 404),
    ],
)
def test_what_cannot_be_made_is_refused_by_name(
    client: TestClient, address: str, status: int
) -> None:
    assert client.get(address).status_code == status


def test_a_stranger_signs_in_first(country: Node) -> None:
    with a_client(country, signed_in=False) as client:
        assert client.get(f"{PACK}.xlsx").status_code == 303


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings of a node of its own, with the history loaded by the command."""
    path = tmp_path_factory.mktemp("node") / "node.toml"
    path.write_text('unit = "RU"\n', encoding="utf-8")
    result = CliRunner().invoke(app, ["scenario", "cur-2020", "--config", str(path)])
    assert result.exit_code == 0, result.output
    return path


def pack(config: Path, *words: str) -> Result:
    asked = ["pack", "cur-2020-centres", "--as-of", "2020-11-17", *words, "--config", str(config)]
    return CliRunner().invoke(app, asked)


def test_the_command_writes_both_files_and_says_what_they_stand_on(
    config: Path, tmp_path: Path
) -> None:
    result = pack(config, "--since", "2020-10-31", "--out", str(tmp_path))
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "pack-cur-2020-centres-2020-11-17.pdf",
        "pack-cur-2020-centres-2020-11-17.xlsx",
    ]
    assert "Данные на 17.11.2020, сравнение с 31.10.2020" in result.output
    assert "Реконструкция" in result.output


def test_a_day_of_comparison_after_the_data_is_refused(config: Path, tmp_path: Path) -> None:
    result = pack(config, "--since", "2020-11-18", "--out", str(tmp_path))
    assert result.exit_code == 1
    assert "--since" in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_a_directive_that_is_not_there_is_answered_with_those_that_are(config: Path) -> None:
    result = CliRunner().invoke(app, ["pack", "cur-2019", "--config", str(config)])
    assert result.exit_code == 1
    assert str(result.exception) == (
        "Поручения «cur-2019» нет; есть: cur-2020-cdto, cur-2020-centres."
    )


def test_a_folder_that_cannot_be_made_is_named(config: Path) -> None:
    result = pack(config, "--out", str(config / "pack"))  # below a file
    assert result.exit_code == 1
    assert str(result.exception).startswith("--out: папку ")
