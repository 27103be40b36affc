"""What becomes of each received statement: admitted, pending, or quarantined by name.

One bad statement never stops the batch. A batch asks the ledger a fixed number of questions and
writes it once, however many statements it has.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple, Protocol

from federation import downward, routes, schemas
from federation.errors import BadStatement
from federation.join import Result, Returned, check_day, check_limits, own_returned, stands
from federation.ledger import UNREADABLE, Fork, Held, Ledger, Outbound, Place, State
from federation.receipt import Outcome
from federation.schemas import SCHEMAS
from federation.schemas.descriptor import Descriptor
from federation.schemas.fields import Schema
from federation.schemas.stated import Dated
from federation.statement import Envelope, Statement, StatementId, Version, parse
from federation.trust import Anchors, check_statement
from federation.upward import is_open_day, outbound
from federation.vouchers import Vouchers

DAILY = frozenset({"summary", "manifest"})
"""Types whose key is a local day of the origin."""
Known = Mapping[str, Schema[object]]
"""The types a node understands; one of an older version has fewer."""
RELAY_OPEN_AFTER = timedelta(minutes=15)
"""An open day is relayed this long after it changed; the protocol's freshness beyond the parent."""


class Rules(Protocol):
    """What the node knows of the hierarchy and of its own policy."""

    @property
    def anchors(self) -> Anchors:
        """Roots held on nobody's word."""

    def parent_of(self, unit: str) -> str | None:
        """The unit above, by the directory; None at the top and for an unknown unit."""

    def under(self, origin: str, sender: str) -> bool:
        """Whether the directory puts `origin` under `sender`, or is `sender`."""

    def check(self, statement: Statement, typed: object) -> None:
        """BadStatement by what this node knows: not_yours, bad_tz, bad_day, unknown_territory,
        not_addressed, unknown_directive, unknown_help."""


class Offered(NamedTuple):
    """Bytes that came, from whom, and when they came first."""

    envelope: Envelope
    sender: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Admission:
    """What became of a batch: an outcome for each statement, in their order, and what has come to
    stand by it, also of what had waited: the newest of each id."""

    outcomes: tuple[Outcome, ...]
    stored: tuple[Statement, ...]


NOTHING_CAME = Admission((), ())


def admit(
    ledger: Ledger,
    rules: Rules,
    offered: Sequence[Offered],
    *,
    me: str,
    parent: str | None,
    now: datetime,
    relay_open_after: timedelta = RELAY_OPEN_AFTER,
    known: Known = SCHEMAS,
) -> Admission:
    """Join what came, keep it, queue what is new for the parent and for children.

    What comes from the parent is not queued for it. When a descriptor or certificate is new, what
    was pending is judged again in the same transaction. Never raises for a bad statement.
    """
    batch = _Batch(
        ledger,
        rules,
        me=me,
        parent=parent,
        now=now,
        relay_open_after=relay_open_after,
        known=known,
    )
    outcomes = batch.judge(offered)
    return Admission(tuple(outcomes), batch.write())


def judge_again(
    ledger: Ledger,
    rules: Rules,
    *,
    codes: Collection[str],
    me: str,
    parent: str | None,
    now: datetime,
) -> Admission:
    """Judge again what lies in quarantine under one of `codes` (unsupported_type: an upgrade)."""
    offered = [
        Offered(held.envelope, held.received_from, held.received_at)
        for held in ledger.waiting(State.QUARANTINED)
        if held.code in codes and held.envelope is not None and held.received_from is not None
    ]
    if not offered:
        return NOTHING_CAME
    return admit(ledger, rules, offered, me=me, parent=parent, now=now)


@dataclass(frozen=True, slots=True)
class _Read:
    """A statement that could be parsed. Its hash is taken once."""

    statement: Statement
    version: Version
    sender: str
    received_at: datetime

    @property
    def place(self) -> Place:
        return Place(self.statement.id, self.version.epoch, self.version.rev)

    @property
    def vouches(self) -> bool:
        return self.statement.type in VOUCHERS


@dataclass(slots=True)
class _Case:
    """One offered statement on its way to an outcome. `read` None: it could not be parsed."""

    read: _Read | None
    outcome: Outcome | None

    @property
    def is_open(self) -> bool:
        return self.outcome is None or self.outcome.result is Result.PENDING


VOUCHERS = frozenset({"descriptor", "certificate"})
"""What lets others in: judged first, whatever the order in the request."""


class _Batch:
    """The judging of one batch: what the ledger said, what will be written."""

    def __init__(
        self,
        ledger: Ledger,
        rules: Rules,
        *,
        me: str,
        parent: str | None,
        now: datetime,
        relay_open_after: timedelta,
        known: Known,
    ) -> None:
        self._ledger = ledger
        self._rules = rules
        self._me = me
        self._parent = parent
        self._now = now
        self._relay_open_after = relay_open_after
        self._known = known
        self._trust = Vouchers(ledger, rules.parent_of)
        self._standing: dict[StatementId, Version] = {}
        self._states: dict[Place, dict[str, State]] = {}
        self._put: dict[tuple[StatementId, Version], Held] = {}
        self._forks: list[Fork] = []
        self._queue: dict[StatementId, Outbound] = {}
        self._keys: dict[str, set[str]] = {}
        self._stood: dict[StatementId, tuple[Statement, object]] = {}

    def judge(self, offered: Sequence[Offered]) -> list[Outcome]:
        """An outcome for each, in the order they were offered."""
        cases = self._open(offered)
        waiting: list[_Case] = []
        if self._vouch(cases):
            waiting = self._open(
                Offered(held.envelope, held.received_from, held.received_at)
                for held in self._ledger.waiting(State.PENDING)
                if held.envelope is not None and held.received_from is not None
            )
            self._vouch([*cases, *waiting])
        for case in (*cases, *waiting):
            if case.read is not None and case.is_open and not case.read.vouches:
                case.outcome = self._one(case.read)
        return [case.outcome for case in cases if case.outcome is not None]

    def _open(self, offered: Iterable[Offered]) -> list[_Case]:
        cases = [self._case(one) for one in offered]
        self._load([case.read for case in cases if case.read is not None])
        return cases

    def _vouch(self, cases: Sequence[_Case]) -> bool:
        """Judge descriptors and certificates until none lets another in; whether any was new."""
        grew = False
        while True:
            stored = 0
            for case in cases:
                if case.read is not None and case.is_open and case.read.vouches:
                    case.outcome = self._one(case.read)
                    stored += case.outcome.result is Result.STORED
            if not stored:
                return grew
            grew = True

    def write(self) -> tuple[Statement, ...]:
        """Everything that changed, in a few bulk writes; what has come to stand."""
        self._ledger.put(list(self._put.values()))
        self._ledger.note_forks(self._forks)
        self._ledger.enqueue(list(self._queue.values()))
        for node, kids in self._keys.items():
            self._ledger.learn_keys(node, kids)
        stood = tuple(self._stood.values())
        downward.route(self._ledger, self._rules, stood, me=self._me, now=self._now)
        return tuple(statement for statement, _ in stood)

    def _case(self, one: Offered) -> _Case:
        try:
            statement = parse(one.envelope)
        except BadStatement as bad:
            version = Version(0, 0, one.envelope.sha256)
            self._put[UNREADABLE, version] = Held(
                id=UNREADABLE,
                version=version,
                envelope=one.envelope,
                state=State.QUARANTINED,
                code=bad.code,
                made_at=one.received_at,
                received_at=one.received_at,
                received_from=one.sender,
            )
            return _Case(None, Outcome(version.sha256, Result.QUARANTINED, bad.code))
        read = _Read(statement, statement.version, one.sender, one.received_at)
        return _Case(read, None)

    def _load(self, reads: Sequence[_Read]) -> None:
        """Two questions for the whole batch, and one for everything the trust checks will ask."""
        unknown = {read.statement.id for read in reads} - self._standing.keys()
        self._standing.update(self._ledger.newest_versions(unknown))
        places = {
            read.place
            for read in reads
            if read.place not in self._states
            and self._standing.get(read.statement.id) != read.version
        }
        for held in self._ledger.at(places):
            place = Place(held.id, held.version.epoch, held.version.rev)
            self._states.setdefault(place, {})[held.version.sha256] = held.state
        self._trust.prepare(
            {read.statement.origin for read in reads}
            | {read.statement.key for read in reads if read.statement.type == "certificate"}
        )

    def _one(self, read: _Read) -> Outcome:
        statement, version = read.statement, read.version
        sha256 = version.sha256
        held = self._standing.get(statement.id)
        if held == version:
            return Outcome(sha256, Result.KNOWN)
        state = self._states.get(read.place, {}).get(sha256)
        if state is State.STORED:
            return Outcome(sha256, Result.OLDER)
        if state is State.RECOVERED:
            return Outcome(sha256, Result.PENDING)
        try:
            if not self._proved(read):
                if state is not State.PENDING:
                    self._keep(read, State.PENDING)
                return Outcome(sha256, Result.PENDING)
            typed = schemas.validate(statement, self._known)
            self._check_days(statement, typed)
            if read.sender != self._parent:
                routes.check_sent_up(statement, typed, self._rules, self._me)
            # Who was addressed by the version before must hear that it no longer is.
            elif held is None:
                routes.check_addressed(statement, typed, self._rules, self._me)
            self._rules.check(statement, typed)
        except BadStatement as bad:
            self._keep(read, State.QUARANTINED, code=bad.code)
            return Outcome(sha256, Result.QUARANTINED, bad.code)
        if statement.origin == self._me:
            returned = own_returned(held, version, from_parent=read.sender == self._parent)
            if returned is Returned.RECOVER:
                self._keep(read, State.RECOVERED)
                return Outcome(sha256, Result.PENDING)
        return self._store(read, held, typed)

    def _proved(self, read: _Read) -> bool:
        """Whether it may be joined now; False: pending. BadStatement when it never may."""
        statement = read.statement
        check_limits(read.version, self._now)
        from_above = read.sender == self._parent
        if from_above:
            if statement.type not in self._known:
                raise BadStatement("unsupported_type", f"{statement.type} is not known here")
            routes.check_sent_down(statement, self._rules, self._me)
        own = statement.origin == self._me
        if not (from_above or own or self._rules.under(statement.origin, read.sender)):
            raise BadStatement("not_under_sender", f"{statement.origin} is not under {read.sender}")
        moments = dict.fromkeys((read.received_at, self._now))
        # Good at the moment it came, or, when the chain grew since, good as if it came now.
        return any(
            check_statement(
                self._trust,
                self._rules.anchors,
                statement,
                parent_of=self._rules.parent_of,
                now=moment,
            )
            == "ok"
            for moment in moments
        )

    def _check_days(self, statement: Statement, typed: object) -> None:
        """Nobody has counted, read or held anything on a day that has not begun anywhere."""
        if statement.type in DAILY:
            check_day(date.fromisoformat(statement.key), self._now, "key")
        if isinstance(typed, Dated):
            for where, day in typed.days():
                check_day(day, self._now, where)

    def _store(self, read: _Read, held: Version | None, typed: object) -> Outcome:
        statement, version = read.statement, read.version
        join = stands(held, version)
        newest = join.result is Result.STORED
        for other, state in self._states.get(read.place, {}).items():
            if state is State.STORED:
                self._note_fork(read, other)
        if newest and held is not None:
            before = self._put.get((statement.id, held))
            if before is not None:
                self._put[statement.id, held] = replace(before, newest=False)
        self._keep(read, State.STORED, newest=newest)
        if not newest:
            return Outcome(version.sha256, join.result)
        self._standing[statement.id] = version
        self._stood[statement.id] = (statement, typed)
        if read.vouches:
            self._trust.learn(statement)
        if isinstance(typed, Descriptor):
            kids = self._keys.setdefault(statement.origin, set())
            kids.update(key.kid for key in typed.signing_keys)
        above = self._parent is not None and read.sender != self._parent
        if above and routes.goes_up(statement, typed, self._me):
            wait = self._relay_open_after if is_open_day(statement) else timedelta()
            self._queue[statement.id] = outbound(statement, self._now + wait)
        return Outcome(version.sha256, Result.STORED)

    def _note_fork(self, read: _Read, other: str) -> None:
        kept, lost = max(other, read.version.sha256), min(other, read.version.sha256)
        self._forks.append(
            Fork(
                id=read.statement.id,
                epoch=read.version.epoch,
                rev=read.version.rev,
                kept=kept,
                other=lost,
                noticed_at=self._now,
                noticed_from=read.sender,
            )
        )

    def _keep(
        self, read: _Read, state: State, *, code: str | None = None, newest: bool = False
    ) -> None:
        self._put[read.statement.id, read.version] = Held(
            id=read.statement.id,
            version=read.version,
            envelope=read.statement.envelope,
            state=state,
            code=code,
            made_at=read.statement.made_at,
            received_at=read.received_at,
            received_from=read.sender,
            newest=newest,
            open_day=is_open_day(read.statement),
        )
        self._states.setdefault(read.place, {})[read.version.sha256] = state
