"""Classifier: the topics appeals are sorted by, their sectors, the blocks that own sectors.

A code is a path: `roads.pits` is a topic of the sector `roads`, `roads.pits.yards` a child some
node added for itself. Tiers need not hold the same classifier: a code nobody here knows counts
under its nearest known ancestor. Which agency does the work is told in `agencies.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from node.domain.suggestions import Suggestions
from node.domain.table import Table

UNSORTED = "unsorted"
UNSORTED_NAME = "Не разобрано"
# The protocol allows 64 characters of [A-Za-z0-9._-] for any code; ours are lower-case paths.
CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
MAX_CODE = 64


class InvalidClassifier(ValueError):
    """The topics do not form a classifier; the message names the code."""


@dataclass(frozen=True, slots=True)
class Block:
    """A field of government under one deputy head or minister: the owner of its sectors."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Sector:
    """A branch of the classifier. `sensitive`: small counts and texts are shown to few."""

    code: str
    name: str
    block: str
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Topic:
    """A leaf: what an appeal is about.

    `fast_track`: solved by the short norm. `sensitive`: under 5 a day it is reported on its
    sector's row. `danger`: somebody may be hurt before the norm runs out, so it is shown at once.
    """

    code: str
    name: str
    sector: str
    fast_track: bool = False
    sensitive: bool = False
    danger: bool = False


class Classifier:
    """Blocks, sectors and topics in the order of their file, checked when made."""

    UNSORTED = UNSORTED

    def __init__(
        self, blocks: Iterable[Block], sectors: Iterable[Sector], topics: Iterable[Topic]
    ) -> None:
        """InvalidClassifier: a code malformed or twice, a block, sector or parent unknown."""
        self.blocks: tuple[Block, ...] = tuple(blocks)
        self.sectors: tuple[Sector, ...] = tuple(sectors)
        self.topics: tuple[Topic, ...] = tuple(topics)
        self._blocks: dict[str, Block] = {}
        self._sectors: dict[str, Sector] = {}
        self._topics: dict[str, Topic] = {}
        taken = {UNSORTED}
        for block in self.blocks:
            _claim(block.code, taken)
            self._blocks[block.code] = block
        for sector in self.sectors:
            _claim(sector.code, taken)
            if "." in sector.code:
                raise InvalidClassifier(f"sector {sector.code}: a sector's code has no dots")
            if sector.block not in self._blocks:
                raise InvalidClassifier(f"sector {sector.code}: block {sector.block} is unknown")
            self._sectors[sector.code] = sector
        for topic in self.topics:
            _claim(topic.code, taken)
            self._topics[topic.code] = topic
        for topic in self.topics:
            above = topic.code.rpartition(".")[0]
            if above not in self._sectors and above not in self._topics:
                raise InvalidClassifier(f"topic {topic.code}: nothing is known as {above!r}")
            if topic.sector != topic.code.partition(".")[0]:
                raise InvalidClassifier(f"topic {topic.code}: is not of sector {topic.sector}")
        self._suggestions = Suggestions(
            (topic.code, name) for topic in self.topics for name in (topic.code, topic.name)
        )

    @classmethod
    def from_table(cls, values: Mapping[str, object]) -> Classifier:
        """From topics.toml. InvalidTable or InvalidClassifier names the key or code."""
        return cls((), (), ()).extended(values)

    def extended(self, values: Mapping[str, object]) -> Classifier:
        """This classifier and what another topics.toml adds: topics, sectors, blocks.

        A sector already known is repeated only as the table its new topics stand in; what is
        shipped is not redefined, for then tiers would count different things under one code.
        """
        table = Table(values)
        blocks, sectors, topics = list(self.blocks), list(self.sectors), list(self.topics)
        names = table.table("blocks")
        blocks += [Block(code, names.text(code)) for code in names]
        for code in (listed := table.table("sectors")):
            entry = listed.table(code)
            if code in self._sectors:
                sector = self._sectors[code]
            else:
                sector = Sector(
                    code=code,
                    name=entry.text("name"),
                    block=entry.text("block"),
                    sensitive=entry.flag("sensitive", default=False),
                )
                sectors.append(sector)
            known = {topic.code: topic for topic in topics}
            for key in (leaves := entry.table("topics")):
                topic = _topic(sector, key, leaves, known)
                known[topic.code] = topic
                topics.append(topic)
            entry.close()
        table.table("danger")  # of the same file, read by danger.py
        table.close()
        return Classifier(blocks, sectors, topics)

    def topic(self, code: str) -> Topic | None:
        return self._topics.get(code)

    def sector(self, code: str) -> Sector | None:
        return self._sectors.get(code)

    def block(self, code: str) -> Block | None:
        return self._blocks.get(code)

    def accepts(self, code: str) -> bool:
        """Whether an issue here may be put under `code`: a known topic, or `unsorted`."""
        return code == UNSORTED or code in self._topics

    def nearest_known(self, code: str) -> str:
        """The code if a topic or sector, else its nearest known ancestor, else `unsorted`."""
        while code:
            if code in self._topics or code in self._sectors:
                return code
            code = code.rpartition(".")[0]
        return UNSORTED

    def sector_of(self, code: str) -> str:
        """The sector a topic code counts under; `unsorted` is its own sector."""
        return self.nearest_known(code).partition(".")[0]

    def block_of(self, code: str) -> str:
        """The block that owns a topic or sector; `unsorted` is its own block."""
        sector = self._sectors.get(self.sector_of(code))
        return sector.block if sector else UNSORTED

    def name(self, code: str) -> str:
        """The Russian name of a topic, sector or block; of an unknown code its ancestor's."""
        known = self._blocks.get(code)
        if known is not None:
            return known.name
        nearest = self.nearest_known(code)
        if nearest == UNSORTED:
            return UNSORTED_NAME
        return (self._topics.get(nearest) or self._sectors[nearest]).name

    def is_sensitive(self, code: str) -> bool:
        """Of a topic or a sector; an unknown code is as sensitive as its known ancestor."""
        nearest = self.nearest_known(code)
        known = self._topics.get(nearest) or self._sectors.get(nearest)
        return known is not None and known.sensitive

    def is_fast_track(self, code: str) -> bool:
        topic = self._topics.get(self.nearest_known(code))
        return topic is not None and topic.fast_track

    def is_danger(self, code: str) -> bool:
        topic = self._topics.get(self.nearest_known(code))
        return topic is not None and topic.danger

    def nearest(self, text: str, n: int = 3) -> list[str]:
        """At most `n` topic codes whose code or name is most like what was written."""
        return self._suggestions.nearest(text, n)


def _topic(sector: Sector, key: str, leaves: Table, known: Mapping[str, Topic]) -> Topic:
    """One line of `[sectors.X.topics]`: a bare name, or a table with marks.

    Marks not given are the parent topic's; sensitivity at least the sector's.
    """
    code = f"{sector.code}.{key}"
    parent = known.get(code.rpartition(".")[0])
    fast_track = parent is not None and parent.fast_track
    sensitive = parent.sensitive if parent else sector.sensitive
    danger = parent is not None and parent.danger
    if leaves.is_text(key):
        return Topic(code, leaves.text(key), sector.code, fast_track, sensitive, danger)
    entry = leaves.table(key)
    topic = Topic(
        code=code,
        name=entry.text("name"),
        sector=sector.code,
        fast_track=entry.flag("fast_track", default=fast_track),
        sensitive=entry.flag("sensitive", default=sensitive),
        danger=entry.flag("danger", default=danger),
    )
    entry.close()
    return topic


def _claim(code: str, taken: set[str]) -> None:
    if not CODE.fullmatch(code) or len(code) > MAX_CODE:
        raise InvalidClassifier(f"{code!r} is not a code: lower-case words joined by dots")
    if code in taken:
        # Blocks, sectors and topics share one name space: a ranking's key is named by it alone.
        raise InvalidClassifier(f"{code} stands twice")
    taken.add(code)
