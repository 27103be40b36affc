"""Suggestions: which known names stand nearest to what somebody typed.

A refusal that names the nearest matches is read once and mended at once. Nothing here decides;
accepting or refusing a code is the directory's and the classifier's own business.
"""

from __future__ import annotations

from collections.abc import Iterable

# Below this likeness a "suggestion" is noise: «Xqzwv» must not bring up three random towns.
FLOOR = 0.3


def fold(text: str) -> str:
    """One spelling of a name for comparing: case, ё and runs of white space do not matter."""
    return " ".join(text.casefold().replace("ё", "е").split())


class Suggestions:
    """An index of names (several may stand for one code) answering with the nearest codes.

    Likeness is the Dice coefficient of letter pairs, the ends of words counted as letters, so a
    typing slip and a missing word both leave it high. Sets are made once; a question over the
    622 units of the directory takes about a millisecond, where `difflib` takes thirty.
    """

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        """`names` are pairs (code, one of its names)."""
        self._known = tuple((code, _pairs(name)) for code, name in names)

    def nearest(self, text: str, n: int = 3) -> list[str]:
        """At most `n` codes, the likeliest first, ties by code; [] when nothing is alike."""
        asked = _pairs(text)
        best: dict[str, float] = {}
        for code, pairs in self._known:
            likeness = 2 * len(asked & pairs) / (len(asked) + len(pairs) or 1)
            if likeness >= FLOOR and likeness > best.get(code, 0.0):
                best[code] = likeness
        return sorted(best, key=lambda code: (-best[code], code))[:n]


def _pairs(text: str) -> frozenset[str]:
    # Codes are paths and carry hyphens; their parts are words of their own.
    words = fold(text).replace(".", " ").replace("_", " ").replace("-", " ")
    padded = f" {words} "
    return frozenset(padded[i : i + 2] for i in range(len(padded) - 1))
