"""Let an invited unit in: check its token and keys, certify it, answer with the chain."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from federation.admission import Offered, admit
from federation.downward import route_all
from federation.enrolment import EnrolRequest, build_answer, check_request
from federation.errors import Refusal
from federation.keys import KeyPair, fingerprint
from federation.payload import Payload
from federation.schemas.certificate import LONGEST, Certificate, Territory
from federation.statement import Statement
from node.actions.enter_certificate import service_of
from node.actions.federation_rules import FederationRules
from node.actions.seal_certificate import seal_certificate
from node.domain.rulebook import Rulebook
from node.store import days, journal
from node.store.ledger import SqlLedger
from node.store.membership import Invitation, invitation, parent_to_queue_for


class Enrolled(NamedTuple):
    """The answer, and what has come to stand by the new certificate: for the handlers."""

    answer: Payload
    stored: tuple[Statement, ...] = ()


def enrol_child(
    session: Session,
    rulebook: Rulebook,
    *,
    me: str,
    signer: KeyPair,
    payload: Payload,
    now: datetime,
) -> Enrolled:
    """Answer an enrolment request.

    The same token with the same key is answered as the first time, because an answer may be lost.
    Refusals: malformed, sig_invalid, wrong_target, token_unknown, token_used (another key: the
    caller raises the alarm), disputed (the unit is known under another root).
    """
    ledger = SqlLedger(session)
    rules = FederationRules(session, ledger, rulebook.directory, me=me)
    request = check_request(payload, me=me, root_kid=rules.anchors[me], now=now)
    invited = _invited(session, request, now)
    if invited.answer is not None:
        return Enrolled(invited.answer)
    # The lock is for the invited only. From here on no second invitation of this unit, answered in
    # another process, can certify another root beside what is read next.
    parent = parent_to_queue_for(session)
    known = rules.certificate(request.unit)
    starts_on, spoke_since = invited.starts_on, None
    if known is not None:
        certified = Certificate.from_body(known.key, known.body)
        if certified.root != request.root_kid:
            raise Refusal("disputed", f"{request.unit} is known here under another root key")
        # Joining anew takes nothing back: the days it has spoken for stay its own.
        before = service_of(certified)
        spoke_since = before and before.node_from
        starts_on = min(starts_on, spoke_since or starts_on)
    certificate = Certificate(
        child=request.unit,
        root=request.root_kid,
        territories=(Territory(request.unit, starts_on),),
        not_before=now,
        not_after=now + LONGEST,
    )
    sealed = seal_certificate(session, certificate, me=me, parent=parent, signer=signer, now=now)
    # Through the same gate as everything else, so that it is checked, kept and queued alike.
    admitted = admit(
        ledger,
        rules,
        [Offered(request.statement.envelope, request.unit, now)],
        me=me,
        parent=parent,
        now=now,
    )
    # A node that joins anew may have lost what it was given before.
    ledger.offer_again(request.unit, now)
    route_all(ledger, rules, request.unit, me=me, now=now)
    # The operators of both sides have just agreed on it: that opens a link suspended for a clone.
    ledger.save_link(replace(ledger.link(request.unit), suspended=None))
    if rulebook.tier_of(me).intake:
        # From that day on the unit speaks for itself: what this node said of it is counted anew.
        today = now.astimezone(rulebook.directory.zone(me)).date()
        until = spoke_since or today + timedelta(days=1)
        again = [starts_on + timedelta(days=n) for n in range((until - starts_on).days)]
        days.mark_dirty(session, again, reason="reorganisation", now=now)
    invited.used_by, invited.used_at = request.root_kid, now
    invited.answer = build_answer(sealed, _chain(rules, rulebook, me), now=now)
    journal.write(
        session,
        action="child_enrolled",
        subject=request.unit,
        actor="federation",
        now=now,
        fingerprint=fingerprint(request.root_kid),
    )
    return Enrolled(invited.answer, admitted.stored)


def _invited(session: Session, request: EnrolRequest, now: datetime) -> Invitation:
    found = invitation(session, request.secret_hash)
    if found is None or found.unit != request.unit:
        raise Refusal("token_unknown", "no such invitation for this unit: ask for a new one")
    if found.used_by is not None and found.used_by != request.root_kid:
        raise Refusal("token_used", "this invitation was used with another key")
    if found.used_by is None and found.expires_at <= now:
        raise Refusal("token_unknown", "the invitation has expired: ask for a new one")
    return found


def _chain(rules: FederationRules, rulebook: Rulebook, me: str) -> list[Statement]:
    """What a child needs to verify this node up to the top: whatever of it is held here."""
    units = (me, *rulebook.directory.ancestors(me))
    held = [one for unit in units for one in (rules.descriptor(unit), rules.certificate(unit))]
    return [statement for statement in held if statement is not None]
