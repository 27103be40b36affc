"""Region map: the outlines of units in one projected plane, and where a place lies on it.

Values only: the file is read by `node/reference.py`, drawn by the pages. Lengths are the units of
the map's own plane, x to the right and y downwards, as in SVG.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

PATH = re.compile(r"(?:M-?\d+(?:\.\d+)?,-?\d+(?:\.\d+)?(?:L-?\d+(?:\.\d+)?,-?\d+(?:\.\d+)?)*Z)+")
COORDINATE = re.compile(r"-?\d+(?:\.\d+)?")
WGS84_RADIUS_M = 6378137.0
WGS84_ECCENTRICITY = math.sqrt(0.00669437999014)
CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class InvalidMap(ValueError):
    """The map's file holds something else than outlines; the message names the place in it."""


class Point(NamedTuple):
    x: float
    y: float


class Box(NamedTuple):
    """A part of the plane: its left upper corner and its size."""

    x: float
    y: float
    width: float
    height: float

    def holds(self, point: Point) -> bool:
        return (
            self.x <= point.x <= self.x + self.width and self.y <= point.y <= self.y + self.height
        )

    def meets(self, other: Box) -> bool:
        """Whether the two have a point in common."""
        return (
            self.x <= other.x + other.width
            and other.x <= self.x + self.width
            and self.y <= other.y + other.height
            and other.y <= self.y + self.height
        )

    def grown(self, by: float) -> Box:
        """On every side; a negative `by` makes it smaller."""
        return Box(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)

    @classmethod
    def around(cls, boxes: Iterable[Box]) -> Box:
        """The smallest box that holds all; ValueError when there are none."""
        found = list(boxes)
        left, top = min(box.x for box in found), min(box.y for box in found)
        right = max(box.x + box.width for box in found)
        bottom = max(box.y + box.height for box in found)
        return cls(left, top, right - left, bottom - top)


@dataclass(frozen=True, slots=True)
class Shape:
    """The outline of a unit. `label` is where its name goes, `centre` its seat."""

    path: str
    label: Point
    centre: Point
    box: Box


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the map worth a scale of its own: small units crowd where people live."""

    name: str
    view: Box


@dataclass(frozen=True, slots=True)
class Albers:
    """Albers equal-area conic on WGS 84 (Snyder, Map Projections, 1987, formulas 14-1 … 14-21).

    Angles in degrees; `left_m` and `top_m` are what lies at the plane's `pad`, in metres.
    """

    lat_1: float
    lat_2: float
    lat_0: float
    lon_0: float
    left_m: float
    top_m: float
    units_per_m: float
    pad: float

    def place(self, lon: float, lat: float) -> Point:
        """Where a place lies on the plane. East of the 180th meridian goes on to the right."""
        east = lon + 360 if lon < 0 else lon
        m_1, m_2 = _m(self.lat_1), _m(self.lat_2)
        q_1, q_2 = _q(self.lat_1), _q(self.lat_2)
        n = (m_1**2 - m_2**2) / (q_2 - q_1)
        c = m_1**2 + n * q_1
        rho = WGS84_RADIUS_M * math.sqrt(c - n * _q(lat)) / n
        rho_0 = WGS84_RADIUS_M * math.sqrt(c - n * _q(self.lat_0)) / n
        theta = n * math.radians(east - self.lon_0)
        x, y = rho * math.sin(theta), rho_0 - rho * math.cos(theta)
        return Point(
            round((x - self.left_m) * self.units_per_m + self.pad, 1),
            round((self.top_m - y) * self.units_per_m + self.pad, 1),
        )


def _m(lat: float) -> float:
    sine = math.sin(math.radians(lat))
    return math.cos(math.radians(lat)) / math.sqrt(1 - (WGS84_ECCENTRICITY * sine) ** 2)


def _q(lat: float) -> float:
    e, sine = WGS84_ECCENTRICITY, math.sin(math.radians(lat))
    logarithm = math.log((1 - e * sine) / (1 + e * sine)) / (2 * e)
    return (1 - e**2) * (sine / (1 - (e * sine) ** 2) - logarithm)


@dataclass(frozen=True)
class RegionMap:
    """Every outline by the code of its unit. `attribution` goes with every copy of the shapes."""

    attribution: str
    view: Box
    panels: tuple[Panel, ...]
    projection: Albers
    shapes: Mapping[str, Shape]

    @classmethod
    def from_values(cls, values: object) -> RegionMap:
        """From the parsed JSON. InvalidMap names the place."""
        whole = _mapping(values, "the file")
        constants = _mapping(whole.get("projection"), "projection")
        return cls(
            attribution=_text(whole.get("attribution"), "attribution"),
            view=_box(whole.get("view"), "view"),
            panels=tuple(
                Panel(
                    _text(_mapping(one, "panels").get("name"), "panels.name"),
                    _box(_mapping(one, "panels").get("view"), "panels.view"),
                )
                for one in _listed(whole.get("panels"), "panels")
            ),
            projection=Albers(
                *(
                    _number(constants.get(name), f"projection.{name}")
                    for name in Albers.__dataclass_fields__
                )
            ),
            shapes={
                _code(code): _shape(shape, f"units.{code}")
                for code, shape in _mapping(whole.get("units"), "units").items()
            },
        )

    @cached_property
    def smallest(self) -> float:
        """Under this size, in the larger of width and height, a shape is hard to hit: a sixtieth
        of the map's width."""
        return self.view.width / 60

    def is_tiny(self, code: str) -> bool:
        box = self.shapes[code].box
        return max(box.width, box.height) < self.smallest


def _shape(value: object, where: str) -> Shape:
    shape = _mapping(value, where)
    path = _text(shape.get("path"), f"{where}.path")
    if not PATH.fullmatch(path):
        raise InvalidMap(f"{where}.path: only M, L and Z with absolute coordinates are known")
    numbers = [float(one) for one in COORDINATE.findall(path)]
    xs, ys = numbers[::2], numbers[1::2]
    return Shape(
        path=path,
        label=_point(shape.get("label"), f"{where}.label"),
        centre=_point(shape.get("centre"), f"{where}.centre"),
        box=Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)),
    )


def _code(value: str) -> str:
    if not CODE.fullmatch(value):
        raise InvalidMap(f"units.{value!r}: not a unit's code")
    return value


def _mapping(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise InvalidMap(f"{where}: must be an object")
    return value


def _listed(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise InvalidMap(f"{where}: must be a list")
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise InvalidMap(f"{where}: must be a text")
    return value


def _number(value: object, where: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise InvalidMap(f"{where}: must be a number")
    return float(value)


def _point(value: object, where: str) -> Point:
    numbers = [_number(one, where) for one in _listed(value, where)]
    if len(numbers) != 2:
        raise InvalidMap(f"{where}: must be two numbers")
    return Point(*numbers)


def _box(value: object, where: str) -> Box:
    numbers = [_number(one, where) for one in _listed(value, where)]
    if len(numbers) != 4:
        raise InvalidMap(f"{where}: must be four numbers")
    return Box(*numbers)
