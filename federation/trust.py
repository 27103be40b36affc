"""Whose key may speak for whom: the chain from a statement up to a root this node was given.

A node's descriptor is vouched for by the certificate of its parent, that one by a signing key of
the parent's descriptor, and so on up to an *anchor*: a root thumbprint the receiver holds without
anyone's word (its own; its parent's and the top's, from the join token). Only logic lives here:
what is stored is asked through `TrustSource`.

**Which moment counts.** `now` is everywhere the earliest receipt known of the statement in
question: the receiver's clock for one that just came, the stored receive time for one that is
checked again. The maker's own time would let a stolen key date back. Hence

- a statement received while its certificate was in force stays good when the certificate expires;
- one that comes later is *pending*, not bad: checked again at the present moment, the renewed
  certificate of the same root lets it in, however old it is, and a month offline loses nothing;
- of a revoked key, what was received before `suspect_from` stays good.

The window of a signing key is the exception: a statement is outside it only when it was both made
and received after not_after. A tier restored from an old backup is handed summaries of years ago,
under keys long rotated away, and must take them. The window is order in the node's own house; what
protects against a thief is the revocation.

**Whose fault it is.** A fault of the node itself (another root than certified, a revoked
certificate or key) is a `BadStatement`. The same fault further up leaves the chain incomplete: the
node below did nothing wrong, and a new certificate for it mends the chain without a new statement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal, Protocol

from federation.errors import BadStatement
from federation.keys import PublicKey, thumbprint
from federation.schemas.certificate import Certificate
from federation.schemas.descriptor import Descriptor, SigningKey
from federation.schemas.fields import malformed
from federation.statement import Envelope, Statement, parse, verify

MAX_DEPTH = 8
SKEW = timedelta(seconds=120)

Anchors = Mapping[str, str]
"""Node id → thumbprint of its root, on nobody's word."""

Verdict = Literal["ok", "pending"]


class TrustSource(Protocol):
    """The newest verified and stored descriptor and certificate of a node, None when none is held.

    After a re-parenting two parents may have certified a child: the one of the parent in the
    directory is meant.
    """

    def descriptor(self, node: str) -> Statement | None: ...

    def certificate(self, child: str) -> Statement | None: ...


def descriptor_root_ok(statement: Statement) -> Descriptor:
    """The descriptor, when it is well-formed and signed by the root it names.

    Says nothing about whether that root is the right one. BadStatement: malformed, sig_invalid.
    """
    descriptor = Descriptor.from_body(statement.key, statement.body)
    if statement.origin != descriptor.node:
        raise malformed("a descriptor speaks for its origin", "node")
    if statement.epoch != 0 or statement.rev < 1:
        raise malformed("version N of a descriptor has epoch 0 and rev N, from 1", "rev")
    verify(statement.envelope, PublicKey(descriptor.root))
    return descriptor


def root_of(statement: Statement) -> str:
    """Thumbprint of the root that a stored descriptor names."""
    return thumbprint(_descriptor(statement).root)


def vouched_root(source: TrustSource, anchors: Anchors, *, node: str, now: datetime) -> str | None:
    """Thumbprint of the root that `node` must have, or None while the chain is not complete.

    BadStatement: sig_invalid when the node's own certificate is revoked, disputed when no anchor
    is reached within MAX_DEPTH certificates, as in a circle.
    """
    vouched: str | None = None
    signed_by: str | None = None
    current = node
    for _ in range(MAX_DEPTH + 1):
        issued = None if current in anchors else source.certificate(current)
        if current in anchors:
            root = anchors[current]
        elif issued is None:
            return None
        else:
            certificate = _certificate(issued)
            if certificate.status == "revoked":
                if current == node:
                    raise BadStatement("sig_invalid", f"the certificate of {node} is revoked")
                return None
            if not certificate.not_before - SKEW <= now <= certificate.not_after + SKEW:
                return None
            root = certificate.root
        if signed_by is None:
            vouched = root
        elif not _issued_by(source, current, root, signed_by):
            return None
        if issued is None:
            return vouched
        signed_by = issued.envelope.kid
        current = issued.origin
    raise BadStatement("disputed", f"no anchor within {MAX_DEPTH} certificates above {node}")


def signing_key(
    source: TrustSource,
    anchors: Anchors,
    *,
    node: str,
    kid: str,
    now: datetime,
    made_at: datetime | None = None,
) -> SigningKey | None:
    """The key `kid` of `node` when it may sign; None while the chain to it is not complete.

    A kid the descriptor held does not name is not complete either: in a rotation a statement may
    overtake the descriptor that names its key. `made_at` is the time a statement gives itself; a
    request has none and is judged by `now` alone. BadStatement: disputed when the descriptor has
    another root than is vouched for, sig_invalid for a revoked or expired key or a revoked
    certificate.
    """
    root = vouched_root(source, anchors, node=node, now=now)
    stated = source.descriptor(node)
    if root is None or stated is None:
        return None
    descriptor = _descriptor(stated)
    if thumbprint(descriptor.root) != root:
        raise BadStatement("disputed", f"{node} shows another root than was vouched for")
    key = descriptor.key(kid)
    if key is None:
        return None
    if key.status == "revoked" and (key.suspect_from is None or now >= key.suspect_from):
        raise BadStatement("sig_invalid", f"the key {kid} of {node} is revoked")
    if min(now, made_at or now) > key.not_after + SKEW:
        raise BadStatement("sig_invalid", f"the key {kid} of {node} has expired")
    if now < key.not_before - SKEW:
        return None
    return key


def check_statement(
    source: TrustSource,
    anchors: Anchors,
    statement: Statement,
    *,
    parent_of: Callable[[str], str | None],
    now: datetime,
) -> Verdict:
    """Whether `statement` is proved to be of its origin; "pending" while the chain is incomplete.

    BadStatement: sig_invalid, disputed, malformed, and not_yours for a certificate by anyone but
    the child's parent in the directory (`parent_of`). What else a body may say is not asked here.
    """
    if statement.type == "descriptor":
        return _check_descriptor(source, anchors, statement, now=now)
    if statement.type == "certificate":
        _check_issue(source, statement, parent_of)
    key = signing_key(
        source,
        anchors,
        node=statement.origin,
        kid=statement.envelope.kid,
        now=now,
        made_at=statement.made_at,
    )
    if key is None:
        return "pending"
    verify(statement.envelope, PublicKey(key.public))
    return "ok"


def _check_descriptor(
    source: TrustSource, anchors: Anchors, statement: Statement, *, now: datetime
) -> Verdict:
    descriptor = descriptor_root_ok(statement)
    root = vouched_root(source, anchors, node=descriptor.node, now=now)
    if root is None:
        return "pending"
    if thumbprint(descriptor.root) != root:
        raise BadStatement("disputed", f"{descriptor.node} shows another root than was vouched for")
    return "ok"


def _check_issue(
    source: TrustSource, statement: Statement, parent_of: Callable[[str], str | None]
) -> None:
    """A certificate is the parent's to give, and a known child keeps its root."""
    certificate = Certificate.from_body(statement.key, statement.body)
    if parent_of(certificate.child) != statement.origin:
        raise BadStatement(
            "not_yours", f"{statement.origin} is not the parent of {certificate.child}"
        )
    known = source.certificate(certificate.child)
    if known is not None and _certificate(known).root != certificate.root:
        raise BadStatement("disputed", f"a second root for {certificate.child}")


def _issued_by(source: TrustSource, issuer: str, root: str, kid: str) -> bool:
    """Whether a stored certificate's `kid` is a key of the issuer, whose root must be `root`.

    No window of time: the certificate was checked when it came and has its own not_after; it does
    not end with the key that made it. A revoked key's certificates are to be issued anew.
    """
    stated = source.descriptor(issuer)
    if stated is None:
        return False
    descriptor = _descriptor(stated)
    key = descriptor.key(kid)
    return thumbprint(descriptor.root) == root and key is not None and key.status != "revoked"


def _descriptor(statement: Statement) -> Descriptor:
    return _read_descriptor(statement.envelope)


def _certificate(statement: Statement) -> Certificate:
    return _read_certificate(statement.envelope)


# Every statement of a batch walks the same few descriptors and certificates; their bytes name them.
# Only stored ones are kept: what has just come may be anybody's.
@lru_cache(maxsize=2048)
def _read_descriptor(envelope: Envelope) -> Descriptor:
    statement = parse(envelope)
    return Descriptor.from_body(statement.key, statement.body)


@lru_cache(maxsize=2048)
def _read_certificate(envelope: Envelope) -> Certificate:
    statement = parse(envelope)
    return Certificate.from_body(statement.key, statement.body)
