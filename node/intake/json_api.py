"""Channel: a program sends one appeal as JSON to the API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from node.domain.appeal import Contact, NewAppeal

CHANNEL = "api"  # of senders that do not name theirs


def _moment(value: object) -> object:
    """ISO 8601 only: pydantic alone would also take a number as seconds since 1970."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("должна быть строка с датой ISO 8601, например 2026-11-18T12:30:00+03:00")
    try:
        return datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError(
            "не читается как дата ISO 8601, например 2026-11-18T12:30:00+03:00"
        ) from error


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class LocationBody(_Strict):
    """The place written about: degrees, and an address in words."""

    lat: float | None = None
    lon: float | None = None
    address: str | None = None


class ContactBody(_Strict):
    """Who wrote. `reply_by`: email, phone or status_page."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    reply_by: str | None = None


class AppealBody(_Strict):
    """An appeal as sent to `POST /api/v1/appeals`. Limits and codes are the domain's to judge.

    `link_shown`: the sender shows the resident the `status_url` of the answer. Only then does an
    answer on the status page count as delivered; a sender that keeps the link to itself says
    nothing, also where its resident asked for `status_page`.
    """

    text: str
    territory: str
    channel: str = CHANNEL
    topic: str | None = None
    received_at: Annotated[datetime | None, BeforeValidator(_moment)] = None
    external_id: str | None = None
    kind: str = "message"
    location: LocationBody = LocationBody()
    contact: ContactBody = ContactBody()
    link_shown: bool = False

    def new_appeal(self) -> NewAppeal:
        return NewAppeal(
            text=self.text,
            territory=self.territory,
            channel=self.channel,
            topic=self.topic,
            received_at=self.received_at,
            external_id=self.external_id,
            kind=self.kind,
            lat=self.location.lat,
            lon=self.location.lon,
            contact=Contact(
                name=self.contact.name,
                phone=self.contact.phone,
                email=self.contact.email,
                reply_by=self.contact.reply_by,
                address=self.location.address,
            ),
            link_shown=self.link_shown,
        )
