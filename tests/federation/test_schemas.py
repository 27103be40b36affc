"""What bodies may hold: tables of good and bad ones, and a walk over every string field."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import BadStatement
from federation.histogram import Histogram
from federation.keys import KeyPair
from federation.schemas import SCHEMAS, URGENT, fields, priority, validate
from federation.schemas.certificate import Certificate, Territory
from federation.schemas.descriptor import Descriptor, SigningKey, seal_descriptor
from federation.schemas.manifest import Entry, Manifest
from federation.schemas.summary import (
    COUNTERS,
    HISTOGRAM_COUNTER,
    HISTOGRAMS,
    Summary,
    SummaryRow,
    local_day,
)
from federation.statement import Statement, seal

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
ROOT = KeyPair.from_seed(b"r" * 32)
SIGNING = KeyPair.from_seed(b"s" * 32)
DAY = date(2026, 11, 20)


def a_descriptor(**changed: Any) -> Descriptor:
    descriptor = Descriptor(
        node="RU-MUR",
        unit="RU-MUR",
        parent="SZFO",
        url="https://cur.example.org/mur",
        root=ROOT.public.x,
        signing_keys=(SigningKey(SIGNING.kid, SIGNING.public.x, NOW, NOW + timedelta(days=365)),),
    )
    return replace(descriptor, **changed)


def a_certificate(**changed: Any) -> Certificate:
    certificate = Certificate(
        child="RU-MUR",
        root=ROOT.kid,
        territories=(Territory("RU-MUR", date(2026, 1, 1)),),
        not_before=NOW,
        not_after=NOW + timedelta(days=90),
    )
    return replace(certificate, **changed)


def a_row(**changed: Any) -> SummaryRow:
    row = SummaryRow(
        territory="47701000",
        topic="roads.pits",
        counters={"open": 7, "received": 3, "routed": 2},
        histograms={"route_hours": Histogram.of([30, 90])},
    )
    return replace(row, **changed)


def a_summary(**changed: Any) -> Summary:
    starts, ends = local_day(DAY, "Europe/Moscow")
    summary = Summary(DAY, "final", None, "Europe/Moscow", starts, ends, False, (a_row(),))
    return replace(summary, **changed)


def a_manifest() -> Manifest:
    return Manifest((Entry("summary", "2026-11-20", 1763600000, 4, "ab" * 32),))


GOOD: dict[str, tuple[str, dict[str, Any]]] = {
    "descriptor": ("RU-MUR", a_descriptor().to_body()),
    "certificate": ("RU-MUR", a_certificate().to_body()),
    "manifest": ("2026-11-21", a_manifest().to_body()),
    "summary": ("2026-11-20", a_summary().to_body()),
}


def good(type: str) -> tuple[str, dict[str, Any]]:
    return copy.deepcopy(GOOD[type])


# ── every type ───────────────────────────────────────────────────────────────────────────────────


def test_there_is_a_good_example_of_every_type() -> None:
    assert GOOD.keys() == SCHEMAS.keys()


@pytest.mark.parametrize("type", SCHEMAS)
def test_a_good_body_is_read_and_written_back_to_the_byte(type: str) -> None:
    key, body = good(type)
    typed: Any = SCHEMAS[type].validate(key, json.loads(json.dumps(body)))
    assert json.dumps(typed.to_body()) == json.dumps(body)


@pytest.mark.parametrize("type", SCHEMAS)
def test_unknown_fields_are_passed_over(type: str) -> None:
    key, body = good(type)
    expected = SCHEMAS[type].validate(key, body)
    assert SCHEMAS[type].validate(key, _strewn(body)) == expected


@pytest.mark.parametrize("type", SCHEMAS)
@pytest.mark.parametrize("body", [[], "x", 1, True])
def test_a_body_that_is_no_object_is_malformed(type: str, body: object) -> None:
    with pytest.raises(BadStatement, match="body: not an object"):
        SCHEMAS[type].validate(GOOD[type][0], body)


@pytest.mark.parametrize("type", SCHEMAS)
def test_no_type_known_so_far_is_ever_deleted(type: str) -> None:
    with pytest.raises(BadStatement, match="never deleted"):
        SCHEMAS[type].validate(GOOD[type][0], None)


def test_a_deletable_type_passes_without_a_body() -> None:
    schema = replace(SCHEMAS["manifest"], deletable=True)
    assert schema.validate("any", None) is None


@pytest.mark.parametrize("type", SCHEMAS)
def test_every_field_is_required_or_null(type: str) -> None:
    key, body = good(type)
    schema = SCHEMAS[type]
    for name, field in schema.body.fields:
        short = {other: value for other, value in body.items() if other != name}
        if isinstance(field, fields.Nullable):
            schema.validate(key, short)
        else:
            with pytest.raises(BadStatement, match=f"{name}: missing"):
                schema.validate(key, short)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(["2026-11-20", "2026-11-20T21:00:00Z", "America", "../x", "https://["]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("type", SCHEMAS)
@given(data=st.data())
def test_whatever_stands_anywhere_in_a_body_only_a_bad_statement_escapes(
    type: str, data: st.DataObject
) -> None:
    key, body = good(type)
    for _ in range(data.draw(st.integers(1, 3))):
        body = _changed_somewhere(data, body)
    key = data.draw(st.sampled_from([key, "", "0001-01-01", "9999-12-31", "x"]))
    assert outcome(type, key, body) in {
        "good",
        "malformed",
        "bad_day",
        "bad_tz",
        "histogram_exceeds_counter",
    }


def outcome(type: str, key: str, body: object) -> str:
    try:
        SCHEMAS[type].validate(key, body)
    except BadStatement as error:
        return error.code
    return "good"


def _changed_somewhere(data: st.DataObject, value: Any) -> Any:
    """`value` with one drawn value in a drawn place."""
    if isinstance(value, dict) and value and data.draw(st.integers(0, 5)):
        name = data.draw(st.sampled_from(sorted(value)))
        return {**value, name: _changed_somewhere(data, value[name])}
    if isinstance(value, list) and value and data.draw(st.integers(0, 5)):
        at = data.draw(st.integers(0, len(value) - 1))
        return [*value[:at], _changed_somewhere(data, value[at]), *value[at + 1 :]]
    return data.draw(JSON)


def _strewn(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            "from_a_later_version": [1],
            **{name: _strewn(item) for name, item in value.items()},
        }
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [_strewn(item) for item in value]
    return value


def a_sealed(type: str, key: str, body: dict[str, Any] | None) -> Statement:
    return seal(
        type=type, origin="RU-MUR", key=key, epoch=1, rev=1, made_at=NOW, body=body, signer=SIGNING
    )


def test_a_statement_is_validated_by_its_type() -> None:
    assert validate(a_sealed("summary", *good("summary"))) == a_summary()


@pytest.mark.parametrize("body", [None, {}])
def test_an_unknown_type_is_unsupported(body: dict[str, Any] | None) -> None:
    with pytest.raises(BadStatement) as caught:
        validate(a_sealed("horoscope", "x", body))
    assert caught.value.code == "unsupported_type"


def test_urgent_types_travel_first_and_summaries_last() -> None:
    order = sorted(["summary", "norms", *reversed(URGENT)], key=priority)
    assert order == [*URGENT, "norms", "summary"]


# ── no string but those declared ─────────────────────────────────────────────────────────────────


def strings_out_of_bounds(schemas: dict[str, fields.Record]) -> list[str]:
    return [
        f"{type}.{place}"
        for type, body in schemas.items()
        for place in fields.undeclared_strings(body)
    ]


def test_no_type_lets_out_a_string_that_is_not_declared() -> None:
    assert strings_out_of_bounds({type: schema.body for type, schema in SCHEMAS.items()}) == []


class Free(fields.Field[str]):
    """What the walk must find: any string at all."""

    def read(self, value: object) -> str:
        if not isinstance(value, str):
            raise fields.Wrong("not a string")
        return value


class Phone(Free):
    """A string of a shape nobody declared."""

    def read(self, value: object) -> str:
        if not super().read(value).startswith("+7"):
            raise fields.Wrong("not a telephone number")
        return str(value)


@pytest.mark.parametrize("bad", [Free(), Phone()])
@pytest.mark.parametrize(
    "wrapped",
    [
        lambda field: field,
        fields.Nullable,
        fields.ListOf,
        lambda field: fields.MapOf(["a"], field),
        lambda field: fields.ListOf(fields.Record({"deep": fields.Nullable(field)})),
    ],
)
def test_the_walk_finds_an_undeclared_string_wherever_it_hides(
    bad: fields.Field[str], wrapped: Callable[[fields.Field[str]], fields.Field[object]]
) -> None:
    body = fields.Record({"fine": fields.Code(), "note": wrapped(bad)})
    found = strings_out_of_bounds({"leaky": body})
    assert len(found) == 1
    assert found[0].startswith("leaky.body.note")


def test_a_declared_kind_that_lets_prose_through_is_found() -> None:
    body = fields.Record({"note": Free()})
    assert list(fields.undeclared_strings(body, shapes=(*fields.SHAPES, Free))) == ["body.note"]


# ── fields ───────────────────────────────────────────────────────────────────────────────────────


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


# ── descriptor ───────────────────────────────────────────────────────────────────────────────────


def _signing_key(**changed: Any) -> Callable[[dict[str, Any]], None]:
    return lambda body: body["signing_keys"][0].update(changed)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda body: body.update(node="RU-KGD"), "node: "),
        (lambda body: body.update(unit="RU-KGD"), "node: "),
        (lambda body: body.update(parent="RU-MUR"), "parent: "),
        (lambda body: body.update(alg="rsa"), "alg: "),
        (lambda body: body.update(signing_keys=[]), "signing_keys: fewer than 1"),
        (lambda body: body["signing_keys"].append(body["signing_keys"][0]), "a kid stands twice"),
        (lambda body: body.update(signing_keys=body["signing_keys"] * 17), "more than 16"),
        (_signing_key(kid=ROOT.kid), r"signing_keys\.0\.kid: not the thumbprint"),
        (_signing_key(kid=ROOT.kid, public=ROOT.public.x), r"signing_keys\.0\.public: the root"),
        (_signing_key(not_after="2026-11-21T09:00:00Z"), r"signing_keys\.0\.not_after"),
        (_signing_key(status="lost"), r"signing_keys\.0\.status"),
        (lambda body: body.update(protocol_versions=[]), "protocol_versions"),
        (lambda body: body["limits"].update(statement_bytes=0), r"limits\.statement_bytes"),
    ],
)
def test_a_descriptor_that_contradicts_itself_is_malformed(
    spoil: Callable[[dict[str, Any]], object], why: str
) -> None:
    key, body = good("descriptor")
    spoil(body)
    with pytest.raises(BadStatement, match=why):
        Descriptor.from_body(key, body)


def test_a_descriptor_is_sealed_as_version_n_by_its_root() -> None:
    sealed = seal_descriptor(a_descriptor(), n=3, root=ROOT, now=NOW)
    assert (sealed.epoch, sealed.rev, sealed.envelope.kid) == (0, 3, ROOT.kid)
    assert (sealed.type, sealed.origin, sealed.key) == ("descriptor", "RU-MUR", "RU-MUR")
    assert validate(sealed) == a_descriptor()


@pytest.mark.parametrize(("n", "root"), [(0, ROOT), (1, SIGNING)])
def test_a_descriptor_is_not_sealed_by_another_key_or_as_version_nought(
    n: int, root: KeyPair
) -> None:
    with pytest.raises(ValueError, match="root"):
        seal_descriptor(a_descriptor(), n=n, root=root, now=NOW)


def test_a_key_of_a_descriptor_is_found_by_its_kid() -> None:
    key = a_descriptor().key(SIGNING.kid)
    assert key is not None
    assert key.public == SIGNING.public.x
    assert a_descriptor().key(ROOT.kid) is None


# ── certificate ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda body: body.update(child="RU-KGD"), "child: "),
        (lambda body: body.update(not_after="2026-11-21T09:00:00Z"), "not_after: "),
        (lambda body: body.update(not_after="2027-02-19T09:00:01Z"), "within 90 days"),
        (lambda body: body.update(territories=[]), "territories: fewer than 1"),
        (lambda body: body["territories"][0].update(to="2026-01-01"), r"territories\.0\.to"),
        (lambda body: body.update(status="open"), "status: "),
        (lambda body: body.update(root="x"), "root: "),
    ],
)
def test_a_certificate_that_contradicts_itself_is_malformed(
    spoil: Callable[[dict[str, Any]], object], why: str
) -> None:
    key, body = good("certificate")
    spoil(body)
    with pytest.raises(BadStatement, match=why):
        Certificate.from_body(key, body)


@pytest.mark.parametrize(
    ("unit", "day", "served"),
    [
        ("47701000", date(2026, 1, 31), False),
        ("47701000", date(2026, 2, 1), True),
        ("47701000", date(2026, 2, 28), True),
        ("47701000", date(2026, 3, 1), False),
        ("47701000", date(2026, 9, 1), True),
        ("47712000", date(2026, 2, 1), False),
    ],
)
def test_a_territory_is_served_from_its_first_day_until_before_its_end(
    unit: str, day: date, served: bool
) -> None:
    certificate = a_certificate(
        territories=(
            Territory("47701000", date(2026, 2, 1), date(2026, 3, 1)),
            Territory("47701000", date(2026, 9, 1)),
        )
    )
    assert certificate.serves(unit, day) is served


# ── manifest ─────────────────────────────────────────────────────────────────────────────────────


def test_a_manifest_lists_a_statement_once() -> None:
    key, body = good("manifest")
    body["entries"].append({**body["entries"][0], "rev": 5})
    with pytest.raises(BadStatement, match="entries: a statement stands twice"):
        Manifest.from_body(key, body)


@pytest.mark.parametrize("key", ["x", "2026-02-30", "20261121"])
@pytest.mark.parametrize("type", ["manifest", "summary"])
def test_a_key_that_is_no_day_is_a_bad_day(type: str, key: str) -> None:
    with pytest.raises(BadStatement) as caught:
        SCHEMAS[type].validate(key, GOOD[type][1])
    assert caught.value.code == "bad_day"


# ── summary ──────────────────────────────────────────────────────────────────────────────────────


def test_the_counters_stand_in_the_order_of_the_protocol() -> None:
    assert " ".join(COUNTERS) == (
        "received rejected repeated opened routed returned answered_first closed_solved"
        " closed_explained closed_refused merged reopened escalated handed_over taken_in"
        " late_first late_final satisfied unsatisfied checked checked_false"
        " open unsorted overdue dragging awaiting_help"
    )
    assert tuple(HISTOGRAM_COUNTER) == HISTOGRAMS
    assert set(HISTOGRAM_COUNTER.values()) <= set(COUNTERS)


@given(st.randoms())
def test_the_same_facts_give_the_same_bytes(chance: Any) -> None:
    rows = [a_row(territory=unit, topic=topic) for unit in "ab" for topic in ("x", "x.y", "z")]
    expected = json.dumps(a_summary(rows=tuple(rows)).to_body())
    chance.shuffle(rows)
    names = list(COUNTERS)
    chance.shuffle(names)
    facts = a_row().counters
    counters = {name: facts.get(name, 0) for name in names}
    rows = [replace(row, counters=counters) for row in rows]
    assert json.dumps(a_summary(rows=tuple(rows)).to_body()) == expected


def test_zeros_and_empty_histograms_are_not_written() -> None:
    row = a_row(counters={"received": 0, "open": 1}, histograms={"route_hours": Histogram()})
    assert row.to_body()["counters"] == {"open": 1}
    assert row.to_body()["histograms"] == {}


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda body: body.update(status="closed"), "malformed"),
        (lambda body: body.update(status="restated"), "malformed"),
        (lambda body: body.update(status="restated", reason="mood"), "malformed"),
        (lambda body: body.update(reason="late"), "malformed"),
        (lambda body: body.update(zero_report=True), "malformed"),
        (lambda body: body["rows"].append(body["rows"][0]), "malformed"),
        (lambda body: body["rows"][0]["counters"].update(open=-1), "malformed"),
        (lambda body: body["rows"][0]["counters"].update(open=10**7), "malformed"),
        (lambda body: body["rows"][0]["histograms"].update(route_hours=[[1]]), "malformed"),
        (lambda body: body.update(tz="Europe/Atlantis"), "bad_tz"),
        (lambda body: body.update(tz=None), "bad_tz"),
        (lambda body: body.update(tz="Asia/Kamchatka"), "bad_day"),
        (lambda body: body.update(to="2026-11-21T21:00:00Z"), "bad_day"),
        (lambda body: body["rows"][0]["counters"].update(routed=1), "histogram_exceeds_counter"),
        (lambda body: body["rows"][0].update(counters={}), "histogram_exceeds_counter"),
    ],
)
def test_a_summary_that_does_not_hold_together_is_refused_by_name(
    spoil: Callable[[dict[str, Any]], object], code: str
) -> None:
    key, body = good("summary")
    spoil(body)
    with pytest.raises(BadStatement) as caught:
        Summary.from_body(key, body)
    assert caught.value.code == code


def test_a_restated_summary_gives_its_reason() -> None:
    summary = a_summary(status="restated", reason="late")
    assert Summary.from_body("2026-11-20", summary.to_body()) == summary


def test_a_zero_report_is_a_summary() -> None:
    summary = a_summary(zero_report=True, rows=())
    assert Summary.from_body("2026-11-20", summary.to_body()) == summary


def test_a_counter_nobody_knows_here_is_passed_over() -> None:
    key, body = good("summary")
    body["rows"][0]["counters"]["applauded"] = "much"
    assert Summary.from_body(key, body) == a_summary()


@pytest.mark.parametrize(
    ("tz", "starts", "hours"),
    [
        ("Europe/Kaliningrad", "2026-10-24T22:00:00+00:00", 24),
        ("Asia/Kamchatka", "2026-10-24T12:00:00+00:00", 24),
        ("Europe/Berlin", "2026-10-24T22:00:00+00:00", 25),
    ],
)
def test_a_local_day_runs_from_midnight_to_midnight_of_its_zone(
    tz: str, starts: str, hours: int
) -> None:
    begin, end = local_day(date(2026, 10, 25), tz)
    assert begin.isoformat() == starts
    assert end - begin == timedelta(hours=hours)


@pytest.mark.parametrize("day", [date.min, date.max])
def test_a_day_at_the_end_of_the_calendar_has_no_midnights(day: date) -> None:
    with pytest.raises(ValueError, match="calendar"):
        local_day(day, "Europe/Moscow")
