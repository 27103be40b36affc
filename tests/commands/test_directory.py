"""`cur directory` as it is typed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from node.__main__ import app
from node.actions.publish_directory import NotStartedYet, NotTheTop
from node.bootstrap import build
from node.commands.run import begin
from node.settings import load

Cur = Callable[..., Result]
OWN = """code,tier,parent,name_ru,timezone,curator
RU-MUR,regional,SZFO,Мурманская область,Europe/Moscow,помощник полномочного представителя
47999000,municipal,RU-MUR,Новый город,Europe/Moscow,
"""


def cur_of(folder: Path, unit: str) -> Cur:
    folder.mkdir(exist_ok=True)
    config = folder / "node.toml"
    config.write_text(f'unit = "{unit}"\n[reference]\nunits = "own.csv"\n', encoding="utf-8")
    (folder / "own.csv").write_text(OWN.splitlines(keepends=True)[0], encoding="utf-8")
    return lambda *words: CliRunner().invoke(app, [*words, "--config", str(config)])


@pytest.fixture
def cur(tmp_path: Path) -> Cur:
    return cur_of(tmp_path, "RU")


def started(folder: Path) -> None:
    node = build(load(folder / "node.toml", {}))
    begin(node)
    node.close()


def test_curators_and_units_are_entered_in_a_file_and_signed(cur: Cur, tmp_path: Path) -> None:
    assert isinstance(cur("directory", "publish").exception, NotStartedYet)
    cur("keys", "init")
    assert isinstance(cur("directory", "publish").exception, NotStartedYet)
    started(tmp_path)
    assert "Подписать и разослать: cur directory publish" in cur("directory").output
    first = cur("directory", "publish")
    assert first.exit_code == 0, first.output
    assert "Справочник подписан" in first.output
    assert "не изменился" in cur("directory", "publish").output
    (tmp_path / "own.csv").write_text(OWN, encoding="utf-8")
    shown = cur("directory", "show").output
    assert "В файлах иначе" in shown
    assert "куратор не указано → «помощник полномочного представителя»" in shown
    assert "+ Новый город (47999000), под Мурманская область" in shown
    cur("directory", "publish")
    shown = cur("directory", "show").output
    assert "В файлах иначе" not in shown
    assert "83 из 83 ожидаемых" in shown


def test_a_node_below_is_told_who_signs(tmp_path: Path) -> None:
    cur = cur_of(tmp_path, "RU-MUR")
    cur("keys", "init")
    refused = cur("directory", "publish").exception
    assert isinstance(refused, NotTheTop)
    assert "Российская Федерация (RU)" in str(refused)
    assert "придёт сверху сам" in cur("directory", "show").output
