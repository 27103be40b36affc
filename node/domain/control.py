"""Daily control: a check-in is asked of a unit for every local day it is in the risk zone.

From the issue until it is complete or the directive withdrawn, also after the deadline. Days are
the unit's own: whoever asks gives `as_of` in its time zone, and a check-in carries its local day.

Asked from the day the directive came into force in this system, which may be later than the date it
bears: nobody can look at what is not there yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from node.domain.course import Course
from node.domain.directive import Directive, Report, RiskMark
from node.domain.risk import RiskZone

DAY = timedelta(days=1)


def missed_check_ins(
    directive: Directive, history: Report, marks: Sequence[RiskMark], *, as_of: date
) -> tuple[date, ...]:
    """The days before `as_of` on which a check-in was asked for and is not there.

    Not `as_of` itself: that day can still be looked at.
    """
    zone = RiskZone(Course(directive, history), marks, as_of)
    return missed_in(zone, as_of=as_of)


def missed_in(zone: RiskZone, *, as_of: date) -> tuple[date, ...]:
    """The same of a zone already worked out up to `as_of`."""
    looked_at = {check_in.day for check_in in zone.course.history.check_ins}
    since = _known_since(zone.course.directive)
    return tuple(day for day in zone.days() if since <= day < as_of and day not in looked_at)


def is_asked(
    directive: Directive, history: Report, marks: Sequence[RiskMark], *, today: date
) -> bool:
    """Whether a check-in is asked for today and not there yet."""
    done = any(check_in.day == today for check_in in history.check_ins)
    if done or today < _known_since(directive):
        return False
    return RiskZone(Course(directive, history), marks, today).is_in(today)


def _known_since(directive: Directive) -> date:
    return directive.states[0].at.date()
