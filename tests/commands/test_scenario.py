"""`cur scenario`: what it lists, prints and refuses, and what it says of a wrong file."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from node.__main__ import app
from node.commands.scenario_files import NoSuchScenario, known_scenarios, read_scenario
from node.reference import BadReferenceFile, data_dir

Cur = Callable[..., Result]


@pytest.fixture
def cur(tmp_path: Path) -> Cur:
    config = tmp_path / "node.toml"
    config.write_text('unit = "RU"\n', encoding="utf-8")

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, [*words, "--config", str(config)])

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A config folder of one's own with the shipped scenarios in it."""
    shutil.copytree(data_dir() / "config" / "scenarios", tmp_path / "config" / "scenarios")
    return tmp_path / "config"


def test_without_a_name_it_lists_what_there_is(cur: Cur) -> None:
    said = cur("scenario")
    assert said.exit_code == 0
    assert "cur-2020  Создание центров" in said.output


def test_an_unknown_name_lists_the_known_ones(cur: Cur) -> None:
    result = cur("scenario", "cur-2019")
    assert result.exit_code != 0
    assert str(result.exception) == "Сценария «cur-2019» нет; есть: cur-2020."


def test_it_prints_facts_reconstruction_and_the_comparison(cur: Cur) -> None:
    result = cur("scenario", "cur-2020")
    assert result.exit_code == 0
    said = " ".join(result.output.split())
    assert "готовность 41 %" in said
    assert "реконструкция 3" in said
    assert said.count("совпадает") == 6
    assert said.count("расходится") == 1
    assert "/directives/cur-2020-centres" in said
    again = cur("scenario", "cur-2020")
    assert "ничего не изменилось" in again.output


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        ("facts.csv", "RU-TVE,2020-10-27", "RU-TVE,27 октября", "27 октября"),
        ("facts.csv", "readiness,41,", "readiness,41,лишнее,", "fields"),
        ("facts.csv", "directive,unit", "directive,region", "columns must be"),
        ("readings.csv", "founding_act,100,", "founding_act,101,", "101"),
        ("news.csv", "complete,15", "complete,пятнадцать", "пятнадцать"),
        ("scenario.toml", 'deadline = "2020-12-01"', 'deadline = "скоро"', "deadline"),
        ("scenario.toml", "title =", "titel =", "title"),
        ("scenario.toml", "[[directives]]", "[[directives", "not TOML"),
    ],
)
def test_a_wrong_file_is_named_with_the_place(
    folder: Path, file: str, old: str, new: str, named: str
) -> None:
    path = folder / "scenarios" / "cur-2020" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadReferenceFile) as refused:
        read_scenario("cur-2020", folder)
    assert file in str(refused.value)
    assert named in str(refused.value)


def test_a_contradiction_between_files_names_the_folder(folder: Path) -> None:
    path = folder / "scenarios" / "cur-2020" / "readings.csv"
    with path.open("a", encoding="utf-8") as file:
        file.write("cur-2020-centres,RU-TVE,2020-10-27,staff,90,\n")
    with pytest.raises(BadReferenceFile, match="a fact is known of that day"):
        read_scenario("cur-2020", folder)


def test_a_missing_file_and_a_folder_without_scenarios_are_said(folder: Path) -> None:
    (folder / "scenarios" / "cur-2020" / "news.csv").unlink()
    with pytest.raises(BadReferenceFile, match=r"news\.csv: cannot be read"):
        read_scenario("cur-2020", folder)
    shutil.rmtree(folder / "scenarios")
    assert known_scenarios(folder) == ()
    with pytest.raises(NoSuchScenario, match="здесь нет ни одного"):
        read_scenario("cur-2020", folder)
