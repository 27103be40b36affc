"""Where an issue is, as a small picture: the outline of the region and a point on it.

Only what lat and lon say is drawn; an address is the resident's and is not shown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from node.bootstrap import Node
from node.domain.region_map import COORDINATE, Box, Point
from node.store.issues import Issue
from node.web.locale import russian
from node.web.pages.directive_map import map_of

MARGIN = 0.04
FARTHEST = 3  # times the size of the region, beyond which a point is of another place


@dataclass(frozen=True, slots=True)
class PlaceView:
    """`path`: an outline; `size`: of the point, in the units of the picture."""

    name: str
    path: str
    view: Box
    point: Point
    size: float
    degrees: str


def place_of(issue: Issue, node: Node) -> PlaceView | None:
    """None where no place is known, or nothing it lies in has an outline that holds it."""
    if issue.lat is None or issue.lon is None:
        return None
    found, directory = map_of(node), node.rulebook.directory
    around = (issue.territory, *directory.ancestors(issue.territory))
    unit = next((code for code in around if code in found.shapes), None)
    if unit is None:
        return None
    centre = found.projection.place(issue.lon, issue.lat)
    north = found.projection.place(issue.lon, issue.lat + 0.1)
    turn = math.atan2(north.x - centre.x, centre.y - north.y)
    outline = _turned(found.shapes[unit].path, centre, turn)
    box = _box(outline)
    # A point across the water, or of a slip in the figures, still stands beside the outline.
    whole = Box.around([box, Box(0, 0, 0, 0)])
    size = max(whole.width, whole.height)
    if size > FARTHEST * max(box.width, box.height):
        return None
    return PlaceView(
        name=russian.short_place(directory.name(unit)),
        path=outline,
        view=whole.grown(MARGIN * size),
        point=Point(0, 0),
        size=round(size / 40, 3),
        degrees=degrees(issue.lat, issue.lon),
    )


def degrees(lat: float, lon: float) -> str:
    return f"{lat:.5f}, {lon:.5f}"


def _turned(path: str, centre: Point, angle: float) -> str:
    """An outline around a point of it, north upwards: on the map of the whole country a region in
    the west or the east lies aslant."""
    cosine, sine = math.cos(angle), math.sin(angle)
    numbers = [float(one) for one in COORDINATE.findall(path)]
    letters = [one for one in path if one in "MLZ"]
    places = list(zip(numbers[::2], numbers[1::2], strict=True))
    turned = []
    for letter in letters:
        if letter == "Z":
            turned.append("Z")
            continue
        x, y = places.pop(0)
        dx, dy = x - centre.x, y - centre.y
        turned.append(f"{letter}{dx * cosine + dy * sine:.2f},{dy * cosine - dx * sine:.2f}")
    return "".join(turned)


def _box(path: str) -> Box:
    numbers = [float(one) for one in COORDINATE.findall(path)]
    xs, ys = numbers[::2], numbers[1::2]
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
