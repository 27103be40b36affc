"""Directory: every unit (территория) of the vertical, who is under whom, how many live there.

One immutable value, checked as a whole when it is made and answering at once afterwards. Which
units have a node on a given day is said by `node_from`, `node_until` and the certificates
together; the latter are not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from node.domain.suggestions import Suggestions

COLUMNS = (
    "code",
    "tier",
    "parent",
    "name_ru",
    "name_en",
    "lat",
    "lon",
    "population",
    "timezone",
    "opened_on",
    "closed_on",
    "node_from",
    "node_until",
    "curator",
)


class InvalidDirectory(ValueError):
    """The units do not form a directory; the message names the unit."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One territory. `lat`/`lon` in degrees of its seat, both None where there is none.

    `population` None means "the sum of the units below". `opened_on` and `closed_on` are the
    dates of the centre there (a fact of history), `node_from` and `node_until` bound the days on
    which a node of this system is expected to report; an end date is the first day no longer
    counted. `curator` is the post of the official above who looks after the unit.
    """

    code: str
    tier: str
    parent: str | None
    name: str
    name_en: str = ""
    lat: float | None = None
    lon: float | None = None
    population: int | None = None
    timezone: str = "UTC"
    opened_on: date | None = None
    closed_on: date | None = None
    node_from: date | None = None
    node_until: date | None = None
    curator: str | None = None

    @classmethod
    def from_row(cls, row: Mapping[str, str]) -> Unit:
        """From a row of units.csv, every value a string, blank where nothing is known."""
        code = row["code"].strip()
        if not code:
            raise InvalidDirectory("a unit without a code")
        for column in ("tier", "name_ru", "timezone"):
            if not row[column].strip():
                raise InvalidDirectory(f"unit {code}: {column} is blank")
        try:
            return cls(
                code=code,
                tier=row["tier"].strip(),
                parent=row["parent"].strip() or None,
                name=row["name_ru"].strip(),
                name_en=row["name_en"].strip(),
                lat=float(row["lat"]) if row["lat"].strip() else None,
                lon=float(row["lon"]) if row["lon"].strip() else None,
                population=int(row["population"]) if row["population"].strip() else None,
                timezone=row["timezone"].strip(),
                opened_on=_day(row["opened_on"]),
                closed_on=_day(row["closed_on"]),
                node_from=_day(row["node_from"]),
                node_until=_day(row["node_until"]),
                curator=row["curator"].strip() or None,
            )
        except ValueError as error:
            raise InvalidDirectory(f"unit {code}: {error}") from error


class Directory:
    """The tree of units. Codes in every answer keep the order in which the units were given."""

    def __init__(self, units: Iterable[Unit]) -> None:
        """InvalidDirectory: a code twice, an unknown parent or zone, a cycle, no such place."""
        self.units: tuple[Unit, ...] = tuple(units)
        self._by_code: dict[str, Unit] = {}
        for unit in self.units:
            if unit.code in self._by_code:
                raise InvalidDirectory(f"unit {unit.code} stands twice")
            _check(unit)
            self._by_code[unit.code] = unit
        below: dict[str, list[Unit]] = {unit.code: [] for unit in self.units}
        for unit in self.units:
            if unit.parent is None:
                continue
            if unit.parent not in below:
                raise InvalidDirectory(f"unit {unit.code}: its parent {unit.parent} is unknown")
            below[unit.parent].append(unit)
        self.roots: tuple[Unit, ...] = tuple(unit for unit in self.units if unit.parent is None)
        self._children = {code: tuple(units) for code, units in below.items()}
        self._zones = {unit.timezone: ZoneInfo(unit.timezone) for unit in self.units}
        self._ancestors: dict[str, tuple[str, ...]] = {}
        self._order: list[str] = []
        self._span: dict[str, tuple[int, int]] = {}
        self._levels: dict[str, tuple[tuple[str, ...], ...]] = {}
        self._population: dict[str, int | None] = {}
        for root in self.roots:
            self._descend(root, ())
        if len(self._order) < len(self.units):
            # Whoever no root leads to stands on a circle of parents, or hangs from one.
            lost = next(unit.code for unit in self.units if unit.code not in self._span)
            raise InvalidDirectory(f"unit {lost}: its parents lead round in a circle")
        self._suggestions = Suggestions(
            (unit.code, name)
            for unit in self.units
            for name in (unit.code, unit.name, unit.name_en)
            if name
        )

    @property
    def root(self) -> Unit:
        """The only unit without a parent; InvalidDirectory when there are several or none."""
        if len(self.roots) != 1:
            raise InvalidDirectory(f"{len(self.roots)} units have no parent; exactly one must")
        return self.roots[0]

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def __getitem__(self, code: str) -> Unit:
        return self._by_code[code]

    def __len__(self) -> int:
        return len(self.units)

    def get(self, code: str) -> Unit | None:
        return self._by_code.get(code)

    def name(self, code: str) -> str:
        """The Russian name, or the code itself when the unit is unknown here."""
        unit = self._by_code.get(code)
        return unit.name if unit else code

    def children(self, code: str) -> tuple[Unit, ...]:
        """The units directly below."""
        return self._children[code]

    def parent(self, code: str) -> str | None:
        return self._by_code[code].parent

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The units above, the nearest first, without the unit itself."""
        return self._ancestors[code]

    def is_within(self, code: str, scope: str) -> bool:
        """Whether `code` is `scope` or lies below it; False when either is unknown."""
        if code not in self._span or scope not in self._span:
            return False
        first, end = self._span[scope]
        return first <= self._span[code][0] < end

    def subtree(self, code: str) -> tuple[str, ...]:
        """The unit itself first, then everything below it, each before what is under it."""
        first, end = self._span[code]
        return tuple(self._order[first:end])

    def at_depth(self, code: str, depth: int) -> tuple[str, ...]:
        """The units exactly `depth` levels below; depth 0 is the unit itself."""
        levels = self._levels[code]
        return levels[depth] if 0 <= depth < len(levels) else ()

    def population(self, code: str) -> int | None:
        """Residents; a blank is the sum of the units below, None when none of them is known."""
        return self._population[code]

    def own_population(self, code: str, served_elsewhere: Iterable[str]) -> int | None:
        """Residents of the unit less those of units below that have nodes of their own.

        A unit served through another one that is also listed is not taken off twice. Never under
        0: a region's census figure and its towns' places come from different sources and years.
        """
        whole = self._population[code]
        if whole is None:
            return None
        elsewhere = {unit for unit in served_elsewhere if unit != code}
        taken = 0
        for unit in elsewhere:
            if self.is_within(unit, code) and not elsewhere.intersection(self._ancestors[unit]):
                taken += self._population[unit] or 0
        return max(whole - taken, 0)

    def timezone(self, code: str) -> str:
        """The IANA name of the unit's zone."""
        return self._by_code[code].timezone

    def zone(self, code: str) -> ZoneInfo:
        """The unit's zone for arithmetic on local days."""
        return self._zones[self._by_code[code].timezone]

    def of_tier(self, tier: str) -> tuple[str, ...]:
        """The codes of every unit of one tier."""
        return tuple(unit.code for unit in self.units if unit.tier == tier)

    def nearest(self, text: str, n: int = 3) -> list[str]:
        """At most `n` codes whose code or name is most like what was written."""
        return self._suggestions.nearest(text, n)

    def _descend(self, unit: Unit, above: tuple[str, ...]) -> None:
        """Number the units depth first: a unit's subtree becomes one slice of `_order`."""
        first = len(self._order)
        self._order.append(unit.code)
        self._ancestors[unit.code] = above
        levels: list[list[str]] = []
        for child in self._children[unit.code]:
            self._descend(child, (unit.code, *above))
            for depth, codes in enumerate(self._levels[child.code]):
                if depth == len(levels):
                    levels.append([])
                levels[depth].extend(codes)
        self._levels[unit.code] = ((unit.code,), *(tuple(codes) for codes in levels))
        self._span[unit.code] = (first, len(self._order))
        known = [
            population
            for child in self._children[unit.code]
            if (population := self._population[child.code]) is not None
        ]
        self._population[unit.code] = (
            unit.population if unit.population is not None else sum(known) if known else None
        )


def _check(unit: Unit) -> None:
    try:
        ZoneInfo(unit.timezone)
    except (KeyError, ValueError, OSError) as error:
        # KeyError: no such zone; ValueError: not a relative name; OSError: a folder of zones.
        raise InvalidDirectory(
            f"unit {unit.code}: {unit.timezone!r} is not a time zone of the IANA database"
        ) from error
    if (unit.lat is None) != (unit.lon is None):
        raise InvalidDirectory(f"unit {unit.code}: lat and lon go together")
    if unit.lat is not None and not -90 <= unit.lat <= 90:
        raise InvalidDirectory(f"unit {unit.code}: lat {unit.lat} is not on the globe")
    if unit.lon is not None and not -180 <= unit.lon <= 180:
        raise InvalidDirectory(f"unit {unit.code}: lon {unit.lon} is not on the globe")
    if unit.population is not None and unit.population < 0:
        raise InvalidDirectory(f"unit {unit.code}: the population is negative")


def _day(text: str) -> date | None:
    return date.fromisoformat(text.strip()) if text.strip() else None
