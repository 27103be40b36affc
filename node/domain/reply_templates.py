"""Reply templates: beginnings of answers by topic and outcome (config/reply_templates.toml).

A template fills the field of a form; a person mends and sends it, or it goes to approval. Words in
square brackets are theirs to put in: `left_open` finds those that were forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import Formatter

from node.domain.classifier import Classifier
from node.domain.issue import Outcome
from node.domain.notices import Template
from node.domain.table import InvalidTable, Table

KINDS = ("final", "interim", "question")
FIELDS = frozenset({"number", "topic", "place", "executor", "until"})
"""`number`: of the appeal, blank where an issue stands for several, since all get one text."""
CODE = re.compile(r"[a-z0-9_]{1,40}")
_GAP = re.compile(r"\[[^\[\]\n]{1,80}\]")


@dataclass(frozen=True, slots=True)
class ReplyTemplate:
    """One beginning. `topics`: topics and sectors it is for, () for any. `outcome`: of a final."""

    code: str
    title: str
    kind: str
    text: str
    topics: tuple[str, ...] = ()
    outcome: Outcome | None = None

    def filled(self, fields: Mapping[str, str]) -> str:
        """The text. A line whose field is blank is left out."""
        return Template("", self.text).filled(fields).text

    def fits(self, topic: str) -> int:
        """How well it suits a topic: 0 not at all, 1 for any topic, more the nearer it names it."""
        if not self.topics:
            return 1
        named = [code for code in self.topics if topic == code or topic.startswith(f"{code}.")]
        return 1 + max((code.count(".") + 1 for code in named), default=-1)


@dataclass(frozen=True, slots=True)
class ReplyTemplates:
    """Every template, in the order of the file."""

    templates: tuple[ReplyTemplate, ...] = ()

    @classmethod
    def from_table(cls, values: Mapping[str, object], classifier: Classifier) -> ReplyTemplates:
        """InvalidTable names the key, the unknown field, topic or outcome."""
        table = Table(values)
        found = tuple(_template(one, classifier) for one in table.tables("templates"))
        table.close()
        codes = [one.code for one in found]
        if twice := {code for code in codes if codes.count(code) > 1}:
            raise InvalidTable(f"templates: {', '.join(sorted(twice))} stands twice")
        return cls(found)

    def suitable(self, topic: str, kinds: Iterable[str] = KINDS) -> tuple[ReplyTemplate, ...]:
        """Those for a topic and these kinds of reply, the nearest to it first."""
        asked = tuple(kinds)
        fitting = [one for one in self.templates if one.kind in asked and one.fits(topic)]
        return tuple(sorted(fitting, key=lambda one: -one.fits(topic)))

    def get(self, code: str) -> ReplyTemplate | None:
        return next((one for one in self.templates if one.code == code), None)


def left_open(text: str) -> tuple[str, ...]:
    """What a template left to be put in and nobody has: `[что сделано]`."""
    return tuple(dict.fromkeys(_GAP.findall(text)))


def _template(table: Table, classifier: Classifier) -> ReplyTemplate:
    code = table.text("code")
    if not CODE.fullmatch(code):
        raise table.refusal("code", "must be of small latin letters, digits and _")
    kind = table.choice("kind", "final", KINDS)
    outcome = table.choice("outcome", "solved", tuple(Outcome)) if "outcome" in table else None
    if outcome and kind != "final":
        raise table.refusal("outcome", "is of final replies only")
    topics = table.texts("topics")
    for topic in topics:
        if classifier.nearest_known(topic) != topic:
            raise table.refusal("topics", f"names {topic!r}, which is no topic and no sector")
    template = ReplyTemplate(
        code=code,
        title=table.text("title"),
        kind=kind,
        text=_text(table),
        topics=topics,
        outcome=Outcome(outcome) if outcome else None,
    )
    table.close()
    return template


def _text(table: Table) -> str:
    text = table.text("text").strip()
    try:
        parsed = list(Formatter().parse(text))
    except ValueError as error:
        raise table.refusal(
            "text", f"has a brace that opens or closes nothing ({error})"
        ) from error
    for _, name, spec, conversion in parsed:
        if name is not None and (name not in FIELDS or spec or conversion):
            listed = ", ".join(sorted(FIELDS))
            raise table.refusal("text", f"has {{{name}}}, which is no field; fields are {listed}")
    return text
