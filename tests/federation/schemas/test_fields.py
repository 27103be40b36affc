"""Tables of what each kind of field takes and what it refuses."""

from __future__ import annotations

import pytest

from federation.errors import BadStatement
from federation.schemas import fields
from federation.schemas.summary import Summary
from tests.support.bodies import ROOT, good


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        (fields.Code(), ["RU-MUR", "roads.pits", "a" * 64], ["", "a" * 65, "а", "a\n", 1, None]),
        (fields.Id(), ["0190c8f0"], ["два слова", []]),
        (fields.Count(), [0, 10**7 - 1], [-1, 10**7, 1.0, True, "1", None]),
        (fields.Count(at_least=1, below=3), [1, 2], [0, 3]),
        (fields.Flag(), [True, False], [0, "true", None]),
        (fields.Enum("open", "final"), ["open"], ["Open", "", None, ["open"], {}]),
        (fields.Day(), ["2026-02-28"], ["2026-02-29", "20260228", "2026-W09-6", "٢٠٢٦-02-28", 1]),
        (
            fields.Instant(),
            ["2026-11-21T09:00:00Z"],
            ["2026-11-21T09:00:00+00:00", "2026-11-21T24:00:00Z", "2026-1-1T9:0:0Z", 0],
        ),
        (fields.Sha256(), ["0a" * 32], ["0A" * 32, "0a" * 31, 0]),
        (fields.PublicKeyX(), [ROOT.public.x], [ROOT.public.x + "=", "A" * 42, "é" * 43, "B" * 43]),
        (fields.Thumbprint(), [ROOT.kid], ["", "AA", 3]),
        (
            fields.Zone(),
            ["Europe/Moscow", "Asia/Kamchatka", "UTC"],
            ["localtime", "Europe", "Europe/Atlantis", "../etc/passwd", "/etc/passwd", "", 3],
        ),
        (
            fields.Url(),
            ["https://a.example/x", "http://127.0.0.1:8000", "http://[::1]:8000/"],
            [
                "http://a.example",
                "ftp://a.example",
                "https://",
                "https://u:p@a.example",
                "https://a.example/?q=1",
                "https://a.example/#x",
                "https://a.example:99999",
                "https://[",
                "https://пример.рф",
                "https://a.example/ x",
                "https://a.example/" + "x" * 300,
                "127.0.0.1",
                None,
            ],
        ),
        (
            fields.TextApproved(20),
            ["Дом 5,\u00a0двор\nяма"],
            ["", " ", "x" * 21, "a\0", "\u202ea", "\ud800"],
        ),
        (fields.DirectoryName(), ["Мурманская область"], ["", "x" * 201, "a\x07", None]),
        (fields.ListOf(fields.Code(), at_least=1, at_most=2), [["a"]], [[], ["a"] * 3, ("a",), {}]),
    ],
)
def test_a_field_takes_its_own_and_nothing_else(
    field: fields.Field[object], good: list[object], bad: list[object]
) -> None:
    for value in good:
        field.read(value)
    for value in bad:
        with pytest.raises(fields.Wrong):
            field.read(value)


def test_a_refusal_names_the_path_and_never_quotes_the_value() -> None:
    key, body = good("summary")
    body["rows"].append({**body["rows"][0], "topic": "Иванов Иван"})
    with pytest.raises(BadStatement) as caught:
        Summary.from_body(key, body)
    assert caught.value.detail == "rows.1.topic: not a code"
