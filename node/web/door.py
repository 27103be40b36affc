"""The federation's door on this node: a raw request in, a reply out.

Here the protocol's door, the ledger and the handlers meet. It is plain and synchronous, so that
the route, the demo's played past and a test's in-process network knock at the very same door.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from federation import door, exchange, trust
from federation import payload as payloads
from federation.door import Admitted, RawRequest, RefusalBudget, Reply
from federation.errors import BadStatement, Refusal
from federation.incarnation import NotSealingYet
from federation.keys import PublicKey
from federation.payload import Payload
from federation.statement import StatementId
from federation.wire import ExchangeAnswer, ExchangeRequest
from node.actions.enrol_child import enrol_child
from node.actions.federation_rules import FederationRules
from node.bootstrap import Node
from node.statements import apply_all
from node.store import journal
from node.store.ledger import SqlLedger
from node.store.membership import parent_to_queue_for
from node.store.session import DatabaseUnavailable, Session

log = structlog.get_logger("cur.door")
EXCHANGE = "/federation/v1/exchange"
ENROL = "/federation/v1/enrol"
DESCRIPTOR = "/federation/v1/descriptor"
BODY_SECONDS = 60.0


class Door:
    """One node's door; keeps only the budget of signed refusals between requests."""

    def __init__(self, node: Node, *, body_seconds: float = BODY_SECONDS) -> None:
        """`body_seconds`: how long a sender may take over its body, for whoever reads it."""
        self._node = node
        self._budget = RefusalBudget()
        self.body_seconds = body_seconds

    def look(self, raw: RawRequest) -> Reply | None:
        """What a head alone is refused with, before a byte of its body is read; None lets it on."""
        path = raw.path.partition("?")[0]
        if path in (ENROL, DESCRIPTOR):
            try:
                door.check_head(raw.headers)
            except Refusal as refusal:
                return door.problem(refusal)
            return None
        now = self._node.clock()
        try:
            with self._node.reading() as session:
                keys = Keys(session, self._node, now)
                try:
                    self._admit(raw, keys, now)
                except Refusal as refusal:
                    return self._refuse(refusal, raw, keys, now)
        except DatabaseUnavailable:
            return self._busy()
        return None

    def turn_away(self, refusal: Refusal, raw: RawRequest) -> Reply:
        """Refuse what was found out while the body was read."""
        if raw.path.partition("?")[0] == ENROL:
            return door.problem(refusal)
        now = self._node.clock()
        try:
            with self._node.reading() as session:
                return self._refuse(refusal, raw, Keys(session, self._node, now), now)
        except DatabaseUnavailable:
            return self._busy()

    def knock(self, raw: RawRequest) -> Reply:
        """Answer one request; never raises for what a stranger may send."""
        self._node.keep_up()
        now = self._node.clock()
        path = raw.path.partition("?")[0]
        try:
            if path == ENROL and raw.method == "POST":
                return self._enrol(raw, now)
            if path == DESCRIPTOR and raw.method == "GET":
                return self._descriptor()
            return self._signed(raw, path, now)
        except DatabaseUnavailable:
            return self._busy()

    def _busy(self) -> Reply:
        log.exception("database", node=self._node.code)
        return door.problem(Refusal("maintenance", "the database is busy", retry_after=30))

    def _admit(self, raw: RawRequest, keys: Keys, now: datetime) -> Admitted:
        return door.admit_head(
            raw, public_url=self._node.url, me=self._node.code, keys=keys, now=now
        )

    def _signed(self, raw: RawRequest, path: str, now: datetime) -> Reply:
        with self._node.reading() as session:
            keys = Keys(session, self._node, now)
            try:
                admitted = self._admit(raw, keys, now)
                payload = door.admit_body(admitted, raw.headers, raw.body)
                if path != EXCHANGE or raw.method != "POST":
                    raise Refusal("not_found", f"nothing is at {path}")
                request = ExchangeRequest.from_payload(payload)
                key = keys.key(admitted.sender, admitted.kid)
            except Refusal as refusal:
                return self._refuse(refusal, raw, keys, now)
        assert key is not None  # the door has verified with it
        try:
            answer = self._receive(admitted, key, request, now)
        except Refusal as refusal:
            if refusal.code == "clone":
                with self._node.transaction() as session:
                    exchange.note_refusal(
                        SqlLedger(session), sender=admitted.sender, refusal=refusal
                    )
            with self._node.reading() as session:
                return self._refuse(refusal, raw, Keys(session, self._node, now), now)
        headers, body = door.answer(
            status=200,
            payload=answer.to_payload(),
            request=admitted,
            key=self._node.signing,
            now=now,
        )
        return Reply(200, headers, body)

    def _receive(
        self, admitted: Admitted, key: PublicKey, request: ExchangeRequest, now: datetime
    ) -> ExchangeAnswer:
        node = self._node
        with node.transaction() as session:
            ledger = SqlLedger(session)
            parent = parent_to_queue_for(session)
            rules = FederationRules(session, ledger, node.rulebook.directory, me=node.code)
            received = exchange.receive(
                ledger,
                rules,
                request,
                me=node.code,
                parent=parent,
                sender=admitted.sender,
                key=key,
                request_id=admitted.request_id,
                nonce=admitted.nonce,
                nonce_until=admitted.nonce_expires,
                created=admitted.created,
                signer=node.signing,
                now=now,
                relay_open_after=timedelta(minutes=node.policy.relay_open_minutes),
            )
            apply_all(session, received.stored)
            return received.answer

    def _refuse(self, refusal: Refusal, raw: RawRequest, keys: Keys, now: datetime) -> Reply:
        log.info("refused", code=refusal.code, node=self._node.code)
        return door.refuse(
            refusal,
            raw,
            public_url=self._node.url,
            keys=keys,
            key=self._node.signing,
            budget=self._budget,
            now=now,
        )

    def _enrol(self, raw: RawRequest, now: datetime) -> Reply:
        node = self._node
        payload: Payload = {}
        try:
            door.check_head(raw.headers)
            payload = payloads.decode(_content_type(raw), raw.body)
            with node.transaction() as session:
                enrolled = enrol_child(
                    session,
                    node.rulebook,
                    me=node.code,
                    signer=node.signing,
                    payload=payload,
                    now=now,
                )
                apply_all(session, enrolled.stored)
        except Refusal as refusal:
            log.warning("enrolment refused", code=refusal.code, node=node.code)
            if refusal.code == "token_used":
                # Somebody holds an invitation that served another: an alarm, and no stranger can
                # fill the journal with it, for it takes the secret to get here.
                with node.transaction() as session:
                    journal.write(
                        session,
                        action="invitation_used_twice",
                        subject=str(payload.get("unit")),
                        actor="federation",
                        now=now,
                    )
            return door.problem(refusal)
        except NotSealingYet:
            # The certificate cannot be sealed before our own parent has answered.
            return door.problem(Refusal("maintenance", "not sealing yet", retry_after=30))
        return door.plain(200, enrolled.answer)

    def _descriptor(self) -> Reply:
        """Public: what this node says of itself, signed by its root."""
        id = StatementId(self._node.code, "descriptor", self._node.code)
        with self._node.reading() as session:
            held = SqlLedger(session).newest([id]).get(id)
        if held is None or held.envelope is None:
            return door.problem(Refusal("not_found", "this node has no keys yet"))
        return door.plain(200, dict(held.envelope.to_wire()))


class Keys:
    """The door's `KeySource`: direct children whose chain ends at this node."""

    def __init__(self, session: Session, node: Node, now: datetime) -> None:
        self._ledger = SqlLedger(session)
        self._rules = FederationRules(session, self._ledger, node.rulebook.directory, me=node.code)
        self._me = node.code
        self._now = now

    def key(self, sender: str, kid: str) -> PublicKey | None:
        if self._rules.parent_of(sender) != self._me:
            return None
        try:
            found = trust.signing_key(
                self._rules, self._rules.anchors, node=sender, kid=kid, now=self._now
            )
        except BadStatement as bad:
            raise Refusal("key_revoked", bad.detail) from bad
        return None if found is None else PublicKey(found.public)

    def nonce_seen(self, kid: str, nonce: str) -> bool:
        return self._ledger.nonce_seen(kid, nonce)


def _content_type(raw: RawRequest) -> str:
    return next((value for name, value in raw.headers if name.lower() == "content-type"), "")
