"""Notices: the words of every letter, as data (config/notices.toml) with named fields.

A line whose field is blank is left out of its letter, so that one template serves with and without
a deadline, an executor, a date. No logic in templates beyond that. Which fields a letter gets is
`node/delivery/letters.py`'s part; how a letter becomes an e-mail, `node/delivery/email.py`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Formatter

from node.domain.table import Table

STAGES: Mapping[str, frozenset[str]] = {
    "registered": frozenset(),
    "moderation": frozenset(),
    "coordination": frozenset(),
    "execution": frozenset(),
    "interim": frozenset({"text"}),
    "answered": frozenset({"text"}),
    "closed": frozenset({"outcome"}),
    "rejected": frozenset({"reason", "responsible"}),
    "merged": frozenset(),
    "forwarded": frozenset({"addressee"}),
    "reopened": frozenset(),
    "paused": frozenset({"text"}),
}
"""What a resident is told, and the fields such a letter cannot do without; `number` and `link`
are needed by all."""

ANSWERS: Mapping[str, str] = {"interim": "interim", "final": "answered"}
"""Kind of an answer → the stage whose words carry it."""

ALERT = "alert"
SUBJECT_LIMIT = 200  # characters of one field in a subject

FIELDS = frozenset(
    {
        "number",  # of the appeal
        "link",  # to its status page; of an alert, to the issue
        "unit",  # whose centre this is
        "received",  # the day the appeal came
        "topic",
        "place",  # the territory
        "executor",  # who works on it
        "due",  # the day the final answer is due
        "text",  # the answer, or the question to the resident
        "until",  # the day an interim answer promises
        "outcome",
        "reason",
        "responsible",  # who is responsible for what was rejected
        "addressee",  # whom a formal appeal was forwarded to
        "forwarded_by",  # post or document system
        "forwarded_on",
    }
)
FRAME_FIELDS = frozenset({"number", "unit", "operator_email"})
ALERT_FIELDS = frozenset({"issue", "link", "unit", "topic", "place", "received"})
WARNING_FIELDS = frozenset(
    {
        "issues",  # the list
        "count",  # how many issues the letter is of
        "others",  # how many of them found no room in the list
        "soon",  # link to the work list of what is due soon
        "overdue",  # link to that of what is overdue, where the letter tells of such
        "account",  # link to where these letters are switched off
        "unit",
    }
)
LINE_FIELDS = frozenset({"issue", "topic", "place", "deadline", "due", "link"})

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u0085\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Letter:
    """What is written to somebody. `text`: paragraphs with blank lines between."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Template:
    """Subject and text with fields in braces."""

    subject: str
    text: str

    def filled(self, fields: Mapping[str, str]) -> Letter:
        """A letter. Fields not given are blank."""
        subject = " ".join(_filled(self.subject, fields, limit=SUBJECT_LIMIT).split())
        return Letter(subject, _filled(self.text, fields))


@dataclass(frozen=True, slots=True)
class WarningWords:
    """A letter to one of the staff of deadlines that come near. `line` tells of one issue, `late`
    of one whose deadline has passed meanwhile."""

    letter: Template
    line: str
    late: str

    def lines(self, fields: Mapping[str, str], *, late: bool) -> str:
        """What is told of one issue, with `LINE_FIELDS`."""
        return _filled(self.late if late else self.line, fields)


@dataclass(frozen=True, slots=True)
class Notices:
    """Every template, and what stands above and below the text of each letter to a resident."""

    above: str
    below: str
    stages: Mapping[str, Template]
    alert: Template
    warning: WarningWords

    @classmethod
    def from_table(cls, values: Mapping[str, object]) -> Notices:
        """From notices.toml. InvalidTable names the key, the unknown field or the missing one."""
        table = Table(values)
        frame = table.table("frame")
        above = _text(frame, "above", known=FRAME_FIELDS)
        below = _text(frame, "below", known=FRAME_FIELDS)
        frame.close()
        listed = table.table("stages")
        stages = {
            stage: _template(listed.table(stage), known=FIELDS, needed=needed | {"number", "link"})
            for stage, needed in STAGES.items()
        }
        listed.close()
        alert = _template(
            table.table(ALERT), known=ALERT_FIELDS, needed=frozenset({"issue", "link"})
        )
        warning = _warning_words(table.table("warning"))
        table.close()
        return cls(above, below, stages, alert, warning)

    def letter(self, stage: str, fields: Mapping[str, str]) -> Letter:
        """To a resident, on a stage of their appeal. KeyError: there is no such stage."""
        letter = self.stages[stage].filled(fields)
        above, below = (_filled(part, fields) for part in (self.above, self.below))
        text = "\n\n".join(part for part in (above, letter.text, below) if part)
        return Letter(letter.subject, text)


def _warning_words(table: Table) -> WarningWords:
    lines = []
    for key in ("line", "late"):
        text = _text(table, key, known=LINE_FIELDS)
        if missing := sorted({"issue", "due", "link"} - set(_fields(text))):
            named = ", ".join(f"{{{name}}}" for name in missing)
            raise table.refusal(key, f"must name {named}")
        lines.append(text)
    line, late = lines
    letter = _template(table, known=WARNING_FIELDS, needed=frozenset({"issues", "others", "soon"}))
    if found := {"issues", "soon", "overdue", "account"} & set(_fields(letter.subject)):
        raise table.refusal("subject", f"must not hold {{{min(found)}}}: subjects are one line")
    return WarningWords(letter, line, late)


def _template(table: Table, *, known: frozenset[str], needed: frozenset[str]) -> Template:
    subject = _text(table, "subject", known=known)
    text = _text(table, "text", known=known)
    if "\n" in subject.strip():
        raise table.refusal("subject", "must be one line")
    if missing := sorted(needed - set(_fields(subject + text))):
        named = ", ".join(f"{{{name}}}" for name in missing)
        raise table.refusal("text", f"must name {named}")
    if "link" in needed and "link" in set(_fields(subject)):
        raise table.refusal("subject", "must not hold {link}: subjects are seen by others")
    table.close()
    return Template(subject.strip(), text.strip())


def _text(table: Table, key: str, *, known: frozenset[str]) -> str:
    text = table.text(key)
    try:
        parsed = list(Formatter().parse(text))
    except ValueError as error:
        raise table.refusal(key, f"has a brace that opens or closes nothing ({error})") from error
    for _, name, spec, conversion in parsed:
        if name is not None and (name not in known or spec or conversion):
            listed = ", ".join(sorted(known))
            raise table.refusal(key, f"has {{{name}}}, which is no field; fields are {listed}")
    return text


def _fields(text: str) -> Iterator[str]:
    return (name for _, name, _, _ in Formatter().parse(text) if name)


def _filled(text: str, fields: Mapping[str, str], limit: int | None = None) -> str:
    """The lines whose fields all have a value. What is typed by people keeps its own lines."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        values = {name: _plain(fields.get(name, ""), limit) for name in _fields(line)}
        if all(values.values()):
            lines.append(line.format_map(values).rstrip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _plain(value: str, limit: int | None) -> str:
    """Without control characters; line ends as in this program."""
    text = _CONTROL.sub(" ", value.replace("\r\n", "\n")).strip()
    return text if limit is None else text[:limit]
