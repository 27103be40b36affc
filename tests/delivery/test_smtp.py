"""The client against a real mail server on the loopback address: every way it may answer."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from node.delivery.smtp import Answer, SmtpClient, SmtpServer, Stage
from tests.support.mail import SENDER, Post, a_post

TO = ("ivanova@mail.example",)


def a_client(port: int, waits: list[float] | None = None, **overrides: object) -> SmtpClient:
    values: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "user": "",
        "password": "",
        "sender": SENDER,
        "sender_name": "ЦУР",
        "unit": "RU-MUR",
        "timeout": 5.0,
    }
    slept = [] if waits is None else waits
    return SmtpClient(SmtpServer(**(values | overrides)), sleep=slept.append)  # type: ignore[arg-type]


def a_message() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, TO[0], "Проверка"
    message.set_content("Текст")
    return message


def sent(client: SmtpClient, to: tuple[str, ...] = TO, times: int = 1) -> list[Answer]:
    with client.connection() as connection:
        return [connection.send(a_message(), to) for _ in range(times)]


@pytest.fixture
def post() -> Iterator[Post]:
    with a_post() as post:
        yield post


def test_a_batch_goes_by_one_connection(post: Post) -> None:
    answers = sent(a_client(post.port), times=3)
    assert all(answer.accepted and answer.code == "250 2.0.0" for answer in answers)
    assert [one.connection for one in post.received] == [1, 1, 1]
    assert "queued" in answers[0].said


@pytest.mark.parametrize(
    ("answer", "code", "for_good"),
    [
        ("550 5.1.1 <ivanova@mail.example>: no such user", "550 5.1.1", True),
        ("451 4.7.1 greylisted", "451 4.7.1", False),
        ("552 mailbox full", "552", True),
    ],
)
def test_a_refused_recipient_does_not_hold_up_the_next(
    post: Post, answer: str, code: str, for_good: bool
) -> None:
    post.recipients[TO[0]] = answer
    with a_client(post.port).connection() as connection:
        refused = connection.send(a_message(), TO)
        taken = connection.send(a_message(), ("other@mail.example",))
    assert (refused.code, refused.for_good, refused.stage) == (code, for_good, Stage.RECIPIENT)
    assert taken.accepted
    assert post.connections == 1


def test_refused_content_is_told_from_a_refused_recipient(post: Post) -> None:
    post.content.extend(["554 5.6.0 spam", "452 4.3.1 disk full"])
    spam, full = sent(a_client(post.port), times=2)
    assert (spam.stage, spam.code, spam.for_good) == (Stage.CONTENT, "554 5.6.0", True)
    assert (full.code, full.for_good, full.accepted) == ("452 4.3.1", False, False)


def test_some_recipients_refused_is_accepted_with_their_codes(post: Post) -> None:
    post.recipients["gone@mail.example"] = "550 5.1.1 no such user"
    [answer] = sent(a_client(post.port), ("gone@mail.example", *TO))
    assert answer.accepted
    assert answer.refused == ("550 5.1.1",)
    assert post.to == list(TO)


def test_of_all_recipients_refused_the_one_to_try_again_counts(post: Post) -> None:
    post.recipients |= {"gone@mail.example": "550 5.1.1 no", TO[0]: "450 4.2.1 later"}
    [answer] = sent(a_client(post.port), ("gone@mail.example", *TO))
    assert (answer.accepted, answer.for_good, answer.code) == (False, False, "450 4.2.1")


def test_a_lost_connection_is_not_known_to_be_for_good(post: Post) -> None:
    post.content.append("drop")
    lost, taken = sent(a_client(post.port), times=2)
    assert (lost.status, lost.code, lost.for_good, lost.stage) == (
        0,
        "dropped",
        False,
        Stage.CONTENT,
    )
    assert taken.accepted
    assert post.connections == 2


def test_a_connection_closed_between_messages_is_opened_again_at_once(post: Post) -> None:
    post.close_after = 2
    answers = sent(a_client(post.port), times=5)
    assert all(answer.accepted for answer in answers)
    assert [one.connection for one in post.received] == [1, 1, 2, 2, 3]


def test_a_server_that_hangs_is_left_after_the_timeout(post: Post) -> None:
    post.content.append("hang")
    [answer] = sent(a_client(post.port, timeout=0.3))
    assert (answer.status, answer.code, answer.for_good) == (0, "timeout", False)


def test_a_sender_refused_is_no_fault_of_the_message(post: Post) -> None:
    post.sender = "553 5.7.1 not yours"
    [answer] = sent(a_client(post.port))
    assert (answer.stage, answer.code, answer.for_good) == (Stage.SESSION, "553 5.7.1", False)


def test_connecting_is_tried_three_times_with_waits_between() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # not listening
        waits: list[float] = []
        [answer] = sent(a_client(closed.getsockname()[1], waits))
    assert (answer.stage, answer.code, answer.for_good) == (Stage.SESSION, "unreachable", False)
    assert len(waits) == 2
    assert max(waits) <= 3


def test_an_international_address_needs_a_server_that_can(post: Post) -> None:
    with a_post(smtputf8=True) as international:
        [taken] = sent(a_client(international.port), ("почта@mail.example",))
        assert taken.accepted
        assert international.to == ["почта@mail.example"]
    [refused] = sent(a_client(post.port), ("почта@mail.example",))
    assert (refused.code, refused.for_good) == ("no smtputf8", True)


# --- TLS and signing in ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 signed by itself, with its key, as one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return file


def a_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_signs_in_over_starttls_and_checks_the_certificate(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_post(tls=a_context(certificate), login=("cur", "secret")) as post:
        client = a_client(post.port, tls="starttls", user="cur", password="secret")
        [unknown] = sent(client)
        assert (unknown.stage, unknown.code) == (Stage.SESSION, "tls")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        [taken] = sent(client)
        assert taken.accepted
        waits: list[float] = []
        wrong = a_client(post.port, waits, tls="starttls", user="cur", password="wrong")
        [refused] = sent(wrong)
    assert (refused.stage, refused.status, refused.for_good) == (Stage.SESSION, 535, False)
    assert waits == []  # a wrong password stays wrong


def test_no_tls_where_it_was_asked_for_is_no_delivery(post: Post) -> None:
    [answer] = sent(a_client(post.port, tls="starttls"))
    assert (answer.stage, answer.code) == (Stage.SESSION, "tls")
    assert post.received == []


def test_a_password_is_not_shown() -> None:
    server = a_client(25, user="cur", password="secret").server
    assert "secret" not in repr(server)
