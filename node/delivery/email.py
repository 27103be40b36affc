"""Delivery by e-mail: a letter as a MIME message, handed to the mail server of the settings.

Delivered means SMTP 250. A process that dies between that word and the commit of its row leaves
the message waiting, and it goes out once more: with the same Message-ID, so that a mailbox shows
it once or a person sees that it is the same.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from node.delivery.delivery import Clients, Delivery, Parcel, Send
from node.delivery.smtp import Answer, SmtpServer, Stage
from node.domain.notices import Letter
from node.domain.reply_delivery import Failure, Kind, Outcome, Result, Way

# What may stand before the @ without quotes (RFC 5322 dot-atom, and RFC 6531 letters).
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_LINK = re.compile(r"https?://[^\s<>\"]+")
_LISTS = {Kind.ALERT: "alerts", Kind.WARNING: "deadlines"}
MAX_LOCAL = 64
MAX_DOMAIN = 253


def mailable(address: str) -> str | None:
    """The address as a mail server wants it (its domain in ASCII), or None when it is none."""
    local, at, domain = address.strip().rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    fits = (
        at
        and len(local.encode()) <= MAX_LOCAL
        and len(ascii_domain) <= MAX_DOMAIN
        and _LOCAL.fullmatch(local)
        and _DOMAIN.fullmatch(ascii_domain)
    )
    return f"{local}@{ascii_domain}" if fits else None


def composed(
    parcel: Parcel, to: tuple[str, ...], *, sender: str, sender_name: str, unit: str
) -> EmailMessage:
    """The MIME message: plain text and the same as simple HTML.

    No header can be broken out of: the subject holds no control characters (`domain/notices.py`),
    addresses are checked, and the email policy refuses line ends besides.
    """
    message = EmailMessage()
    _, _, domain = sender.rpartition("@")
    place = f"{unit.lower()}.{domain}"
    message["From"] = Address(sender_name, addr_spec=sender)
    # Many of a duty list need not know one another's addresses.
    message["To"] = (
        Address(addr_spec=to[0]) if len(to) == 1 else Address(sender_name, addr_spec=sender)
    )
    letter = parcel.write()
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(parcel.written_at)
    message["Message-ID"] = f"<{parcel.key}.{int(parcel.written_at.timestamp())}@{place}>"
    if parcel.thread is not None:
        message["References"] = f"<appeal.{parcel.thread.lower()}@{place}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["List-Id"] = f"<{_LISTS.get(parcel.kind, 'appeals')}.{place}>"
    if parcel.kind is Kind.ALERT:
        message["X-Priority"] = "1"
        message["Importance"] = "high"
    message.set_content(letter.text, cte="base64")
    message.add_alternative(_as_html(letter), subtype="html", cte="base64")
    return message


@contextmanager
def opened(clients: Clients) -> Iterator[Send]:
    smtp = clients.smtp
    if smtp is None:
        yield _no_adapter
        return
    with smtp.connection() as connection:

        def send(parcel: Parcel) -> Outcome:
            to = tuple(address for one in parcel.to if (address := mailable(one)) is not None)
            if not to:
                return _nobody(parcel)
            message = _composed(parcel, to, smtp.server)
            if message is None:
                return Outcome(Result.REFUSED, "composing", Failure.BAD_ADDRESS)
            return judged(connection.send(message, to))

        yield send


def judged(answer: Answer) -> Outcome:
    """What a server's last word means for the message."""
    if answer.accepted:
        return Outcome(Result.ACCEPTED, answer.code, also_refused=answer.refused)
    if answer.for_good:
        return Outcome(Result.REFUSED, answer.code, Failure.REFUSED)
    return Outcome(Result.LATER, answer.code, way_is_down=answer.stage is Stage.SESSION)


def _composed(parcel: Parcel, to: tuple[str, ...], server: SmtpServer) -> EmailMessage | None:
    try:
        return composed(
            parcel,
            to,
            sender=server.sender,
            sender_name=server.sender_name,
            unit=server.unit,
        )
    except (MessageError, ValueError, IndexError):
        # The library's own refusal of an address that `mailable` let through.
        return None


def _no_adapter(_parcel: Parcel) -> Outcome:
    return Outcome(Result.REFUSED, "no smtp", Failure.NO_ADAPTER)


def _nobody(parcel: Parcel) -> Outcome:
    if parcel.to:
        return Outcome(Result.REFUSED, "not an address", Failure.BAD_ADDRESS)
    failure = Failure.NO_DUTY_LIST if parcel.kind is Kind.ALERT else Failure.NO_WAY
    return Outcome(Result.REFUSED, "no address", failure)


def _as_html(letter: Letter) -> str:
    paragraphs = "".join(
        f"<p>{_linked(paragraph).replace(chr(10), '<br>')}</p>\n"
        for paragraph in letter.text.split("\n\n")
        if paragraph.strip()
    )
    title = html.escape(letter.subject)
    return (
        '<!DOCTYPE html>\n<html lang="ru">\n<head><meta charset="utf-8">'
        f"<title>{title}</title></head>\n<body>\n{paragraphs}</body>\n</html>\n"
    )


def _linked(text: str) -> str:
    """Escaped, with addresses of pages as links. No picture and no tracing of who read it."""
    parts, end = [], 0
    for found in _LINK.finditer(text):
        address = html.escape(found[0].rstrip(".,;:!?)"), quote=True)
        parts.append(html.escape(text[end : found.start()]))
        parts.append(f'<a href="{address}">{address}</a>')
        end = found.start() + len(found[0].rstrip(".,;:!?)"))
    return "".join((*parts, html.escape(text[end:])))


DELIVERY = Delivery(Way.EMAIL, opened)
