"""The map of a directive's addressees: which outlines are drawn where, and which get a name.

The outlines themselves are one file of their own, `/directives/map.svg`, which a browser keeps:
the page only says which of them stands where and in what colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from node.bootstrap import Node
from node.dashboards.directive_board import Row
from node.domain.directory import Directory
from node.domain.region_map import Box, Panel, Point, RegionMap
from node.reference import load_map
from node.web.locale import russian
from node.web.locale.directive_words import percent

MOST_LABELS = 6
LETTER = 0.64  # of the type's size, the width of a letter on average
MARGIN = 0.04
WIDE = 1.4  # a name may stick out of its place a little: its letters are counted generously


@dataclass(frozen=True, slots=True)
class Place:
    """An addressee on the map: its outline, and a disc where the outline is too small to hit or
    there is none."""

    row: Row
    is_outlined: bool
    disc: Point | None


@dataclass(frozen=True, slots=True)
class Label:
    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class PanelView:
    """A part of the map. `size` is that of its type and discs, in the units of the plane."""

    name: str
    view: Box
    size: float
    around: tuple[str, ...]
    places: tuple[Place, ...]
    labels: tuple[Label, ...]


@cache
def the_map(config: Path | None) -> RegionMap:
    """Read once a process, at the first page that draws it."""
    return load_map(config)


def map_of(node: Node) -> RegionMap:
    return the_map(node.settings.reference.folder)


def panels(found: RegionMap, directory: Directory, rows: Sequence[Row]) -> tuple[PanelView, ...]:
    """The panels with what they show; empty when most addressees have no outline: no map then."""
    if not rows or 2 * sum(row.unit in found.shapes for row in rows) < len(rows):
        return ()
    points = {row.unit: point for row in rows if (point := _point(found, directory, row.unit))}
    placed = [row for row in rows if row.unit in points]
    # Only the worst are named, each once: more names than that hide the map.
    unnamed = [row for row in placed if row.at_risk][:MOST_LABELS]
    views = []
    for panel in _panels(found, placed, points):
        inside = [row for row in placed if _meets(found, row.unit, points[row.unit], panel.view)]
        # A part that fills the whole picture has room for more letters.
        size = max(panel.view.width / 40, panel.view.height / 36) * (1 if panel.name else 0.65)
        labelled = [row for row in unnamed if panel.view.holds(points[row.unit])]
        unnamed = [row for row in unnamed if row not in labelled]
        views.append(
            PanelView(
                name=panel.name,
                view=panel.view,
                size=round(size, 2),
                around=tuple(
                    code
                    for code, shape in found.shapes.items()
                    if code not in points and shape.box.meets(panel.view)
                ),
                # Those at risk are drawn last: their border must lie over their neighbours'.
                places=tuple(
                    Place(row, row.unit in found.shapes, _disc(found, row.unit, points))
                    for row in sorted(inside, key=lambda row: row.at_risk)
                ),
                labels=_labels(
                    [(row, _around(found, row.unit, points)) for row in labelled],
                    panel.view,
                    size,
                ),
            )
        )
    return tuple(views)


def _point(found: RegionMap, directory: Directory, code: str) -> Point | None:
    if code in found.shapes:
        return found.shapes[code].label
    unit = directory.get(code)
    if unit is None or unit.lat is None or unit.lon is None:
        return None
    return found.projection.place(unit.lon, unit.lat)


def _panels(found: RegionMap, rows: Sequence[Row], points: dict[str, Point]) -> tuple[Panel, ...]:
    """One panel cropped to what is shown when one of the map's panels holds it all."""
    used = [panel for panel in found.panels if any(panel.view.holds(p) for p in points.values())]
    for panel in found.panels:
        if all(panel.view.holds(point) for point in points.values()):
            whole = Box.around(_around(found, row.unit, points) for row in rows)
            return (Panel("", whole.grown(MARGIN * max(whole.width, whole.height) + 1)),)
    return tuple(used)


def _meets(found: RegionMap, code: str, point: Point, view: Box) -> bool:
    return found.shapes[code].box.meets(view) if code in found.shapes else view.holds(point)


def _around(found: RegionMap, code: str, points: dict[str, Point]) -> Box:
    return found.shapes[code].box if code in found.shapes else Box(*points[code], 0, 0)


def _disc(found: RegionMap, code: str, points: dict[str, Point]) -> Point | None:
    if code in found.shapes and not found.is_tiny(code):
        return None
    return points[code]


def _labels(found: Sequence[tuple[Row, Box]], view: Box, size: float) -> tuple[Label, ...]:
    """Names beside their places: where least of the other names and places is covered."""
    taken: list[Box] = []
    labels = []
    for row, box in found:
        # A place fills its box but in the middle: outlines are no rectangles.
        others = [
            other.grown(-min(other.width, other.height) / 4)
            for one, other in found
            if one is not row
        ]
        text = f"{russian.short_place(row.name)} {percent(row.standing.percent)}"
        spots = _spots(box, Box(0, 0, len(text) * size * LETTER, size), view)
        spot = min(spots, key=lambda one: (_met(one, taken), _met(one, others)))
        taken.append(spot)
        # Text stands on its line: of a box of letters, four fifths down.
        labels.append(Label(text, round(spot.x, 1), round(spot.y + 0.8 * size, 1)))
    return tuple(labels)


def _spots(place: Box, text: Box, view: Box) -> list[Box]:
    """Upon a place that is wide enough, else left of it, right, below or above; as far as it has
    to be moved to stay in the view, it stands last."""
    gap = text.height / 4
    middle = Point(
        place.x + (place.width - text.width) / 2, place.y + (place.height - text.height) / 2
    )
    wanted = [
        Point(place.x - gap - text.width, middle.y),
        Point(place.x + place.width + gap, middle.y),
        Point(middle.x, place.y + place.height + gap),
        Point(middle.x, place.y - gap - text.height),
    ]
    wanted.insert(0 if text.width < WIDE * place.width else len(wanted), middle)
    right, bottom = view.x + view.width - text.width, view.y + view.height - text.height
    kept = [Point(min(max(x, view.x), right), min(max(y, view.y), bottom)) for x, y in wanted]
    order = sorted(range(len(kept)), key=lambda n: kept[n] != wanted[n])
    return [Box(*kept[n], text.width, text.height) for n in order]


def _met(spot: Box, others: Sequence[Box]) -> int:
    return sum(spot.meets(other) for other in others)
