"""How what is said to somebody reaches them: the way, when it counts as delivered, and retries.

Delivered means accepted: by the mail server (SMTP 250) on the e-mail way; the status page counts
only where its link was shown or sent to that resident, for nobody can guess it. Whoever asked for
a way this node has no adapter for (a telephone call) or left no way at all is recorded as
`no_way_to_answer` at once: an answer nobody got must not look like one.

Sending itself is `node/delivery/`, the rows are `store/outbox.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Kind(StrEnum):
    """What a message is. An answer is `interim` or `final`."""

    ALERT = "alert"  # danger to life, to the duty list
    INTERIM = "interim"
    FINAL = "final"
    WARNING = "warning"  # to one of the staff, of deadlines that come near
    NOTICE = "notice"  # of a stage


PRIORITIES: Mapping[Kind, int] = {
    Kind.ALERT: 0,
    Kind.INTERIM: 1,
    Kind.FINAL: 1,
    Kind.WARNING: 2,
    Kind.NOTICE: 3,
}
"""The lower goes first. Answers are what the centre is there for, so a warning waits for them; it
does not wait for notices: those of a night or of a thousand merged residents would take longer to
send than the deadline is away, while warnings are one a person an hour at most."""
FIRST_TO_WAIT = PRIORITIES[Kind.WARNING]
"""This priority and those after it wait for the end of the quiet hours."""


class Way(StrEnum):
    EMAIL = "email"
    STATUS_PAGE = "status_page"
    NONE = "none"


class MessageState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    NEEDLESS = "needless"  # when it was to be sent nothing was left to tell; only of a warning


class Failure(StrEnum):
    """Why something was not delivered. Also kept beside a delivery by the status page, when it
    took the place of an e-mail that could not be sent."""

    NO_WAY = "no_way_to_answer"  # no adapter for what was asked for, or no contact and no link
    NO_ADAPTER = "no_adapter"  # this node sends no mail
    NO_DUTY_LIST = "no_duty_list"  # nobody is entered to be alerted
    BAD_ADDRESS = "bad_address"  # cannot be an address at all
    REFUSED = "refused"  # the mail server refused it for good (5xx)
    GAVE_UP = "gave_up"  # the mail server did not take it for as long as we try


class Result(StrEnum):
    """What came of one attempt."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # for good
    LATER = "later"  # it may work another time
    NEEDLESS = "needless"  # nothing was left to tell, so nothing was sent


@dataclass(frozen=True, slots=True)
class Reach:
    """What is known of how one resident may be reached; no address."""

    reply_by: str | None
    has_email: bool
    link_shown: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """The way of a message, and its state before anything was sent."""

    way: Way
    state: MessageState
    failure: Failure | None = None


BY_EMAIL = Choice(Way.EMAIL, MessageState.WAITING)
ON_THE_PAGE = Choice(Way.STATUS_PAGE, MessageState.DELIVERED)
NO_WAY = Choice(Way.NONE, MessageState.FAILED, Failure.NO_WAY)


def choose(reach: Reach) -> Choice:
    """How a resident is to be told something.

    A telephone is no adapter, even where the link was shown: a call was asked for, and a page
    nobody asked for is not one. Whoever chose nothing, or the status page, and was never shown its
    link, is written to if there is an address: the letter brings the link.
    """
    if reach.reply_by == Way.EMAIL:
        if reach.has_email:
            return BY_EMAIL
        return ON_THE_PAGE if reach.link_shown else NO_WAY
    if reach.reply_by not in (None, Way.STATUS_PAGE):
        return NO_WAY
    if reach.link_shown:
        return ON_THE_PAGE
    return BY_EMAIL if reach.has_email else NO_WAY


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attempt. `code`: the server's («550 5.1.1») or a word («timeout»), never
    an address. `failure`: why, of a refusal. `also_refused`: codes of addressees refused while
    others of the same message were accepted. `way_is_down`: nothing else would get through now.
    """

    result: Result
    code: str
    failure: Failure | None = None
    also_refused: tuple[str, ...] = ()
    way_is_down: bool = False


NOTHING_LEFT = Outcome(Result.NEEDLESS, "nothing left")


@dataclass(frozen=True, slots=True)
class Patience:
    """How a message is tried again: waits up to `first`, doubled each time to `longest`, given up
    after `whole`."""

    first: timedelta
    longest: timedelta
    whole: timedelta


_ANSWER = Patience(timedelta(minutes=1), timedelta(hours=2), timedelta(days=3))
PATIENCE: Mapping[Kind, Patience] = {
    Kind.ALERT: Patience(timedelta(seconds=15), timedelta(minutes=5), timedelta(days=1)),
    Kind.INTERIM: _ANSWER,
    Kind.FINAL: _ANSWER,
    # What it tells is looked up anew at each attempt; a day later all of that is overdue.
    Kind.WARNING: Patience(timedelta(minutes=1), timedelta(minutes=30), timedelta(days=1)),
    # An old notice tells of a stage that is over.
    Kind.NOTICE: Patience(timedelta(minutes=1), timedelta(hours=4), timedelta(days=2)),
}
LONGEST_WAIT = max(one.longest for one in PATIENCE.values())


@dataclass(frozen=True, slots=True)
class Step:
    """What a message is after an attempt. `next_try_at`: of one that waits."""

    way: Way
    state: MessageState
    failure: Failure | None = None
    next_try_at: datetime | None = None


def after_attempt(
    kind: Kind,
    way: Way,
    outcome: Outcome,
    *,
    attempts: int,
    waiting_since: datetime,
    now: datetime,
    rand: Callable[[], float],
) -> Step:
    """What becomes of a message after one attempt, the `attempts`-th since `waiting_since`.

    Full jitter (uniform from zero), because all that waits was refused by one server at one
    moment. `rand` gives [0, 1).
    """
    if outcome.result is Result.ACCEPTED:
        return Step(way, MessageState.DELIVERED)
    if outcome.result is Result.NEEDLESS:
        return Step(way, MessageState.NEEDLESS)
    failure = outcome.failure
    if outcome.result is Result.LATER:
        patience = PATIENCE[kind]
        if now - waiting_since < patience.whole:
            longest = min(patience.first * 2 ** min(max(attempts - 1, 0), 20), patience.longest)
            wait = timedelta(seconds=round(longest.total_seconds() * rand(), 3))
            return Step(way, MessageState.WAITING, next_try_at=now + wait)
        failure = Failure.GAVE_UP
    return Step(way, MessageState.FAILED, failure)


def instead(failed: Step, way: Way, outcome: Outcome) -> Step:
    """What becomes of a message that failed and was tried by another way; the failure stays on
    record."""
    if outcome.result is Result.ACCEPTED:
        return Step(way, MessageState.DELIVERED, failed.failure)
    return failed


@dataclass(frozen=True, slots=True)
class Tally:
    """How the recipients of one answer stand, by state."""

    waiting: int = 0
    delivered: int = 0
    failed: int = 0

    @property
    def settled(self) -> bool:
        """Whether nobody is waited for: delivered or its failure recorded."""
        return self.waiting == 0


@dataclass(frozen=True, slots=True)
class Shares:
    """How the answers of a period reached residents: one recipient, one count.

    The three shares of the board are of what has come to an end; `waiting` stands beside them.
    """

    adapter: int = 0
    status_page: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)  # by failure
    waiting: int = 0

    @property
    def not_delivered(self) -> int:
        return sum(self.failed.values())

    @property
    def ended(self) -> int:
        return self.adapter + self.status_page + self.not_delivered

    def of(self, number: int) -> float | None:
        """A count as a share of one; None when nothing has come to an end."""
        return number / self.ended if self.ended else None
