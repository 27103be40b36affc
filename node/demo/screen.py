"""What the person at the terminal sees: phases with bars, then a table; plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from node.demo.record import Record
from node.domain.directory import Directory
from node.domain.rulebook import Rulebook
from node.domain.tier import TierPolicy

Advance = Callable[[float], None]
"""Called with how much of the phase is done by now."""

WIDE = 160  # of a table that goes into a file: tokens must not be broken over lines
EVERY = 0.2  # of a phase: how often a plain line is written


class Screen:
    """Standard output."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)

    @contextmanager
    def phase(self, title: str, total: float) -> Iterator[Advance]:
        """One part of the work, with a bar that the body moves."""
        if self._console.is_terminal:
            with self._bar() as progress:
                task = progress.add_task(title, total=total)
                yield lambda done: progress.update(task, completed=done)
                progress.update(task, completed=total)
            return
        began, shown = time.monotonic(), 0.0
        self.line(f"{title} …")

        def advance(done: float) -> None:
            nonlocal shown
            if done / total - shown >= EVERY and done < total:
                shown = done / total
                self.line(f"  {done:.0f} из {total:.0f}, {time.monotonic() - began:.0f} с")

        yield advance
        self.line(f"{title}: готово за {time.monotonic() - began:.1f} с")

    def nodes(
        self, record: Record, directory: Directory, tier: Callable[[str], TierPolicy]
    ) -> None:
        """Every live node: what it is, where it is, how to get in."""
        table = Table(title="Узлы", title_justify="left", pad_edge=False)
        for column in ("узел", "уровень", "адрес", "токен"):
            table.add_column(column, overflow="fold", no_wrap=column == "адрес")
        for node in record.nodes:
            name = f"{directory.name(node.code)} ({node.code})"
            table.add_row(name, tier(node.code).name, node.url, node.token)
        if self._console.is_terminal:
            self._console.print(table)
        else:
            Console(highlight=False, width=WIDE).print(table)

    def people(self, record: Record, rulebook: Rulebook) -> None:
        """A login for every role, and what it is for."""
        urls = {node.code: node.url for node in record.nodes}
        table = Table(title="Люди: вход на странице /sign-in", title_justify="left", pad_edge=False)
        for column in ("роль", "узел", "адрес", "логин", "пароль"):
            table.add_column(column, overflow="fold", no_wrap=column != "роль")
        for one in record.people:
            title = rulebook.roles.title(one.role)
            table.add_row(title, one.unit, urls.get(one.unit, ""), one.login, one.password)
        if self._console.is_terminal:
            self._console.print(table)
        else:
            Console(highlight=False, width=WIDE).print(table)

    def line(self, text: str) -> None:
        self._console.print(text, soft_wrap=True, markup=False)

    def ready(self, url: str) -> None:
        """The last line, for people and for scripts."""
        print(f"ready: {url}", flush=True)

    def _bar(self) -> Progress:
        return Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
        )
