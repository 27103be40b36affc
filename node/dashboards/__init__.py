"""Dashboards: one a file, a query's answer turned into what one picture shows.

Each entry names the board's address and its name in the navigation; the page that lays it out is
`web/pages/` of the same name.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dashboard:
    path: str
    name: str


DASHBOARDS: tuple[Dashboard, ...] = (
    Dashboard("/top", "ТОП проблем"),
    Dashboard("/directives", "Поручения"),
    Dashboard("/resolution", "Решение проблем"),
)
