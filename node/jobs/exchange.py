"""Call the parent: send what is due, take in the receipt and what comes down."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cache

import structlog

from federation import exchange, trust
from federation.backoff import Backoff, after_failure
from federation.courier import Answer, clock_offset
from federation.downward import children, route_all, route_marked
from federation.errors import BadStatement, Refusal, TransportError
from federation.join import REACTIONS, Reaction
from federation.keys import PublicKey
from federation.ledger import UNROUTED, Link
from federation.wire import ExchangeAnswer, ExchangeRequest
from node.actions.federation_rules import FederationRules
from node.actions.judge_again import OF_A_DIRECTORY, OF_ADDRESSEES, judge_again
from node.bootstrap import VERSION, Node
from node.statements import apply_all
from node.store.ledger import SqlLedger
from node.store.membership import Membership, membership

log = structlog.get_logger("cur.exchange")
PATH = "/federation/v1/exchange"
SOFTWARE = f"cur/{VERSION}"
ONCE_MORE = frozenset({Reaction.SMALLER, Reaction.AFRESH})  # the courier does OFFSET_ONCE itself
ONE_STATEMENT = 1  # byte: what is larger travels alone
NAMES_ADDRESSEES = frozenset({"directive", "help"})
ROUNDS = 200
"""Calls in one run while more is due: a month of backlog is many portions, but not for ever."""


def run(node: Node) -> None:
    """Exchange until nothing is due; a failure is kept as durable backoff."""
    _route(node)
    with node.reading() as session:
        above = membership(session)
        if above is None or SqlLedger(session).incarnation() is None:
            return
        link = SqlLedger(session).link(above.parent)
    now = node.clock()
    if link.suspended or not Backoff(link.failures, link.not_before).ready(now):
        return
    most, tried = exchange.MAX_STATEMENTS, set[Reaction]()
    for _ in range(ROUNDS):
        try:
            more = _once(node, above, most)
        except Refusal as refusal:
            reaction = REACTIONS[refusal.code]
            if reaction in ONCE_MORE and reaction not in tried:
                tried.add(reaction)
                most = ONE_STATEMENT if reaction is Reaction.SMALLER else most
                continue
            _failed(node, above, refusal.code, refusal.extra.get("retry_after"), refusal)
            return
        except TransportError as error:
            _failed(node, above, str(error), None, None)
            return
        if not more:
            return


def _once(node: Node, above: Membership, max_bytes: int) -> bool:
    """One call with statements up to a size; whether more is due at once."""
    with node.transaction() as session:
        request = exchange.compose(
            SqlLedger(session),
            me=node.code,
            parent=above.parent,
            software=SOFTWARE,
            now=node.clock(),
            max_bytes=max_bytes,
        )
    key_of = cache(lambda kid: _parent_key(node, above, kid))
    answered = node.courier.post(
        above.url,
        PATH,
        request.to_payload(),
        key=node.signing,
        sender=node.code,
        recipient=above.parent,
        answer_key=key_of,
        now=node.clock,
        dial=above.dial,
    )
    if answered.refusal is not None:
        raise answered.refusal
    return _settle(node, above, request, answered, key_of)


def _settle(
    node: Node,
    above: Membership,
    request: ExchangeRequest,
    answered: Answer,
    key_of: Callable[[str], PublicKey | None],
) -> bool:
    answer = ExchangeAnswer.from_payload(answered.payload)
    now = node.clock()
    key = key_of(answer.receipt.kid)
    if key is None:
        raise TransportError("the receipt is signed by a key that is not the parent's")
    with node.transaction() as session:
        ledger = SqlLedger(session)
        ledger.exclusive()
        kept = membership(session)
        if kept is None or (kept.parent, kept.joined_at) != (above.parent, above.joined_at):
            # The joining has queued everything anew: this receipt must not clear any of that.
            raise TransportError("this node has joined anew since it asked")
        rules = FederationRules(session, ledger, node.rulebook.directory, me=node.code)
        settled = exchange.settle(
            ledger,
            rules,
            me=node.code,
            parent=above.parent,
            request=request,
            request_id=answered.request_id,
            answer=answer,
            parent_key=key,
            signer=node.signing,
            now=now,
        )
        kept.clock_offset_seconds = (answer.server_time - now).total_seconds()
        apply_all(session, settled.stored)
        if any(one.type in NAMES_ADDRESSEES for one in settled.stored):
            # Reports that were here before what they are about, or before it named their unit.
            again = judge_again(session, node.rulebook, me=node.code, codes=OF_ADDRESSEES, now=now)
            apply_all(session, again)
    if any(one.type == "directory" for one in settled.stored):
        node.refresh()  # unless a request to this process has been quicker
        turn_to_the_directory(node)
    for rejected in settled.rejected:
        log.warning(
            "statement refused above",
            by=rejected.by,
            code=rejected.code,
            origin=rejected.id.origin,
            type=rejected.id.type,
            key=rejected.id.key,
        )
    return settled.more


def turn_to_the_directory(node: Node) -> None:
    """A unit may be known now, or stand elsewhere: what was refused for that, what goes to whom."""
    now = node.clock()
    with node.transaction() as session:
        apply_all(
            session,
            judge_again(session, node.rulebook, me=node.code, codes=OF_A_DIRECTORY, now=now),
        )
        ledger = SqlLedger(session)
        rules = FederationRules(session, ledger, node.rulebook.directory, me=node.code)
        for child in sorted(children(ledger, rules, node.code)):
            route_all(ledger, rules, child, me=node.code, now=now)


def _route(node: Node) -> None:
    """What was sealed here since the last run becomes due at the children it goes to.

    A child's call would do it too; but a sender wants to see for whom its directive waits even
    while nobody calls.
    """
    now = node.clock()
    with node.reading() as session:
        if not SqlLedger(session).due_down(UNROUTED, now, 1):
            return
    with node.transaction() as session:
        ledger = SqlLedger(session)
        ledger.exclusive()
        rules = FederationRules(session, ledger, node.rulebook.directory, me=node.code)
        route_marked(ledger, rules, me=node.code, now=now)


def _parent_key(node: Node, above: Membership, kid: str) -> PublicKey | None:
    with node.reading() as session:
        ledger = SqlLedger(session)
        rules = FederationRules(session, ledger, node.rulebook.directory, me=node.code)
        try:
            found = trust.signing_key(
                rules, rules.anchors, node=above.parent, kid=kid, now=node.clock()
            )
        except BadStatement:
            return None
    return None if found is None else PublicKey(found.public)


def _failed(
    node: Node, above: Membership, why: str, retry_after: object, refusal: Refusal | None
) -> None:
    now = node.clock()
    log.warning("exchange failed", parent=above.parent, why=why)
    with node.transaction() as session:
        ledger = SqlLedger(session)
        link = ledger.link(above.parent)
        ledger.save_link(_backed_off(link, now, retry_after, refusal))
        offset = None if refusal is None else clock_offset(refusal, now)
        kept = membership(session)
        if offset is not None and kept is not None:
            # Kept only to hold back finals; no request is ever signed by it.
            kept.clock_offset_seconds = offset.total_seconds()


def _backed_off(link: Link, now: datetime, retry_after: object, refusal: Refusal | None) -> Link:
    wait = retry_after if isinstance(retry_after, int) else None
    backoff = after_failure(
        Backoff(link.failures, link.not_before), now, random.SystemRandom().random, wait
    )
    link = replace(link, failures=backoff.failures, not_before=backoff.not_before)
    if refusal is not None and REACTIONS[refusal.code] is Reaction.STOP:
        link = replace(link, suspended=refusal.code)
    return link


def seconds(node: Node) -> float:
    """Between two runs."""
    return node.policy.exchange_seconds
