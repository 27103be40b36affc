"""The built wheel carries everything a node needs: it starts where there is no checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content as pip would lay it out."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    (wheel,) = folder.glob("*.whl")
    site = folder / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def cur(installed: Path, cwd: Path, *words: str) -> str:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("NODE_")}
    done = subprocess.run(
        [sys.executable, "-m", "node", *words],
        cwd=cwd,
        # Before the editable checkout, which would hide what the wheel lacks.
        env=plain | {"PYTHONPATH": str(installed), "NODE_UNIT": "RU-MUR"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_data_file_of_the_checkout_is_in_the_wheel(installed: Path) -> None:
    for folder in ("config", "migrations"):
        here = {
            path.relative_to(ROOT / folder)
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts and path.name != ".keep"
        }
        there = installed / "node" / "_data" / folder
        assert [str(path) for path in here if not (there / path).is_file()] == []


def test_what_pages_and_protocol_read_at_run_time_is_in_the_wheel(installed: Path) -> None:
    read = (".html", ".css", ".js", ".svg", ".md", ".json", ".toml")
    for package in ("node", "federation"):
        here = [path for path in (ROOT / package).rglob("*") if path.suffix in read]
        missing = [path for path in here if not (installed / path.relative_to(ROOT)).is_file()]
        assert missing == []


def test_a_node_from_the_wheel_makes_its_database_and_says_its_settings(
    installed: Path, tmp_path: Path
) -> None:
    told = cur(installed, tmp_path, "config")
    assert '"unit": "RU-MUR"' in told
    cur(installed, tmp_path, "migrate")
    assert (tmp_path / "data" / "node.sqlite").stat().st_size > 0
    assert cur(installed, tmp_path, "token", "add", "duty").strip()
