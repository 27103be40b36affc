"""The labelled messages of danger, and how the rules do on them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from node.domain.danger import DangerRules, find_danger

FILE = Path(__file__).resolve().parents[1] / "domain" / "danger" / "messages.jsonl"
MAKING, HELD_OUT = "making", "held_out"
Z95 = 1.959964  # of a two-sided interval of 95 %


@dataclass(frozen=True, slots=True)
class Message:
    """One labelled message; `rule` is the danger its writer had in mind."""

    text: str
    danger: bool
    part: str
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """Counts of right and wrong answers, with the texts of the wrong ones."""

    found: int
    missed: tuple[str, ...]
    false: tuple[str, ...]
    quiet: int

    @property
    def recall(self) -> float:
        return self.found / (self.found + len(self.missed))

    @property
    def precision(self) -> float:
        return self.found / (self.found + len(self.false))

    @property
    def recall_interval(self) -> tuple[float, float]:
        return wilson(self.found, self.found + len(self.missed))

    @property
    def precision_interval(self) -> tuple[float, float]:
        return wilson(self.found, self.found + len(self.false))


@cache
def _every() -> tuple[Message, ...]:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return tuple(Message(**json.loads(line)) for line in lines)


def messages(part: str | None = None) -> Sequence[Message]:
    """All of them in the order of the file, or one part."""
    return [message for message in _every() if part in (None, message.part)]


def judge(labelled: Iterable[Message], rules: DangerRules) -> Judged:
    """A message is dangerous to the rules when any of them fires."""
    found, quiet = 0, 0
    missed, false = [], []
    for message in labelled:
        fires = bool(find_danger(message.text, rules))
        if message.danger and fires:
            found += 1
        elif message.danger:
            missed.append(message.text)
        elif fires:
            false.append(message.text)
        else:
            quiet += 1
    return Judged(found, tuple(missed), tuple(false), quiet)


def wilson(successes: int, of: int) -> tuple[float, float]:
    """The interval of Wilson for a share, 95 %, without correction for continuity."""
    share, z2 = successes / of, Z95**2
    centre = share + z2 / (2 * of)
    spread = Z95 * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return max(0.0, (centre - spread) / (1 + z2 / of)), min(1.0, (centre + spread) / (1 + z2 / of))
