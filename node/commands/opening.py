"""What every command begins with: the settings file, the consoles, a node on a ready database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from node.bootstrap import Node, build, migrate_database
from node.settings import Settings, load

Config = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", envvar="CUR_CONFIG", help="Файл настроек; без него node.toml рядом."
    ),
]
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def settings_of(config: Path | None) -> Settings:
    if config is None and Path("node.toml").exists():
        config = Path("node.toml")
    return load(config)


@contextmanager
def opened(config: Path | None) -> Iterator[Node]:
    """A node for one command, on a database that is brought up to date first."""
    settings = settings_of(config)
    node = build(settings)
    try:
        migrate_database(settings)
        node.refresh()
        yield node
    finally:
        node.close()
