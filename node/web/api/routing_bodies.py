"""What is sent to `/api/v1/routing`: rules, what to publish, what to try."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from node.domain.appeal import MAX_ADDRESS, MAX_TEXT
from node.domain.errors import Fault, Invalid
from node.domain.place_condition import AddressWords, Box, Circle, Place
from node.domain.routing import Case, Conditions, Rule, RuleSet
from node.domain.routing_check import MAX_CODES, MAX_NAME, MAX_RULES, of_rule
from node.domain.word_condition import MAX_PHRASE, MAX_PHRASES, Words
from node.web.api.strict import Strict

MAX_NUMBER = 2**31 - 1  # what the columns hold
MAX_DAYS = 366

Code = Annotated[str, Field(max_length=64)]
Codes = Annotated[list[Code], Field(max_length=MAX_CODES)]
Phrases = Annotated[
    list[Annotated[str, Field(max_length=MAX_PHRASE)]], Field(max_length=MAX_PHRASES)
]
Degrees = Annotated[float, Field(ge=-180, le=180)]


class BoxBody(Strict):
    """Degrees."""

    south: Degrees
    west: Degrees
    north: Degrees
    east: Degrees


class CircleBody(Strict):
    """Degrees and kilometres."""

    lat: Degrees
    lon: Degrees
    km: Annotated[float, Field(ge=0, le=100_000)]


class PlaceBody(Strict):
    """One of the three."""

    box: BoxBody | None = None
    circle: CircleBody | None = None
    address: Phrases | None = None

    def place(self) -> Place:
        """ValueError unless exactly one way is given."""
        found: list[Place] = []
        if self.box is not None:
            box = self.box
            found.append(Box(box.south, box.west, box.north, box.east))
        if self.circle is not None:
            found.append(Circle(self.circle.lat, self.circle.lon, self.circle.km))
        if self.address is not None:
            found.append(AddressWords(tuple(self.address)))
        [only] = found
        return only


class WordsBody(Strict):
    """Words and phrases of the text, found in any of their forms."""

    all: Phrases = []
    any: Phrases = []
    none: Phrases = []


class RuleBody(Strict):
    """`executor`: of an executor or an agency, null for the coordinator's queue. An empty condition
    fits anything."""

    code: Code
    name: Annotated[str, Field(max_length=MAX_NAME)]
    executor: Code | None = None
    reserve: bool = False
    topics: Codes = []
    territories: Codes = []
    channels: Codes = []
    kinds: Codes = []
    urgencies: Codes = []
    place: PlaceBody | None = None
    words: WordsBody = Field(default_factory=WordsBody)

    def rule(self) -> Rule:
        """ValueError where the place is told in several ways or in none."""
        return Rule(
            code=self.code,
            name=self.name,
            executor=self.executor,
            reserve=self.reserve,
            conditions=Conditions(
                topics=tuple(self.topics),
                territories=tuple(self.territories),
                channels=tuple(self.channels),
                kinds=tuple(self.kinds),
                urgencies=tuple(self.urgencies),
                place=self.place.place() if self.place else None,
                words=Words(tuple(self.words.all), tuple(self.words.any), tuple(self.words.none)),
            ),
        )


class SetBody(Strict):
    """A draft. `fallback`: who gets what neither a rule nor the topic can place."""

    revision: Annotated[int, Field(ge=1, le=MAX_NUMBER)] | None = None
    rules: Annotated[list[RuleBody], Field(max_length=MAX_RULES)]
    fallback: Code | None = None
    note: str | None = None

    def rule_set(self) -> RuleSet:
        """Invalid by rule."""
        rules, faults = [], []
        for row, body in enumerate(self.rules):
            try:
                rules.append(body.rule())
            except ValueError:
                faults.append(Fault(of_rule(row, "place"), "одно из трёх: box, circle или address"))
        if faults:
            raise Invalid(*faults)
        return RuleSet(tuple(rules), self.fallback, None)


class PublishBody(Strict):
    """Either the draft at `revision` or an older `version` again."""

    revision: Annotated[int, Field(ge=1, le=MAX_NUMBER)] | None = None
    version: Annotated[int, Field(ge=0, le=MAX_NUMBER)] | None = None
    note: str | None = None


class TryBody(Strict):
    """An `issue` by its number, or a case: then `topic` and `channel` at least."""

    draft: bool = False
    issue: Annotated[str, Field(max_length=80)] | None = None
    text: Annotated[str, Field(max_length=MAX_TEXT)] = ""
    topic: Code | None = None
    territory: Code | None = None
    channel: Code | None = None
    urgency: Code = "ordinary"
    kind: Code = "message"
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Degrees | None = None
    address: Annotated[str, Field(max_length=MAX_ADDRESS)] | None = None
    complained_of: Code | None = None

    @property
    def by_draft(self) -> bool:
        return self.draft

    def number(self) -> str:
        """Invalid where a case is told beside the issue: one of them would be passed over."""
        beside = self.model_fields_set - {"issue", "draft"}
        if beside:
            raise Invalid(
                *(Fault(name, "уберите: случай берётся из проблемы") for name in sorted(beside))
            )
        return self.issue or ""

    def case(self, unit: str) -> Case:
        """Invalid where the topic or the channel is missing. `territory` null: the whole unit."""
        missing = [name for name in ("topic", "channel") if getattr(self, name) is None]
        if missing:
            raise Invalid(
                *(Fault(name, "обязательное поле, если не назван issue") for name in missing)
            )
        return Case(
            topic=self.topic or "",
            territory=self.territory or unit,
            channel=self.channel or "",
            urgency=self.urgency,
            kind=self.kind,
            text=self.text,
            address=self.address,
            lat=self.lat,
            lon=self.lon,
            complained_of=self.complained_of,
        )


class CompareBody(Strict):
    """`before`: the `next` of an answer that ran out of time."""

    days: Annotated[int, Field(ge=1, le=MAX_DAYS)] = 30
    before: Annotated[str, Field(max_length=64)] | None = None
