"""The shape of a way out: what it is handed, what it answers. No way knows another."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from node.domain.notices import Letter
from node.domain.reply_delivery import Kind, Outcome, Way

if TYPE_CHECKING:
    from node.delivery.smtp import SmtpClient


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message ready to go. `to` and the letter are personal data: never to be logged.

    `write` makes the letter, for a way that sends one. `key` names the message for ever: whoever
    gets it twice after a crash can tell. `thread` is what the letters about one appeal hang
    together by, None of an alert or a warning.
    """

    key: str
    kind: Kind
    thread: str | None
    written_at: datetime
    link_shown: bool
    write: Callable[[], Letter] = field(repr=False)
    to: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Clients:
    """What opens sockets, built by `node/bootstrap.py`. None: not in the settings."""

    smtp: SmtpClient | None


Send = Callable[[Parcel], Outcome]


@dataclass(frozen=True, slots=True)
class Delivery:
    """`open` is used once for a batch and gives what sends one parcel; it raises nothing but bugs.

    A refusal for good is an outcome, and so is a server that does not answer.
    """

    way: Way
    open: Callable[[Clients], AbstractContextManager[Send]]
