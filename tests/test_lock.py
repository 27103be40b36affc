"""The lock: hashed, complete, and silent about where packages come from."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def addresses(lock: str) -> list[str]:
    """Lines that name a host or a place: an address, an index, a link, a path, a checkout."""
    telling = re.compile(r"://|^\s*-(?!-hash)|^\s*--(?!hash=)|\s@\s|^\s*\.{0,2}/")
    return [line for line in lock.splitlines() if telling.search(line)]


def unhashed(lock: str) -> list[str]:
    """Packages without a sha256."""
    blocks = re.split(r"(?m)^(?=\S)", lock)
    return [block.split()[0] for block in blocks if block.strip() and "--hash=sha256:" not in block]


def locked(lock: str) -> dict[str, str]:
    return {canonicalize_name(name): version for name, version in PIN.findall(lock)}


def unlocked(requirements: list[str], lock: str) -> list[str]:
    """What is asked for and stands in the lock in no fitting version."""
    pins = locked(lock)
    missing = []
    for line in requirements:
        asked = Requirement(line)
        version = pins.get(canonicalize_name(asked.name))
        if asked.marker is not None and not asked.marker.evaluate():
            continue
        if version is None or version not in asked.specifier:
            missing.append(line)
    return missing


def test_the_lock_names_no_address() -> None:
    assert addresses(LOCK) == []


def test_every_package_of_the_lock_has_a_hash() -> None:
    assert unhashed(LOCK) == []


def test_what_pyproject_asks_for_is_locked_in_a_fitting_version() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert unlocked(pyproject["project"]["dependencies"], LOCK) == []
    assert unlocked(pyproject["dependency-groups"]["dev"], LOCK) == []
    assert unlocked(pyproject["build-system"]["requires"], LOCK) == []


def test_what_runs_here_is_what_is_locked() -> None:
    pins = locked(LOCK)
    for name in ("fastapi", "sqlalchemy", "cryptography", "httpx", "pydantic", "pytest"):
        assert distribution(name).version == pins[name]


def test_each_rule_of_the_lock_can_fail() -> None:
    hashed = "a==1 \\\n    --hash=sha256:00\n"
    assert addresses(hashed) == []
    assert addresses(f"--index-url https://packages.example/simple\n{hashed}")
    assert addresses(f"-e ./node\n{hashed}")
    assert addresses("a @ file:///srv/a.whl\n")
    assert unhashed(hashed) == []
    assert unhashed("b==2\n" + hashed) == ["b==2"]
    assert unlocked(["a>=1"], hashed) == []
    assert unlocked(["a>=2", "b"], hashed) == ["a>=2", "b"]
