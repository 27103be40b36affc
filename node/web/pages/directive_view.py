"""What a reader of a directive's board may choose, and the address of every choice."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query

from node.dashboards.directive_board import ORDERS, Narrowing
from node.domain.directive import Directive
from node.domain.errors import Fault, Invalid, NotFound

PATH = "/directives"
SINCE = timedelta(days=7)
AFTER_DEADLINE = timedelta(days=31)
MOST_DAYS = 36_500


class NoSuchAddressee(NotFound):
    """Этой территории поручение не адресовано. Выберите её на странице поручения."""


def page(id: str, *rest: str) -> str:
    return "/".join((PATH, id, *rest))


@dataclass(frozen=True, slots=True)
class View:
    """What the reader chose, as in the address; empty is "as usual"."""

    as_of: str = ""
    since: str = ""
    within: str = ""
    stage: str = ""
    risk: str = ""
    sort: str = ""
    reverse: str = ""
    unit: str = ""

    def address(self, path: str, **changes: str) -> str:
        """This view at `path`, some choices changed; an empty one is left out."""
        query = urlencode(self.kept(**changes))
        return f"{path}?{query}" if query else path

    def kept(self, **changes: str) -> list[tuple[str, str]]:
        """The choices made, for the hidden fields of a form and for addresses."""
        return [(name, value) for name, value in (asdict(self) | changes).items() if value]

    def sorted_by(self, path: str, code: str) -> str:
        """Ordered by a column; by the same one again, the other way round."""
        again = code == (self.sort or "percent") and not self.reverse
        return self.address(path, sort=code, reverse="1" if again else "")

    def narrowing(self) -> Narrowing:
        return Narrowing(
            within=self.within,
            stage=self.stage,
            risk=bool(self.risk),
            sort=self.sort if self.sort in ORDERS else "percent",
            reverse=bool(self.reverse),
        )

    def days(self, directive: Directive, today: date, *, history: bool) -> tuple[date, date]:
        """The day shown and the one it is compared with. Invalid: no dates, or not in order.

        A day after today shows today: what comes is not known. History is opened at its deadline.
        """
        usual = min(directive.deadline, today) if history else today
        as_of = min(_day(self.as_of, "as_of") or usual, today)
        since = _day(self.since, "since") or as_of - SINCE
        if since > as_of:
            since = as_of - SINCE
        return as_of, since


def view(
    as_of: str = "",
    since: str = "",
    within: str = "",
    stage: str = "",
    risk: str = "",
    sort: str = "",
    reverse: str = "",
    unit: str = "",
) -> View:
    """From the query; a form sends every field, also those left empty."""
    return View(as_of, since, within, stage, risk, sort, reverse, unit)


ViewDep = Annotated[View, Depends(view)]
SliderDay = Annotated[int | None, Query(ge=-MOST_DAYS, le=MOST_DAYS)]
"""Days after the first day of the slider: a range can hold no date."""


@dataclass(frozen=True, slots=True)
class Slider:
    """The days the slider runs over, as numbers from `first`."""

    first: date
    last: date
    value: int

    @property
    def length(self) -> int:
        return (self.last - self.first).days

    def day(self, number: int) -> date:
        return self.first + timedelta(days=min(max(number, 0), self.length))


def slider(directive: Directive, as_of: date, today: date) -> Slider:
    """From the day of issue to a month after the deadline, never into the future."""
    first = min(directive.issued_on, as_of)
    last = max(min(directive.deadline + AFTER_DEADLINE, today), as_of, first + timedelta(days=1))
    return Slider(first, last, (as_of - first).days)


def _day(text: str, field: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        fault = Fault(field, "нужна дата в виде ГГГГ-ММ-ДД, например 2020-11-17")
        raise Invalid(fault) from error
