"""Send what stands in the outbox: alerts first, then answers, then warnings of deadlines to the
staff, then notices.

Warnings and notices wait for the end of the quiet hours (norms.toml, by the unit's clock); alerts
and answers go at any hour.

A message is claimed by a lease before anything is sent, so that two processes that both take
themselves for the leader do not send it twice. Between the mail server's word and the commit of
the row lies a moment in which a process may die: then the message goes out once more when its
lease has run out, under the same Message-ID.
"""

from __future__ import annotations

import random
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import timedelta
from functools import partial

import structlog

from node.actions.settle_delivery import settle_delivery
from node.actions.warn_of_deadlines import Digest, digest_of
from node.bootstrap import Node
from node.delivery import DELIVERIES
from node.delivery.deadline_letters import deadline_letter
from node.delivery.delivery import Parcel, Send
from node.delivery.letters import letter
from node.domain.reply_delivery import (
    NOTHING_LEFT,
    Kind,
    MessageState,
    Outcome,
    Result,
    Step,
    Way,
    after_attempt,
    instead,
)
from node.store import claims
from node.store.claims import Claimed
from node.store.deadline_warnings import Told
from node.store.letters import Facts, facts

log = structlog.get_logger("cur.deliver")
BATCH = 20
ROUNDS = 500
"""Batches in one run: the job must not hold its thread for ever."""
ANSWERS_OF_A_SERVER = 11
"""The most a mail server is waited for within one message: connecting three times, signing in,
sender, recipient, content."""


def run(node: Node) -> None:
    """Send all that is due. A server that is down ends the run; the rows say when to try again."""
    with ExitStack() as stack:
        ways = {way.way: stack.enter_context(way.open(node.deliveries)) for way in DELIVERIES}
        for _ in range(ROUNDS):
            batch = _claim(node)
            if not batch or not _send_all(node, ways, batch):
                return


def _claim(node: Node) -> Sequence[Claimed]:
    now = node.clock()
    notices = node.rulebook.norms.quiet.next_moment(now, node.zone) <= now
    with node.reading() as session:
        if not claims.is_any_due(session, now=now, notices=notices):
            return ()
    with node.transaction() as session:
        return claims.claim(session, now=now, notices=notices, limit=BATCH)


def _send_all(node: Node, ways: Mapping[Way, Send], batch: Sequence[Claimed]) -> bool:
    """Whether it makes sense to go on with the next batch."""
    longest = timedelta(seconds=ANSWERS_OF_A_SERVER * node.settings.smtp.timeout)
    for number, message in enumerate(batch):
        if node.clock() + longest > message.until:
            with node.transaction() as session:
                claims.release(session, batch[number:])
            return True
        outcome = _send(node, ways, message)
        if outcome.way_is_down:
            for other in batch[number + 1 :]:
                _settle(node, ways, other, outcome)
            return False
    return True


def _send(node: Node, ways: Mapping[Way, Send], message: Claimed) -> Outcome:
    untold: Sequence[Told] = ()
    try:
        if message.kind is Kind.WARNING:
            digest = _digest(node, message)
            untold = digest.untold
            outcome = _send_digest(node, ways, message, digest)
        else:
            outcome = ways[message.way](_parcel(node, message))
    except Exception as error:  # noqa: BLE001 - the delivery loop
        # A letter that cannot be made must not hold up the others.
        outcome = Outcome(Result.LATER, type(error).__name__)
        _report_bug("message could not be sent", message, error)
    _settle(node, ways, message, outcome, untold)
    return outcome


def _digest(node: Node, message: Claimed) -> Digest:
    """Looked up at the moment of sending: what was done meanwhile is not told."""
    with node.reading() as session:
        return digest_of(session, node.rulebook, unit=node.code, message=message)


def _send_digest(node: Node, ways: Mapping[Way, Send], message: Claimed, digest: Digest) -> Outcome:
    if not digest.told:
        return NOTHING_LEFT
    parcel = Parcel(
        key=message.key,
        kind=message.kind,
        thread=None,
        written_at=message.created_at,
        link_shown=False,
        write=partial(
            deadline_letter,
            digest.told,
            rulebook=node.rulebook,
            unit=node.code,
            url=node.url,
            now=node.clock(),
        ),
        to=(digest.email,),
    )
    return ways[message.way](parcel)


def _parcel(node: Node, message: Claimed) -> Parcel:
    """Read one by one, at the moment of sending: an address erased meanwhile is not written to."""
    with node.reading() as session:
        found = facts(session, message)
    settings = node.settings
    return Parcel(
        key=message.key,
        kind=message.kind,
        thread=found.number,
        written_at=message.created_at,
        link_shown=found.link_shown,
        write=partial(
            letter,
            message.stage,
            found,
            rulebook=node.rulebook,
            unit=node.code,
            url=node.url,
            operator_email=settings.operator.email,
        ),
        to=_addresses(message, found, settings.alerts.addresses),
    )


def _addresses(message: Claimed, found: Facts, duty: tuple[str, ...]) -> tuple[str, ...]:
    if message.kind is Kind.ALERT:
        return duty
    return () if found.email is None else (found.email,)


def _settle(
    node: Node,
    ways: Mapping[Way, Send],
    message: Claimed,
    outcome: Outcome,
    untold: Sequence[Told] = (),
) -> None:
    now, way = node.clock(), message.way
    step = after_attempt(
        message.kind,
        way,
        outcome,
        attempts=message.attempts,
        waiting_since=message.waiting_since,
        now=now,
        rand=random.SystemRandom().random,
    )
    tried = [(way, outcome)]
    if step.state is MessageState.FAILED and message.appeal_id is not None:
        for other, came in _other_ways(ways, way, _parcel(node, message)):
            step = instead(step, other, came)
            tried.append((other, came))
    with node.transaction() as session:
        settle_delivery(session, message=message, step=step, tried=tried, untold=untold, now=now)
    _report(message, step, outcome)


def _other_ways(
    ways: Mapping[Way, Send], failed: Way, parcel: Parcel
) -> Iterator[tuple[Way, Outcome]]:
    """The ways after the one that failed, up to the first that takes it."""
    order = [one.way for one in DELIVERIES]
    for way in order[order.index(failed) + 1 :]:
        outcome = ways[way](parcel)
        yield way, outcome
        if outcome.result is Result.ACCEPTED:
            return


def _report(message: Claimed, step: Step, outcome: Outcome) -> None:
    told = {"message": message.id, "kind": message.kind.value, "way": step.way.value}
    if step.state is MessageState.DELIVERED:
        log.info("message delivered", **told, code=outcome.code)
    elif step.state is MessageState.NEEDLESS:
        log.info("nothing was left to tell", **told)
    elif step.state is MessageState.WAITING:
        log.warning("message not delivered yet", **told, code=outcome.code)
    else:
        tell = log.error if message.kind is Kind.ALERT else log.warning
        tell("message not delivered", **told, code=outcome.code, failure=step.failure)


def _report_bug(what: str, message: Claimed, error: Exception) -> None:
    """Only where it happened: the words of an error may hold an address."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    log.error(
        what,
        message=message.id,
        error=type(error).__name__,
        at=f"{place.name}:{place.lineno}",
    )


def seconds(node: Node) -> float:
    """Between two runs."""
    return min(5.0, node.policy.exchange_seconds)
