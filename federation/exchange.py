"""The one call that does everything on a link: compose, receive, settle.

`compose` and `settle` are the child's side, `receive` is the parent's. Each works inside one
transaction of its caller, and the network lies between them: nothing is sent before the
transaction that sealed it is durable, nothing is acknowledged before the one that stored it is.

    child                                   parent
    with transaction: request = compose()
    courier sends request.to_payload()  →   door admits it
                                            with transaction: answer = receive()
    with transaction: settle(answer)    ←   answer.to_payload(), signed
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from federation.admission import (
    NOTHING_CAME,
    RELAY_OPEN_AFTER,
    Admission,
    Known,
    Offered,
    Rules,
    admit,
)
from federation.downward import due_for, route_all, take_receipts
from federation.errors import BadStatement, Refusal, TransportError
from federation.incarnation import NotSealingYet, answered, begin_again, seal_own, start
from federation.join import Result, is_ahead, link_answer
from federation.keys import KeyPair, PublicKey
from federation.ledger import KeptReceipt, Ledger, Outbound, Rejected
from federation.portion import SUMMARY_PORTION, portion, sendable
from federation.receipt import Outcome, Receipt
from federation.schemas import SCHEMAS
from federation.statement import Envelope, Statement, StatementId, parse
from federation.upward import queue_everything
from federation.wire import (
    MAX_STATEMENTS,
    MOST,
    Digests,
    ExchangeAnswer,
    ExchangeRequest,
    Verdict,
)

__all__ = [
    "MAX_STATEMENTS",
    "SUMMARY_PORTION",
    "Digests",
    "ExchangeAnswer",
    "ExchangeRequest",
    "NotSealingYet",
    "Outcome",
    "Receipt",
    "Received",
    "Rules",
    "Settled",
    "Verdict",
    "compose",
    "note_refusal",
    "queue_everything",
    "receive",
    "seal_own",
    "settle",
    "start",
]


def compose(
    ledger: Ledger,
    *,
    me: str,
    parent: str,
    software: str,
    now: datetime,
    max_bytes: int = MAX_STATEMENTS,
    summary_portion: int = SUMMARY_PORTION,
    digest: Digests = Digests(),
) -> ExchangeRequest:
    """The next request to the parent: urgent types first, then a portion of summaries.

    Until a start has been answered it is empty and asks for what to draw the epoch from.
    NotSealingYet before any `start`.
    """
    incarnation = ledger.incarnation()
    if incarnation is None:
        raise NotSealingYet("this node has not started")
    first = incarnation.epoch is None
    queued: list[tuple[Outbound, Envelope]] = []
    if not first:
        chosen = portion(ledger.due(now, MOST), max_bytes, summary_portion)
        queued, broken = sendable(chosen, ledger.envelopes(chosen))
        _give_up(ledger, broken, me=me, now=now)
    return ExchangeRequest(
        sender=me,
        recipient=parent,
        epoch=incarnation.known if incarnation.epoch is None else incarnation.epoch,
        first_of_start=first,
        statements=tuple(envelope for _, envelope in queued),
        queued=tuple(entry for entry, _ in queued),
        receipts=tuple(kept.envelope for kept in ledger.undelivered(parent)),
        digest=digest,
        backlog=ledger.backlog(now),
        software=software,
    )


@dataclass(frozen=True, slots=True)
class Received:
    """The answer to a request, and the statements that have come to stand by it."""

    answer: ExchangeAnswer
    stored: tuple[Statement, ...]


def receive(
    ledger: Ledger,
    rules: Rules,
    request: ExchangeRequest,
    *,
    me: str,
    parent: str | None,
    sender: str,
    key: PublicKey,
    request_id: str,
    nonce: str,
    nonce_until: datetime,
    created: datetime,
    signer: KeyPair,
    now: datetime,
    relay_open_after: timedelta = RELAY_OPEN_AFTER,
    max_down: int = MAX_STATEMENTS,
    known: Known = SCHEMAS,
) -> Received:
    """Take in a request the door has verified as `sender`'s, signed with `key` at `created`.

    Everything in the caller's one write transaction; the answer may leave when that is committed.
    `max_down` is how many bytes of statements it may carry down.
    Refusals (nothing is stored then, see `note_refusal`): wrong_target, suspended, moved, clone,
    replayed.
    """
    if request.sender != sender:
        raise Refusal("malformed", f"sender: {request.sender} in a request of {sender}")
    if request.recipient != me:
        raise Refusal("wrong_target", f"recipient: this is {me}", expected=me)
    ledger.exclusive()
    link = ledger.link(sender)
    refused = link_answer(
        suspended=link.suspended is not None,
        moved=link.suspended == "moved",
        request_epoch=request.epoch,
        first_of_start=request.first_of_start,
        held_epoch=link.epoch,
        made_before=link.epoch_since is not None and created < link.epoch_since,
    )
    if refused is not None:
        raise Refusal(refused, _WHY[refused])
    for once in (nonce, request_id):
        ledger.remember_nonce(key.kid, once, nonce_until)
    taken = NOTHING_CAME
    if request.statements:
        taken = admit(
            ledger,
            rules,
            [Offered(envelope, sender, now) for envelope in request.statements],
            me=me,
            parent=parent,
            now=now,
            relay_open_after=relay_open_after,
            known=known,
        )
    if request.first_of_start:
        # It may have been restored, or understand now what it did not: whatever it has said before.
        ledger.offer_again(sender, now)
        route_all(ledger, rules, sender, me=me, now=now)
    take_receipts(ledger, request.receipts, child=sender, key=key, now=now)
    receipt = Receipt(request_id, now, taken.outcomes).seal(signer)
    # A heartbeat's receipt is evidence of nothing, and there is one a minute.
    if taken.outcomes:
        ledger.keep_given(KeptReceipt(sender, request_id, receipt, now), delivered=True)
    # An epoch nobody may hold yet must not become the floor under all later ones.
    shown = 0 if request.first_of_start or is_ahead(request.epoch, now) else request.epoch
    if shown > link.epoch:
        link = replace(link, epoch=shown, epoch_since=created)
    link = replace(
        link,
        heard_in=now,
        backlog=request.backlog,
        software=request.software,
    )
    ledger.save_link(link)
    answer = ExchangeAnswer(
        server_time=now,
        your_epoch=max(link.epoch, ledger.highest_epoch(sender)),
        receipt=receipt,
        statements=due_for(ledger, rules, sender, me=me, now=now, max_bytes=max_down),
    )
    return Received(answer, taken.stored)


def note_refusal(ledger: Ledger, *, sender: str, refusal: Refusal) -> None:
    """What a refused request leaves behind, in a transaction of its own: a clone is suspended."""
    if refusal.code == "clone":
        ledger.exclusive()
        ledger.save_link(replace(ledger.link(sender), suspended="clone"))


@dataclass(frozen=True, slots=True)
class Settled:
    """What an answer changed. `outdated`: own statements of which the parent holds a higher
    version, so that this start has given up its epoch. `came_down`: outcomes of what the parent
    sent; `stored`: the statements that have come to stand by it. `more`: something is due at once,
    or came down and may be followed by more: the next exchange need not wait.
    """

    receipt: Receipt
    epoch: int | None
    outdated: tuple[StatementId, ...]
    rejected: tuple[Rejected, ...]
    came_down: tuple[Outcome, ...]
    stored: tuple[Statement, ...]
    more: bool


def settle(
    ledger: Ledger,
    rules: Rules,
    *,
    me: str,
    parent: str,
    request: ExchangeRequest,
    request_id: str,
    answer: ExchangeAnswer,
    parent_key: PublicKey,
    signer: KeyPair,
    now: datetime,
    known: Known = SCHEMAS,
) -> Settled:
    """Take in a verified answer to `request`, in the caller's one write transaction.

    A queued statement is done with when the receipt names the bytes that were sent for it; a
    version sealed meanwhile stays queued. TransportError, and nothing changed, when the receipt is
    not the parent's word for this request.
    """
    receipt = _open_receipt(answer, request=request, request_id=request_id, key=parent_key)
    ledger.exclusive()
    if receipt.results:
        ledger.keep_got(KeptReceipt(parent, request_id, answer.receipt, now))
        ledger.dequeue([entry.version.sha256 for entry in request.queued])
    rejected = _rejected(receipt, answer.verdicts, request=request, parent=parent, now=now)
    ledger.note_rejected(rejected)
    ledger.mark_delivered(parent, _request_ids(ledger, request.receipts, parent=parent))
    came_down = _take_down(
        ledger,
        rules,
        answer,
        me=me,
        parent=parent,
        request_id=request_id,
        signer=signer,
        now=now,
        known=known,
    )
    outdated = _outdated(ledger, receipt, request=request, me=me)
    if request.first_of_start:
        answered(ledger, parent_time=answer.server_time, your_epoch=answer.your_epoch, now=now)
    elif outdated or answer.your_epoch > request.epoch:
        begin_again(ledger, known=answer.your_epoch, now=now)
    link = ledger.link(parent)
    ledger.save_link(replace(link, heard_out=now, failures=0, not_before=None))
    incarnation = ledger.incarnation()
    return Settled(
        receipt=receipt,
        epoch=None if incarnation is None else incarnation.epoch,
        outdated=outdated,
        rejected=tuple(rejected),
        came_down=came_down.outcomes,
        stored=came_down.stored,
        more=bool(ledger.due(now, 1)) or _is_news(came_down, request.receipts, signer),
    )


_WHY = {
    "moved": "this node is no longer the parent: an operator joins the new one with a token",
    "suspended": "the link is suspended until an operator opens it",
    "replayed": "made before a later start of this node was heard",
    "clone": "a later start of this node was heard already: two of it are running",
}


def _give_up(ledger: Ledger, broken: Sequence[Outbound], *, me: str, now: datetime) -> None:
    """What no payload can carry is refused here, by name; nothing behind it waits."""
    if broken:
        ledger.note_rejected(
            [Rejected(one.id, one.version.sha256, "malformed", me, now) for one in broken]
        )
        ledger.dequeue([one.version.sha256 for one in broken])


def _open_receipt(
    answer: ExchangeAnswer, *, request: ExchangeRequest, request_id: str, key: PublicKey
) -> Receipt:
    try:
        receipt = Receipt.open(answer.receipt, key)
    except BadStatement as bad:
        raise TransportError(f"the receipt cannot be trusted: {bad}") from bad
    if receipt.request_id != request_id:
        raise TransportError(f"a receipt for {receipt.request_id}, not for {request_id}")
    sent = [envelope.sha256 for envelope in request.statements]
    if [outcome.sha256 for outcome in receipt.results] != sent:
        raise TransportError("the receipt is not for the statements that were sent")
    return receipt


def _rejected(
    receipt: Receipt,
    verdicts: Sequence[Verdict],
    *,
    request: ExchangeRequest,
    parent: str,
    now: datetime,
) -> list[Rejected]:
    here = [
        Rejected(entry.id, outcome.sha256, outcome.code, parent, now)
        for entry, outcome in zip(request.queued, receipt.results, strict=True)
        if outcome.code is not None
    ]
    return here + [Rejected(v.id, v.sha256, v.code, v.by, now) for v in verdicts]


def _request_ids(ledger: Ledger, receipts: Sequence[Envelope], *, parent: str) -> list[str]:
    """The receipts of ours that the answered request carried."""
    carried = set(receipts)
    return [kept.request_id for kept in ledger.undelivered(parent) if kept.envelope in carried]


def _take_down(
    ledger: Ledger,
    rules: Rules,
    answer: ExchangeAnswer,
    *,
    me: str,
    parent: str,
    request_id: str,
    signer: KeyPair,
    now: datetime,
    known: Known,
) -> Admission:
    """Join what the parent sent down; the receipt for it rides in the next request."""
    if not answer.statements:
        return NOTHING_CAME
    offered = [Offered(envelope, parent, now) for envelope in answer.statements]
    taken = admit(ledger, rules, offered, me=me, parent=parent, now=now, known=known)
    sealed = Receipt(request_id, now, taken.outcomes).seal(signer)
    ledger.keep_given(KeptReceipt(parent, request_id, sealed, now), delivered=False)
    return taken


def _is_news(came_down: Admission, receipted: Sequence[Envelope], signer: KeyPair) -> bool:
    """Whether anything came down that this very request did not bring receipts for.

    A parent that does not take in our receipts sends the same again: calling at once would be
    calling for ever.
    """
    said = set[str]()
    for envelope in receipted:
        try:
            said.update(one.sha256 for one in Receipt.open(envelope, signer.public).results)
        except BadStatement:
            continue  # signed with a key this node has changed since
    return any(outcome.sha256 not in said for outcome in came_down.outcomes)


def _outdated(
    ledger: Ledger, receipt: Receipt, *, request: ExchangeRequest, me: str
) -> tuple[StatementId, ...]:
    """Own statements that stand here while the parent holds a higher version of them."""
    older = {o.sha256 for o in receipt.results if o.result is Result.OLDER}
    if not older:
        return ()
    statements = [parse(e) for e in request.statements if e.sha256 in older]
    own = {s.id: s.version for s in statements if s.origin == me}
    standing = ledger.newest_versions(own.keys())
    return tuple(id for id, version in own.items() if standing.get(id) == version)
