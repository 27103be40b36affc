"""The folders of config/scenarios/: which there are, and one of them read into a Scenario.

Every fault names the file, the line or key, and what is wrong there.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from node.domain import scenario_tables as tables
from node.domain.errors import NotFound
from node.domain.new_directive import quoted
from node.domain.scenario import Draft, InvalidScenario, Scenario
from node.reference import BadReferenceFile, data_dir

Value = TypeVar("Value")
HEADING = "scenario.toml"


class NoSuchScenario(NotFound):
    """Такого сценария нет."""


def known_scenarios(config_dir: Path | None = None) -> tuple[str, ...]:
    """The names of the scenarios shipped, or laid into a config folder of one's own."""
    folder = _folder(config_dir)
    return tuple(sorted(path.parent.name for path in folder.glob(f"*/{HEADING}")))


def read_scenario(name: str, config_dir: Path | None = None) -> Scenario:
    """NoSuchScenario names the known ones, BadReferenceFile the wrong place of a file."""
    known = known_scenarios(config_dir)
    if name not in known:
        listed = f"есть: {', '.join(known)}" if known else "здесь нет ни одного"
        raise NoSuchScenario(f"Сценария {quoted(name)} нет; {listed}.")
    folder = _folder(config_dir) / name
    title, about, directives = _heading(folder / HEADING)
    facts = _rows(folder / "facts.csv", tables.FACT_COLUMNS, tables.fact)
    rebuilt = _rows(folder / "readings.csv", tables.READING_COLUMNS, tables.rebuilt)
    news = _rows(folder / "news.csv", tables.NEWS_COLUMNS, tables.said)
    try:
        return Scenario(name, title, about, directives, tuple(facts), tuple(rebuilt), tuple(news))
    except InvalidScenario as error:
        raise BadReferenceFile(f"{folder}: {error}. Mend it and load again.") from error


def _folder(config_dir: Path | None) -> Path:
    return (config_dir or data_dir() / "config") / "scenarios"


def _heading(path: Path) -> tuple[str, str, tuple[Draft, ...]]:
    try:
        return tables.heading(tomllib.loads(_text(path)))
    except tomllib.TOMLDecodeError as error:
        raise BadReferenceFile(f"{path}: not TOML: {error}. Mend the place named.") from error
    except ValueError as error:
        raise BadReferenceFile(f"{path}: {error}. Mend it and load again.") from error


def _rows(
    path: Path, columns: tuple[str, ...], make: Callable[[tables.Row], Value]
) -> Iterator[Value]:
    """A row is one line; lines that begin with # are notes. Numbers are those of the file."""
    header: list[str] | None = None
    for number, line in enumerate(_text(path).split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        values = [value.strip() for value in next(csv.reader([line]))]
        if header is None:
            header = values
            if set(header) != set(columns) or len(header) != len(columns):
                raise BadReferenceFile(f"{path}:{number}: columns must be {', '.join(columns)}.")
            continue
        if len(values) != len(header):
            raise BadReferenceFile(
                f"{path}:{number}: {len(values)} fields where the header has {len(header)}. "
                "Put quotes around a text with a comma."
            )
        try:
            yield make(dict(zip(header, values, strict=True)))
        except InvalidScenario as error:
            raise BadReferenceFile(f"{path}:{number}: {error}. Mend this row.") from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadReferenceFile(f"{path}: cannot be read ({error}).") from error
