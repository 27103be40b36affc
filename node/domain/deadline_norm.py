"""Norm: one rule of norms.toml: what issues it fits, and the terms it gives them.

Which norm is in force is told in `norms.py`, what deadlines come of it in `deadline.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from node.domain.deadline_term import LONGEST_DAYS, Term, TermUnit
from node.domain.table import InvalidTable, Table

ORDINARY = "ordinary"
URGENT = "urgent"
URGENCIES = (ORDINARY, URGENT)
MESSAGE = "message"
FORMAL = "formal"
KINDS = (MESSAGE, FORMAL)

DEADLINES = ("first_answer", "final", "interim", "forward", "register")
"""Every kind of deadline, in the order they are told."""

FAST = Term(10, TermUnit.DAYS)
FORWARD = Term(7, TermUnit.DAYS)
REGISTER = Term(3, TermUnit.DAYS)
APPROVE = Term(1, TermUnit.WORKING_DAYS)
WARN: Mapping[str, Term] = {
    "first_answer": Term(2, TermUnit.WORKING_HOURS),
    "final": Term(2, TermUnit.WORKING_DAYS),
    "interim": Term(1, TermUnit.WORKING_DAYS),
    "forward": Term(1, TermUnit.WORKING_DAYS),
    "register": Term(1, TermUnit.WORKING_DAYS),
}
"""How long before a deadline people are warned where norms.toml does not say."""


class InvalidNorms(ValueError):
    """The norms contradict themselves or leave appeals without a deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What of an issue its norm depends on.

    `topic` is a classifier path; `fast_track` the mark of the topic; `units` the territory and
    all above it; `arrived_on` the local day of the first appeal (None: any day fits).
    """

    channel: str
    topic: str = ""
    fast_track: bool = False
    urgency: str = ORDINARY
    danger: bool = False
    kind: str = MESSAGE
    units: tuple[str, ...] = ()
    arrived_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """One rule. A condition that is None or empty fits any; `until` is the first day on which the
    norm no longer holds for what arrives.

    `interim`: how far ahead of its sending an interim answer may promise the final one, at most
    `interims` times; None: no interim answers. `pause`: the longest wait for the resident; None:
    waiting stops no clock. `forward` and `register` hold for formal issues. `approve`: the time to
    check an answer. `reopen`: the final term of a reopened issue. `warn`: by kind of deadline.
    """

    code: str
    name: str
    first_answer: Term
    final: Term
    interim: Term | None = None
    interims: int = 1
    pause: Term | None = None
    forward: Term = FORWARD
    register: Term = REGISTER
    approve: Term = APPROVE
    reopen: Term = FAST
    warn: Mapping[str, Term] = field(default_factory=lambda: WARN)
    channels: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    fast_track: bool | None = None
    urgency: str | None = None
    danger: bool | None = None
    kind: str | None = None
    since: date | None = None
    until: date | None = None

    @property
    def fits_all(self) -> bool:
        return not (self.channels or self.topics or self.units) and all(
            one is None
            for one in (
                self.fast_track,
                self.urgency,
                self.danger,
                self.kind,
                self.since,
                self.until,
            )
        )

    def fits(self, matter: Matter) -> bool:
        return (
            (self.fast_track is None or self.fast_track == matter.fast_track)
            and (self.urgency is None or self.urgency == matter.urgency)
            and (self.danger is None or self.danger == matter.danger)
            and (self.kind is None or self.kind == matter.kind)
            and (not self.channels or matter.channel in self.channels)
            and (not self.units or not self.units.isdisjoint(matter.units))
            and (not self.topics or any(_is_under(matter.topic, one) for one in self.topics))
            and self._holds_on(matter.arrived_on)
        )

    def _holds_on(self, day: date | None) -> bool:
        if day is None:
            return True
        return (self.since is None or self.since <= day) and (
            self.until is None or day < self.until
        )

    @classmethod
    def from_table(cls, table: Table, warn: Mapping[str, Term] = WARN) -> Norm:
        """From one [[norms]]. InvalidTable names the key."""
        final = _required(table, "final", "final_days", TermUnit.DAYS)
        norm = cls(
            code=table.text("code"),
            name=table.text("name"),
            first_answer=_required(
                table, "first_answer", "first_answer_working_days", TermUnit.WORKING_DAYS
            ),
            final=final,
            interim=_in_days(table, "interim"),
            interims=table.whole("interims", 1),
            pause=Term.from_table(table, "pause"),
            forward=Term.from_table(table, "forward") or FORWARD,
            register=Term.from_table(table, "register") or REGISTER,
            approve=Term.from_table(table, "approve") or APPROVE,
            reopen=Term.from_table(table, "reopen") or _fast(final),
            warn=warnings(table.table("warn"), warn),
            channels=frozenset(table.texts("channels")),
            topics=frozenset(table.texts("topics")),
            units=frozenset(table.texts("units")),
            fast_track=_optional_flag(table, "fast_track"),
            urgency=_optional_choice(table, "urgency", URGENCIES),
            danger=_optional_flag(table, "danger"),
            kind=_optional_choice(table, "kind", KINDS),
            since=table.optional_date("from"),
            until=table.optional_date("until"),
        )
        table.close()
        if norm.since and norm.until and norm.since >= norm.until:
            raise table.refusal("until", "must be later than from")
        return norm


def warnings(table: Table, default: Mapping[str, Term]) -> dict[str, Term]:
    """Terms by kind of deadline, those of `default` where the table is silent."""
    terms = {kind: Term.from_table(table, kind) or default[kind] for kind in DEADLINES}
    table.close()
    return terms


def _is_under(topic: str, path: str) -> bool:
    return topic == path or topic.startswith(f"{path}.")


def _fast(final: Term) -> Term:
    """A reopened issue has the fast term, but never longer than it had at first."""
    return final if final.unit is TermUnit.DAYS and final.count < FAST.count else FAST


def _required(table: Table, key: str, days_key: str, unit: TermUnit) -> Term:
    """A term, or a number of days under the key norms were written with at first."""
    term, days = Term.from_table(table, key), table.optional_whole(days_key)
    if term is not None and days is not None:
        raise table.refusal(days_key, f"says the same as {key}: keep one")
    if term is not None:
        return term
    if days is None:
        raise table.refusal(key, 'is missing: how long, such as "30 days"')
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidTable(f"{table.name}.{days_key} must be from 1 to {LONGEST_DAYS} days")
    return Term(days, unit)


def _in_days(table: Table, key: str) -> Term | None:
    term = Term.from_table(table, key)
    if term is not None and not term.is_whole_days:
        raise table.refusal(key, "bounds a date: count it in days or full working days")
    return term


def _optional_flag(table: Table, key: str) -> bool | None:
    # Asked for even when absent, so that a key left out is not called unknown.
    value = table.flag(key, default=False)
    return value if key in table else None


def _optional_choice(table: Table, key: str, known: tuple[str, ...]) -> str | None:
    value = table.choice(key, known[0], known)
    return value if key in table else None
