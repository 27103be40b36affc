"""`dev`, the one file that has to run before anything is installed."""

from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = (ROOT / "dev").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def dev() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("dev", str(ROOT / "dev"))
    spec = importlib.util.spec_from_loader("dev", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    loader.exec_module(module)
    sys.dont_write_bytecode = before
    return module


def test_it_imports_only_what_every_python_has() -> None:
    found = set()
    for node in ast.walk(ast.parse(SOURCE)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module).split(".")[0])
    assert found <= sys.stdlib_module_names


def test_an_old_python_can_read_it_and_be_told_what_is_needed() -> None:
    """Down to 3.8: newer syntax would end in a SyntaxError instead of a sentence."""
    ast.parse(SOURCE, feature_version=(3, 8))


def test_without_a_task_it_tells_how_it_is_used_and_fails() -> None:
    for words in ([], ["help"], ["unknown"]):
        told = subprocess.run(
            [sys.executable, str(ROOT / "dev"), *words], capture_output=True, text=True, check=False
        )
        assert told.returncode == 1
        for task in ("demo", "test", "check", "bench", "shell", "lock"):
            assert f"python3 dev {task}" in told.stderr


@pytest.mark.parametrize(
    ("typed", "parallel"),
    [
        ([], True),
        (["-k", "appeal"], True),
        (["-x", "--ff"], True),
        (["tests/test_dev.py"], False),
        (["tests/test_dev.py::test_x", "-x"], False),
    ],
)
def test_a_named_path_runs_alone_and_all_the_rest_in_parallel(
    dev: ModuleType, typed: list[str], parallel: bool
) -> None:
    command = [str(word) for word in dev.test(typed)]
    assert ("-n" in command) is parallel
    assert command[-len(typed) :] == typed or not typed


def test_the_environment_is_made_anew_when_the_lock_or_its_place_changes(
    dev: ModuleType, tmp_path: Path
) -> None:
    assert dev.stamp() == dev.stamp()
    assert dev.stamp(venv=tmp_path) != dev.stamp()
    changed = tmp_path / "requirements.lock"
    changed.write_bytes(dev.LOCK.read_bytes() + b"\n")
    assert dev.stamp(lock=changed) != dev.stamp()


def test_ci_runs_the_test_command_of_the_readme_and_nothing_else() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    assert script.splitlines()[-1] == "exec python3 dev test"
    assert "export CUR_PROVE=1" in script
    assert "python3 dev test" in (ROOT / "README.md").read_text(encoding="utf-8")
