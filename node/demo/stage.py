"""Where the demo's nodes live: their folders, settings, databases, keys."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from node import settings as node_settings
from node.bootstrap import Node, build, migrate_database
from node.clock import Clock
from node.commands import membership
from node.commands.keys import create
from node.demo.cast import DISTRICT, Cast
from node.domain.directory import Directory
from node.domain.rulebook import Rulebook
from node.reference import load_rulebook
from node.settings import Settings, Web

if TYPE_CHECKING:
    import httpx

PLAYED = "played"
TEMPLATE = "template"
CURATOR = "заместитель полномочного представителя"
UNITS_HEADER = "code,tier,parent,name_ru,timezone,curator\n"
LIVE_TOML = """\
# Written by the demo. The same file, with other numbers in [policy], starts a node anywhere.
unit = "{unit}"
data = "data"

[web]
port = {port}

# What takes a minute or more between real nodes takes seconds here.
[policy]
exchange_seconds = 2
{open_days}relay_open_minutes = 0
"""
OWN_UNITS = """
# Curators of units are entered in a file of the top's own; `cur directory publish` signs it.
[reference]
units = "units.csv"
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """The folder of one demo."""

    folder: Path
    cast: Cast
    rulebook: Rulebook
    port: int

    def home(self, unit: str) -> Path:
        if unit in self.cast.live:
            return self.folder / unit
        return self.folder / PLAYED / unit

    def config(self, unit: str) -> Path:
        """node.toml of a live node."""
        return self.home(unit) / "node.toml"

    def settings(self, unit: str) -> Settings:
        if unit in self.cast.live:
            return node_settings.load(self.config(unit), env={})
        web = Web(public_url=self.cast.url(unit, self.port))
        return Settings(unit=unit, data=self.home(unit) / "data", web=web)

    def set_up(self) -> None:
        """An empty database and a settings file for every node; whatever was there is removed."""
        self.clear()
        template = Settings(unit=self.cast.live[0], data=self.folder / PLAYED / TEMPLATE)
        migrate_database(template)
        empty = template.data / "node.sqlite"
        for unit in (*self.cast.live, *self.cast.played):
            data = self.home(unit) / "data"
            data.mkdir(parents=True)
            # A copied file is a hundred times quicker than the same migrations once more.
            shutil.copyfile(empty, data / empty.name)
        for unit, port in zip(self.cast.live, self.cast.ports(self.port), strict=True):
            policy = self.rulebook.tier_of(unit)
            open_days = "open_summary_minutes = 0\n" if policy.intake else ""
            text = LIVE_TOML.format(unit=unit, port=port, open_days=open_days)
            if unit == self.cast.live[0]:
                write_units(self.rulebook.directory, self.home(unit) / "units.csv")
                text += OWN_UNITS
            self.config(unit).write_text(text, encoding="utf-8")

    def clear(self) -> None:
        """Remove the nodes of an earlier demo, and nothing else that may lie in the folder."""
        for unit in self.cast.live:
            shutil.rmtree(self.folder / unit, ignore_errors=True)
        shutil.rmtree(self.folder / PLAYED, ignore_errors=True)

    def node(
        self,
        unit: str,
        *,
        clock: Clock,
        transport: httpx.BaseTransport | None,
        synchronous: str = "FULL",
    ) -> Node:
        return build(
            self.settings(unit),
            rulebook=self.rulebook,
            clock=clock,
            transport=transport,
            synchronous=synchronous,
        )


def write_units(directory: Directory, file: Path) -> None:
    """The top's own units: the curator, by post, of the live district's regions."""
    rows = [
        f'{unit.code},{unit.tier},{unit.parent},"{unit.name}",{unit.timezone},{CURATOR}\n'
        for unit in (directory[DISTRICT], *directory.children(DISTRICT))
    ]
    file.write_text(UNITS_HEADER + "".join(rows), encoding="utf-8")


def quick_rulebook() -> Rulebook:
    """The shipped rulebook, but an open day is passed on at once: played nodes have no settings
    file to say so."""
    shipped = load_rulebook()
    return load_rulebook(tier_overrides={tier: {"relay_open_minutes": 0} for tier in shipped.tiers})


def invite(parent: Node, child: str, starts_on: date) -> str:
    """The word an administrator above would send to one below."""
    line = io.StringIO()
    quiet = Console(file=io.StringIO())
    membership.invite(parent, child, starts_on, Console(file=line, soft_wrap=True), quiet)
    return line.getvalue().split()[-1]


def join(child: Node, url: str, word: str) -> None:
    """What the administrator below would do with it."""
    if not child.has_keys:
        create(child)
    membership.join(child, url, word, None, Console(file=io.StringIO()))


def lowest_first(units: Iterable[str], rulebook: Rulebook) -> list[str]:
    """So that what a leaf says climbs to the top in one round."""
    above = rulebook.directory.ancestors
    return sorted(units, key=lambda unit: (-len(above(unit)), unit))
