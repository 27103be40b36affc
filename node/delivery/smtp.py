"""The client of a mail server: one connection for a batch, every answer as a value.

Built by `node/bootstrap.py` from `[smtp]`. It retries only to connect: once a message is under way
it is not known whether a lost connection lost it too, and the next attempt is the outbox's to make.
"""

from __future__ import annotations

import re
import smtplib
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from enum import StrEnum
from typing import Literal

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

CONNECT_ATTEMPTS = 3
TIMEOUT = "timeout"
DROPPED = "dropped"
UNREACHABLE = "unreachable"
TLS_FAILED = "tls"
NO_LOGIN = "login"
NOT_ASCII = "no smtputf8"
GOING_AWAY = 421

_ENHANCED = re.compile(rb"^([245]\.\d{1,3}\.\d{1,3})(?=\s|$)")


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed in. `tls`: starttls, tls from the first byte, or none (loopback)."""

    host: str
    port: int
    tls: Literal["starttls", "tls", "none"]
    user: str
    sender: str  # an address
    sender_name: str
    unit: str  # code of the unit whose mail this is: part of every Message-ID
    timeout: float  # seconds, for every answer of the server
    password: str = field(repr=False)


class Stage(StrEnum):
    """How far a message got before the answer that ended it."""

    SESSION = "session"  # connecting, signing in, the sender: nothing would get through
    RECIPIENT = "recipient"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Answer:
    """The server's last word on one message.

    `code` is «250 2.0.0» or, without an answer, one of the words above. `said` is the server's
    text: it may repeat an address and is only for a person who asked, never for a log.
    `refused`: codes of recipients refused while others were accepted.
    """

    stage: Stage
    status: int  # 0: no answer
    code: str
    refused: tuple[str, ...] = ()
    said: str = field(default="", repr=False)

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300

    @property
    def for_good(self) -> bool:
        """Refused, and the same again would be refused again."""
        return self.status >= 500 and self.stage is not Stage.SESSION


class _Ended(Exception):
    """A conversation with the mail server has ended with this answer."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(answer.code)


class SmtpClient:
    """One mail server. Opens nothing until something is sent."""

    def __init__(self, server: SmtpServer, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.server = server
        self._sleep = sleep

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection for a batch: opened by the first message, again after it was lost."""
        connection = Connection(self.server, self._sleep)
        try:
            yield connection
        finally:
            connection.close()


class Connection:
    """Sends message after message; never raises for what a server or a network does."""

    def __init__(self, server: SmtpServer, sleep: Callable[[float], None]) -> None:
        self._server = server
        self._sleep = sleep
        self._smtp: smtplib.SMTP | None = None

    def send(self, message: EmailMessage, to: Sequence[str]) -> Answer:
        """Hand a message in for these addresses, and what came of it."""
        reused = self._smtp is not None
        answer = self._try(message, to)
        if reused and self._smtp is None and answer.stage is Stage.SESSION:
            # Servers close a connection after so many messages or seconds; nothing was under way.
            answer = self._try(message, to)
        return answer

    def _try(self, message: EmailMessage, to: Sequence[str]) -> Answer:
        stage = Stage.SESSION
        try:
            smtp = self._smtp or self._opened()
            international = self._begin(smtp, to)
            stage = Stage.CONTENT
            return self._hand_in(smtp, message, to, international)
        except _Ended as ended:
            self._reset(ended.answer)
            return ended.answer
        except smtplib.SMTPResponseException as error:
            answer = _answer(stage, (error.smtp_code, _bytes(error.smtp_error)))
            self._reset(answer)
            return answer
        except (OSError, smtplib.SMTPException) as error:
            self.close(politely=False)
            return Answer(stage, 0, _word(error, stage))

    def close(self, *, politely: bool = True) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        with suppress(OSError, smtplib.SMTPException):
            if politely:
                smtp.quit()
        smtp.close()

    def _begin(self, smtp: smtplib.SMTP, to: Sequence[str]) -> bool:
        """Name the sender; whether the message goes by SMTPUTF8."""
        international = not all(address.isascii() for address in to)
        if international and not smtp.has_extn("smtputf8"):
            raise _Ended(Answer(Stage.RECIPIENT, 553, NOT_ASCII))
        options = ["SMTPUTF8", "BODY=8BITMIME"] if international else []
        self._asked(Stage.SESSION, smtp.mail(self._server.sender, options))
        return international

    def _hand_in(
        self, smtp: smtplib.SMTP, message: EmailMessage, to: Sequence[str], international: bool
    ) -> Answer:
        refused: list[Answer] = []
        for address in to:
            answer = _answer(Stage.RECIPIENT, smtp.rcpt(address))
            if answer.status == GOING_AWAY:
                raise _Ended(answer)
            if not answer.accepted:
                refused.append(answer)
        if len(refused) == len(to):
            # One of them may be taken another time: then it is worth another time.
            raise _Ended(min(refused, key=lambda answer: answer.status))
        content = message.as_bytes(policy=SMTPUTF8 if international else SMTP)
        answer = self._asked(Stage.CONTENT, smtp.data(content))
        codes = tuple(one.code for one in refused)
        return Answer(answer.stage, answer.status, answer.code, codes, answer.said)

    def _asked(self, stage: Stage, reply: tuple[int, bytes]) -> Answer:
        answer = _answer(stage, reply)
        if not answer.accepted:
            raise _Ended(answer)
        return answer

    def _opened(self) -> smtplib.SMTP:
        retrying = Retrying(
            stop=stop_after_attempt(CONNECT_ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.5, max=3),
            retry=retry_if_exception(_may_connect_yet),
            sleep=self._sleep,
            reraise=True,
        )
        self._smtp = retrying(self._open)
        return self._smtp

    def _open(self) -> smtplib.SMTP:
        server = self._server
        smtp: smtplib.SMTP
        if server.tls == "tls":
            smtp = smtplib.SMTP_SSL(
                server.host,
                server.port,
                timeout=server.timeout,
                context=ssl.create_default_context(),
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
        try:
            if server.tls == "starttls":
                smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()
            if server.user:
                smtp.login(server.user, server.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _reset(self, answer: Answer) -> None:
        """Ready for the next message; a server that said 421 is gone."""
        if self._smtp is None:
            return
        if answer.status == GOING_AWAY:
            self.close(politely=False)
            return
        try:
            self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            self.close(politely=False)


def _answer(stage: Stage, reply: tuple[int, bytes]) -> Answer:
    status, said = reply
    enhanced = _ENHANCED.match(said)
    code = f"{status} {enhanced[1].decode()}" if enhanced else str(status)
    # 421 at any point is the server going away and says nothing of the message.
    where = Stage.SESSION if status == GOING_AWAY else stage
    return Answer(where, status, code, said=said.decode("utf-8", "replace"))


def _may_connect_yet(error: BaseException) -> bool:
    """A password, a certificate or a wish for TLS that is wrong stays wrong."""
    if isinstance(error, smtplib.SMTPResponseException):
        return 400 <= error.smtp_code < 500
    if isinstance(error, smtplib.SMTPException | ssl.SSLError):  # smtplib's are OSErrors too
        return isinstance(error, smtplib.SMTPServerDisconnected)
    return isinstance(error, OSError)


def _word(error: Exception, stage: Stage) -> str:
    """What happened, without the words of the error: they may hold an address."""
    timed_out = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
    if timed_out:  # smtplib tells of one while it reads an answer as of a disconnection
        return TIMEOUT
    if isinstance(error, ssl.SSLError | smtplib.SMTPNotSupportedError):
        return TLS_FAILED
    if isinstance(error, smtplib.SMTPServerDisconnected) or stage is not Stage.SESSION:
        return DROPPED
    return NO_LOGIN if isinstance(error, smtplib.SMTPException) else UNREACHABLE


def _bytes(text: bytes | str) -> bytes:
    return text.encode() if isinstance(text, str) else text
