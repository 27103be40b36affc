"""A routing rule as a form: what it starts with, what was typed, the rule it comes to.

Every condition is a field; of the ways to tell a place one is chosen. Words are typed in a line
each, or parted by commas.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pydantic import BaseModel

from node.domain.errors import Fault, Invalid
from node.domain.place_condition import AddressWords, Box, Circle, Place
from node.domain.routing import Conditions, Rule
from node.domain.word_condition import Words

PARTED = re.compile(r"[,;\n]")
BOX, CIRCLE, ADDRESS = "box", "circle", "address"
PLACES = {"": "любое", CIRCLE: "круг на карте", BOX: "прямоугольник на карте", ADDRESS: "по адресу"}


class RuleForm(BaseModel):
    """As a browser sends it. `position`: which rule it is to be, from 1; empty keeps or appends."""

    name: str = ""
    code: str = ""
    position: str = ""
    executor: str = ""
    reserve: str = ""
    topics: list[str] = []
    territories: list[str] = []
    channels: str = ""
    kinds: list[str] = []
    urgencies: list[str] = []
    place: str = ""
    lat: str = ""
    lon: str = ""
    km: str = ""
    south: str = ""
    west: str = ""
    north: str = ""
    east: str = ""
    address: str = ""
    words_all: str = ""
    words_any: str = ""
    words_none: str = ""

    @classmethod
    def of(cls, rule: Rule, position: int) -> RuleForm:
        """A rule there is, to be changed."""
        asked = rule.conditions
        form = cls(
            name=rule.name,
            code=rule.code,
            position=str(position),
            executor=rule.executor or "",
            reserve="1" if rule.reserve else "",
            topics=list(asked.topics),
            territories=list(asked.territories),
            channels=", ".join(asked.channels),
            kinds=list(asked.kinds),
            urgencies=list(asked.urgencies),
            words_all=_joined(asked.words.every),
            words_any=_joined(asked.words.some),
            words_none=_joined(asked.words.none),
        )
        match asked.place:
            case Box() as box:
                form.place = BOX
                form.south, form.west = _shown(box.south), _shown(box.west)
                form.north, form.east = _shown(box.north), _shown(box.east)
            case Circle() as circle:
                form.place = CIRCLE
                form.lat, form.lon = _shown(circle.lat), _shown(circle.lon)
                form.km = _shown(circle.km)
            case AddressWords(words):
                form.place = ADDRESS
                form.address = _joined(words)
            case None:
                pass
        return form

    def rule(self, free_code: str) -> Rule:
        """The rule, its place in the order apart. `free_code`: of a rule that has none yet. Invalid
        names every number that is none."""
        faults: list[Fault] = []
        place = self._place(faults)
        if faults:
            raise Invalid(*faults)
        return Rule(
            code=self.code.strip() or free_code,
            name=" ".join(self.name.split()),
            executor=self.executor.strip() or None,
            reserve=bool(self.reserve),
            conditions=Conditions(
                topics=tuple(self.topics),
                territories=tuple(self.territories),
                channels=_parted(self.channels.replace(" ", ",")),
                kinds=tuple(self.kinds),
                urgencies=tuple(self.urgencies),
                place=place,
                words=Words(
                    _parted(self.words_all), _parted(self.words_any), _parted(self.words_none)
                ),
            ),
        )

    def wanted_position(self, last: int) -> int:
        """From 1; `last` where nothing is typed. Invalid."""
        typed = self.position.strip()
        if not typed:
            return last
        if not (typed.isascii() and typed.isdigit() and len(typed) <= 4 and int(typed) >= 1):
            raise Invalid(Fault("position", f"целое число от 1 до {last}"))
        return min(int(typed), last)

    def _place(self, faults: list[Fault]) -> Place | None:
        def degrees(field: str) -> float:
            typed = getattr(self, field).strip().replace(",", ".").replace("−", "-")
            try:
                return float(typed)
            except ValueError:
                faults.append(Fault(f"place.{field}", "нужно число"))
                return 0.0

        if self.place == BOX:
            return Box(degrees("south"), degrees("west"), degrees("north"), degrees("east"))
        if self.place == CIRCLE:
            return Circle(degrees("lat"), degrees("lon"), degrees("km"))
        return AddressWords(_parted(self.address)) if self.place == ADDRESS else None


def _parted(typed: str) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(found for part in PARTED.split(typed) if (found := " ".join(part.split())))
    )


def _joined(phrases: Iterable[str]) -> str:
    return ", ".join(phrases)


def _shown(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")
