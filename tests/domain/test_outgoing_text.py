"""What may not leave a node in a text is refused whatever way it is written; plain text passes."""

from __future__ import annotations

import pytest

from node.domain.outgoing_text import faults_of_outgoing_name, faults_of_outgoing_text, tidy

# None of these numbers is anybody's: codes that are not given out, or numbers of the standards.
PHONE = "номер телефона"
EMAIL = "адрес электронной почты"


def found(text: str) -> list[str]:
    return [fault.message for fault in faults_of_outgoing_text("note", text)]


@pytest.mark.parametrize(
    "text",
    [
        "Звоните +7 (900) 000-00-00",
        "8-900-000-00-00",
        "8 800 000 00 00 бесплатно",
        "тел. 000-00-00",
        "телефон: 00 00 00",
        "+79000000000",
        "89000000000.",
        "8\u00a0900\u00a0000\u00a000\u00a000",
        "8 900 000\u201300\u201300",
        "9000000000",
        "+1 202 555 0100",
        "8\u200b900000\u200b0000",
    ],
)
def test_a_phone_is_found(text: str) -> None:
    assert any(PHONE in message for message in found(text))


@pytest.mark.parametrize("text", ["a@example.org", "пишите на адрес кто.то@пример.рф, ждём"])
def test_an_address_of_mail_is_found(text: str) -> None:
    assert any(EMAIL in message for message in found(text))


@pytest.mark.parametrize("text", ["СНИЛС 112-233-445 95", "11223344595"])
def test_a_snils_is_found_by_its_control_number(text: str) -> None:
    assert found(text) == ["содержит СНИЛС: такие сведения не покидают узел, уберите их"]
    assert not any("СНИЛС" in message for message in found(text[:-1] + "6"))


@pytest.mark.parametrize(
    "text", ["00 00 000000", "паспорт серии 0000 номер 000000", "0000 № 000000"]
)
def test_a_passport_is_found(text: str) -> None:
    assert any("паспорта" in message for message in found(text))


def test_a_card_is_found_by_its_check_digit() -> None:
    assert any("карты" in message for message in found("4111 1111 1111 1111"))
    assert not any("карты" in message for message in found("4111 1111 1111 1112"))


@pytest.mark.parametrize(
    "text",
    [
        "Открыть центр до 01.12.2020, готовность 52,5 %",
        "Перечень поручений от 01.03.2020 № Пр-354, п. 2 «а»",
        "17-11-2020 и 2020-11-17",
        "ОКТМО 71701000001, ИНН 5190000000",
        "Население 1 234 567 человек, 8 000 000 000 рублей",
        "В 2020 обучено 150 000 человек",
        "Замеры 41/47/52\nи ещё строка",
        "Зам. главы (по цифровому развитию): график 2020–2021",
    ],
)
def test_plain_text_passes(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "пусто"),
        (" \n ", "пусто"),
        ("а" * 1001, "длиннее 1000"),
        ("a\0", "управляющие"),
        ("a\u202eb", "управляющие"),
        ("\ud800", "управляющие"),
    ],
)
def test_what_cannot_be_written_is_refused(text: str, why: str) -> None:
    [message] = found(text)
    assert why in message


def test_a_fault_never_repeats_what_was_found() -> None:
    assert "0000" not in " ".join(found("8-900-000-00-00, 00 00 000000"))


def test_a_name_is_one_line() -> None:
    assert [fault.field for fault in faults_of_outgoing_name("owner", "Глава\nокруга")] == ["owner"]
    assert faults_of_outgoing_name("owner", "Заместитель главы администрации") == []


def test_line_breaks_are_made_one_kind() -> None:
    assert tidy(" a\r\nb\rc \n") == "a\nb\nc"
