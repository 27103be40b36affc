"""How a letter becomes an e-mail: headers nobody can break out of, the same name every time."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from node.delivery import DELIVERIES, status_page
from node.delivery.delivery import Clients, Parcel
from node.delivery.email import composed, judged, mailable, opened
from node.delivery.smtp import Answer, Stage
from node.domain.notices import Letter
from node.domain.reply_delivery import Failure, Kind, Outcome, Result, Way

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
TO = "ivanova@mail.example"


def a_parcel(subject: str = "Ответ", text: str = "Засыпали.", **overrides: object) -> Parcel:
    values: dict[str, object] = {
        "key": "answer-7-12",
        "kind": Kind.FINAL,
        "thread": "RU-MUR-26-000001",
        "written_at": NOW,
        "link_shown": False,
        "write": lambda: Letter(subject, text),
        "to": (TO,),
    }
    return Parcel(**(values | overrides))  # type: ignore[arg-type]


def a_message(parcel: Parcel, to: tuple[str, ...] = (TO,)) -> EmailMessage:
    return composed(
        parcel, to, sender="cur@murman.example", sender_name="ЦУР, Мурманск", unit="RU-MUR"
    )


def test_a_letter_says_what_it_is_and_has_the_same_name_every_time() -> None:
    message = a_message(a_parcel())
    stamp = int(NOW.timestamp())  # ids may come again from an old backup, a moment does not
    assert message["Message-ID"] == f"<answer-7-12.{stamp}@ru-mur.murman.example>"
    assert message["References"] == "<appeal.ru-mur-26-000001@ru-mur.murman.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == "<appeals.ru-mur.murman.example>"
    [sender] = message["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("ЦУР, Мурманск", "cur@murman.example")
    assert message["Date"] == "Wed, 18 Nov 2026 09:30:00 +0000"
    assert [part.get_content_type() for part in message.iter_parts()] == [
        "text/plain",
        "text/html",
    ]
    again = a_message(a_parcel())
    assert again["Message-ID"] == message["Message-ID"]
    assert a_message(a_parcel(key="answer-7-13"))["Message-ID"] != message["Message-ID"]


def test_html_is_the_same_text_escaped_with_its_links() -> None:
    parcel = a_parcel(
        text='Скобки <script>alert("1")</script> & всё.\nСтрока.\n\nhttps://cur.example/s/a-b?x=1&y.'
    )
    part = a_message(parcel).get_body(("html",))
    assert part is not None
    page = part.get_content()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "всё.<br>Строка." in page
    assert (
        '<a href="https://cur.example/s/a-b?x=1&amp;y">https://cur.example/s/a-b?x=1&amp;y</a>.'
        in page
    )


@pytest.mark.parametrize(
    "typed",
    ["Тема\r\nBcc: all@evil.example", "Тема\nX: y", "Тема\r\n\r\n<b>тело</b>"],
)
def test_a_subject_with_line_ends_makes_no_header(typed: str) -> None:
    with pytest.raises(ValueError, match=r"[Hh]eader"):
        a_message(a_parcel(subject=typed))


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example\r\nBcc: all@evil.example",
        "a@b.example>\r\nRCPT TO:<c@d.example",
        "a@b.example> SIZE=1",
        "a,c@b.example",
        "a;c@b.example",
        '"a b"@b.example',
        "<a@b.example",
        "a@b@c.example",
        "a@",
        "@b.example",
        "a@-b.example",
        "a@b..example",
        "a..b@c.example",
        "a@b.example,c@d.example",
        "x" * 65 + "@b.example",
        "a\0@b.example",
        "",
    ],
)
def test_what_is_no_address_goes_to_no_server(address: str) -> None:
    assert mailable(address) is None


@pytest.mark.parametrize(
    ("address", "as_sent"),
    [
        (TO, TO),
        (" Ivanova+cur@Mail.Example ", "Ivanova+cur@Mail.Example"),
        ("o'neil_1=x@b.example", "o'neil_1=x@b.example"),
        ("ivanova@почта.рф", "ivanova@xn--80a1acny.xn--p1ai"),
        ("иванова@mail.example", "иванова@mail.example"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_addresses_are_sent_with_their_domain_in_ascii(address: str, as_sent: str) -> None:
    assert mailable(address) == as_sent


def test_people_on_duty_do_not_see_each_other() -> None:
    message = a_message(a_parcel(kind=Kind.ALERT, thread=None), (TO, "petrov@mail.example"))
    assert TO not in message.as_string()
    assert message["Importance"] == "high"
    assert message["List-Id"] == "<alerts.ru-mur.murman.example>"
    assert message["References"] is None


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(Stage.CONTENT, 250, "250 2.0.0"), Outcome(Result.ACCEPTED, "250 2.0.0")),
        (
            Answer(Stage.CONTENT, 250, "250", ("550 5.1.1",)),
            Outcome(Result.ACCEPTED, "250", also_refused=("550 5.1.1",)),
        ),
        (
            Answer(Stage.RECIPIENT, 550, "550 5.1.1"),
            Outcome(Result.REFUSED, "550 5.1.1", Failure.REFUSED),
        ),
        (Answer(Stage.RECIPIENT, 450, "450"), Outcome(Result.LATER, "450")),
        (Answer(Stage.CONTENT, 0, "timeout"), Outcome(Result.LATER, "timeout")),
        (
            Answer(Stage.SESSION, 535, "535 5.7.8"),
            Outcome(Result.LATER, "535 5.7.8", way_is_down=True),
        ),
        (
            Answer(Stage.SESSION, 0, "unreachable"),
            Outcome(Result.LATER, "unreachable", way_is_down=True),
        ),
    ],
)
def test_the_last_word_of_a_server_is_judged(answer: Answer, outcome: Outcome) -> None:
    assert judged(answer) == outcome


def test_a_node_without_a_mail_server_refuses_for_good() -> None:
    with opened(Clients(smtp=None)) as send:
        assert send(a_parcel()) == Outcome(Result.REFUSED, "no smtp", Failure.NO_ADAPTER)


def test_the_status_page_takes_what_can_be_found_there() -> None:
    assert status_page.put(a_parcel(link_shown=True)).result is Result.ACCEPTED
    refused = status_page.put(a_parcel())
    assert (refused.result, refused.failure) == (Result.REFUSED, Failure.NO_WAY)
    assert [one.way for one in DELIVERIES] == [Way.EMAIL, Way.STATUS_PAGE]


def test_what_is_personal_is_not_shown_by_repr() -> None:
    assert TO not in repr(a_parcel())
