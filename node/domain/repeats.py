"""Repeats: what in a new appeal says that the same has been written before.

Three signs, each a reason shown to whoever decides: the same text, the same topic near the same
place within a window, an earlier number quoted. Signs only offer; a person (or the resident: «и у
меня») joins the two. What has been written before is the store's part (`store/repeats.py`).
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from node.domain.table import Table

METRES_A_DEGREE = 111_320.0  # of latitude; of longitude at the equator
EARTH_METRES = 6_371_000.0
MOST_QUOTED = 10
# A number of this program: RU-MUR-26-000001, 47701000-P26-000017.
_OWN = re.compile(r"(?<![\w-])([A-Za-z0-9][A-Za-z0-9._-]{0,60}-[PРр]?\d\d-\d{6,9})(?![\w-])")
_AFTER_SIGN = r"[^\d\n]{0,20}?(\d[\d/-]{3,19})(?![\w])"


class Sign(StrEnum):
    """Why something is offered as a repeat, the surest first."""

    QUOTED = "quoted"
    SAME_TEXT = "same_text"
    NEAR = "near"


@dataclass(frozen=True, slots=True)
class RepeatRules:
    """From config/repeats.toml."""

    shortest_text: int = 25
    near_metres: int = 150
    window: timedelta = timedelta(days=30)
    number_words: tuple[str, ...] = ("обращени", "заявк", "номер")
    at_most: int = 5

    @classmethod
    def from_table(cls, values: Mapping[str, object]) -> RepeatRules:
        """InvalidTable names the key."""
        table = Table(values)
        rules = cls(
            shortest_text=table.whole("shortest_text", 25, least=1),
            near_metres=table.whole("near_metres", 150, least=1),
            window=timedelta(days=table.whole("window_days", 30, least=1)),
            number_words=table.texts("number_words") or cls().number_words,
            at_most=table.whole("at_most", 5, least=1),
        )
        table.close()
        return rules


@dataclass(frozen=True, slots=True)
class Box:
    """Degrees within which everything lies that is near a place; its corners lie farther."""

    south: float
    north: float
    west: float
    east: float


def text_key(text: str, rules: RepeatRules) -> str | None:
    """The same for texts that differ in case, ё, blanks and punctuation only; None for one too
    short to be the same by anything but chance. A hash: it tells nothing of the text."""
    letters = "".join(char for char in text.lower().replace("ё", "е") if char.isalnum())
    if len(letters) < rules.shortest_text:
        return None
    return hashlib.sha256(letters.encode("utf-8", "replace")).hexdigest()


def quoted_numbers(text: str, rules: RepeatRules) -> tuple[str, ...]:
    """Numbers a text quotes: of this program anywhere, of other systems after a word that says so.

    At most ten: a text that quotes more is a list.
    """
    found = [match[1].replace("Р", "P").replace("р", "P") for match in _OWN.finditer(text)]
    words = "|".join(map(re.escape, rules.number_words))
    # «№» alone stands before houses and schools as well.
    other = re.compile(rf"(?:{words})\w{{0,4}}{_AFTER_SIGN}", re.IGNORECASE)
    found += [match[1].strip("-/") for match in other.finditer(text)]
    return tuple(dict.fromkeys(found))[:MOST_QUOTED]


def box_around(lat: float, lon: float, metres: float) -> Box:
    """A box that holds every place at most so many metres away. Not across a pole or 180°."""
    high = metres / METRES_A_DEGREE
    wide = high / max(math.cos(math.radians(lat)), 0.01)
    return Box(lat - high, lat + high, lon - wide, lon + wide)


def metres_between(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Along the great circle (haversine), on a sphere."""
    one, two = math.radians(lat), math.radians(other_lat)
    turn = math.radians(other_lon - lon)
    part = math.sin((two - one) / 2) ** 2
    part += math.cos(one) * math.cos(two) * math.sin(turn / 2) ** 2
    return 2 * EARTH_METRES * math.asin(min(1.0, math.sqrt(part)))
