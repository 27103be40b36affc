"""Enter what a certificate says of a unit's days: from when on it is expected in the figures."""

from __future__ import annotations

from sqlalchemy.orm import Session

from federation.schemas.certificate import Certificate
from node.domain.coverage import Service
from node.store import coverage


def enter_certificate(session: Session, certificate: Certificate) -> None:
    """The newest certificate of a child is in force; a revoked one leaves its past as it was.

    The directory's own dates, where it has them, are put before these by whoever reads them.
    """
    service = service_of(certificate)
    if service is not None and certificate.status == "valid":
        coverage.upsert_leaf(session, certificate.child, service.node_from, service.node_until)


def service_of(certificate: Certificate) -> Service | None:
    """The child's own days by its certificate; None when its unit is not among its territories."""
    own = [place for place in certificate.territories if place.unit == certificate.child]
    if not own:
        return None
    ends = [place.ends for place in own if place.ends is not None]
    return Service(
        node_from=min(place.starts for place in own),
        node_until=max(ends) if len(ends) == len(own) else None,
    )
