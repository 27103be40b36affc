"""Small directories, and others than the shipped, as an administrator of the top writes them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from node.bootstrap import Node
from node.domain.directory import Directory, Unit


def a_unit(
    code: str,
    parent: str | None = None,
    *,
    tier: str = "any",
    name: str = "",
    population: int | None = None,
    timezone: str = "Europe/Moscow",
    lat: float | None = None,
    lon: float | None = None,
) -> Unit:
    return Unit(
        code=code,
        tier=tier,
        parent=parent,
        name=name or code,
        population=population,
        timezone=timezone,
        lat=lat,
        lon=lon,
    )


# Children are deliberately not listed beside their parents: order of rows must not matter.
SMALL = Directory(
    [
        a_unit("town-a", "north", name="Архангельск", population=300),
        a_unit("land"),
        a_unit("north", "land", name="Северный край", population=1000),
        a_unit("south", "land", name="Южный край", timezone="Asia/Vladivostok"),
        a_unit("town-b", "north", name="Котлас", population=200),
        a_unit("town-c", "south", name="Орёл", population=70),
        a_unit("town-d", "south", name="Курск"),
        a_unit("quarter", "town-b", name="Затон", population=50),
    ]
)


def changed(
    directory: Directory,
    *,
    added: Collection[Unit] = (),
    without: Collection[str] = (),
    **units: dict[str, Any],
) -> Directory:
    """The directory with some units changed; `RU_MUR` stands for the code RU-MUR."""
    changes = {code.replace("_", "-"): values for code, values in units.items()}
    return Directory(
        [
            *(
                replace(unit, **changes.get(unit.code, {}))
                for unit in directory.units
                if unit.code not in without
            ),
            *added,
        ]
    )


def enter(node: Node, **changes: Any) -> None:
    """Into the files of a node, as if it had been started on them. Nothing is signed by that."""
    node.files = replace(node.files, directory=changed(node.files.directory, **changes))
