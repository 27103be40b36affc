"""A place as a condition: a box or a circle on the map, or words of the address.

An issue without a point is in no box and no circle, one without an address has none of its words.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from node.domain.errors import Fault
from node.domain.word_condition import Text, read_phrase

EARTH_KM = 6371.0088  # mean radius (IUGG)
FARTHEST_KM = 1_000


@dataclass(frozen=True, slots=True)
class Point:
    """Degrees."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Box:
    """Between two parallels and two meridians, degrees; `west` ≤ `east`: none crosses the 180th."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, point: Point) -> bool:
        return self.south <= point.lat <= self.north and self.west <= point.lon <= self.east

    @property
    def corners(self) -> tuple[Point, ...]:
        return tuple(
            Point(lat, lon) for lat in (self.south, self.north) for lon in (self.west, self.east)
        )


@dataclass(frozen=True, slots=True)
class Circle:
    """Around a point, radius in kilometres."""

    lat: float
    lon: float
    km: float

    def holds(self, point: Point) -> bool:
        return distance_km(Point(self.lat, self.lon), point) <= self.km

    @property
    def around(self) -> Box:
        """The smallest box with the circle in it."""
        high = math.degrees(self.km / EARTH_KM)
        reach = math.sin(self.km / EARTH_KM) / max(math.cos(math.radians(self.lat)), 1e-9)
        wide = math.degrees(math.asin(reach)) if reach < 1 else 180.0
        return Box(self.lat - high, self.lon - wide, self.lat + high, self.lon + wide)


@dataclass(frozen=True, slots=True)
class AddressWords:
    """One of these stands in the address, in any form: «проспект Ленина», «Ленина 5а»."""

    words: tuple[str, ...]


Place = Box | Circle | AddressWords


def distance_km(one: Point, other: Point) -> float:
    """Along the great circle (haversine)."""
    north, south = math.radians(one.lat), math.radians(other.lat)
    half = math.sin((north - south) / 2) ** 2
    half += math.cos(north) * math.cos(south) * math.sin(math.radians(one.lon - other.lon) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def fits(place: Place, point: Point | None, address: Text | None) -> bool:
    if isinstance(place, AddressWords):
        return address is not None and any(address.has(word) for word in place.words)
    return point is not None and place.holds(point)


def covers(one: Place, other: Place) -> bool:
    """Whether whatever lies in the other lies in the one: true only when it is certain."""
    match one, other:
        case AddressWords(), AddressWords():
            return {read_phrase(word) for word in other.words} <= {
                read_phrase(word) for word in one.words
            }
        case Box(), Box() | Circle():
            inner = other if isinstance(other, Box) else other.around
            return all(one.holds(corner) for corner in inner.corners)
        case Circle(), Circle():
            apart = distance_km(Point(one.lat, one.lon), Point(other.lat, other.lon))
            return apart + other.km <= one.km
        case _:
            # Of a box in a circle the corners tell only nearly: parallels are no great circles.
            return False


def apart(one: Place, other: Place) -> bool:
    """Whether nothing lies in both: true only when it is certain."""
    match one, other:
        case Circle(), Circle():
            between = distance_km(Point(one.lat, one.lon), Point(other.lat, other.lon))
            return between > one.km + other.km
        case Box() | Circle(), Box() | Circle():
            a = one if isinstance(one, Box) else one.around
            b = other if isinstance(other, Box) else other.around
            if min(a.west, b.west) < -180 or max(a.east, b.east) > 180:
                return False  # over the 180th meridian they meet from the other side
            return a.north < b.south or b.north < a.south or a.east < b.west or b.east < a.west
        case _:
            return False


def faults_of_place(place: Place, field: str) -> Iterator[Fault]:
    """What is wrong with the numbers of a box or a circle."""
    match place:
        case Circle():
            yield from _off_globe(f"{field}.lat", place.lat, 90)
            yield from _off_globe(f"{field}.lon", place.lon, 180)
            if not (math.isfinite(place.km) and 0 < place.km <= FARTHEST_KM):
                yield Fault(f"{field}.km", f"радиус: больше 0 и до {FARTHEST_KM} км")
        case Box():
            wrong = [
                *_off_globe(f"{field}.south", place.south, 90),
                *_off_globe(f"{field}.west", place.west, 180),
                *_off_globe(f"{field}.north", place.north, 90),
                *_off_globe(f"{field}.east", place.east, 180),
            ]
            yield from wrong
            if not wrong and place.south >= place.north:
                yield Fault(f"{field}.north", "северная граница должна быть севернее южной")
            if not wrong and place.west >= place.east:
                yield Fault(f"{field}.east", "восточная граница должна быть восточнее западной")
        case AddressWords():
            return


def _off_globe(field: str, degrees: float, limit: int) -> Iterator[Fault]:
    if not (math.isfinite(degrees) and -limit <= degrees <= limit):
        yield Fault(field, f"должно быть числом от −{limit} до {limit} градусов")
