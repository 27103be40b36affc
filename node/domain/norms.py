"""Norms: the rules that give issues their deadlines, in order, and the calendar they count in.

The first norm that fits is in force. What a norm is stands in `deadline_norm.py`, how long its
terms are in `deadline_term.py`, what deadlines come of it in `deadline.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import tzinfo

from node.domain.classifier import Classifier
from node.domain.deadline_norm import WARN, InvalidNorms, Matter, Norm, warnings
from node.domain.directory import Directory
from node.domain.production_calendar import NO_HOLIDAYS, ProductionCalendar
from node.domain.table import Table
from node.domain.working_time import NIGHT, NINE_TO_SIX, Hours, Quiet, WorkingCalendar


@dataclass(frozen=True, slots=True)
class Norms:
    """The norms in force at this node, the working week and the holidays they count in, and the
    hours in which nobody is sent a notice.
    """

    norms: tuple[Norm, ...]
    hours: Hours = NINE_TO_SIX
    holidays: ProductionCalendar = NO_HOLIDAYS
    quiet: Quiet = NIGHT

    def __post_init__(self) -> None:
        codes = [norm.code for norm in self.norms]
        for code in codes:
            if codes.count(code) > 1:
                raise InvalidNorms(f"norm {code} stands twice")
        if not self.norms or not self.norms[-1].fits_all:
            raise InvalidNorms("the last of [[norms]] must fit every appeal: no conditions in it")

    @classmethod
    def from_table(
        cls, values: Mapping[str, object], holidays: ProductionCalendar = NO_HOLIDAYS
    ) -> Norms:
        """From norms.toml. InvalidTable, InvalidNorms or InvalidCalendar names the key."""
        table = Table(values)
        hours = Hours.from_table(table.table("calendar"))
        quiet = Quiet.from_table(table.table("quiet"))
        warn = warnings(table.table("warn"), WARN)
        norms = tuple(Norm.from_table(entry, warn) for entry in table.tables("norms"))
        table.close()
        return cls(norms, hours, holidays, quiet)

    def checked(self, classifier: Classifier, directory: Directory) -> Norms:
        """These norms; InvalidNorms when a condition names what nobody knows and so never fits."""
        for norm in self.norms:
            for topic in sorted(norm.topics):
                if not classifier.accepts(topic) and classifier.sector(topic) is None:
                    raise InvalidNorms(f"norm {norm.code}: topics: {topic!r} is unknown")
            for unit in sorted(norm.units):
                if unit not in directory:
                    raise InvalidNorms(f"norm {norm.code}: units: {unit!r} is unknown")
        return self

    def get(self, code: str) -> Norm | None:
        """By code, for a deadline that names it; None when it has left norms.toml since."""
        return next((norm for norm in self.norms if norm.code == code), None)

    def for_matter(self, matter: Matter) -> Norm:
        """The first norm that fits."""
        return next(norm for norm in self.norms if norm.fits(matter))

    def calendar(self, zone: tzinfo, units: Collection[str] = ()) -> WorkingCalendar:
        """Working time at a place: its zone, and `units`, the territory and those above it."""
        return WorkingCalendar(zone, self.hours, self.holidays.at(units))
