"""The profile of a request: what it covers, and every way to deviate from it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.door import RawRequest
from federation.errors import Refusal
from federation.keys import PublicKey, b64
from federation.signature_profile import Headers
from federation.signing import (
    CONTENT_TYPE,
    CONTENT_TYPE_GZIP,
    RequestSignature,
    check_digest,
    sign_request,
    target_uri,
    verify_request,
)
from federation.statement import instant
from tests.support.knock import (
    CHILD,
    NONCE,
    NOW,
    PARENT,
    PARENT_URL,
    PATH,
    POST_COMPONENTS,
    REQUEST_ID,
    STRANGER,
    TARGET,
    a_crooked_knock,
    a_knock,
    key_of,
)
from tests.support.signature_base import Message, signature_base, signature_lines

CODES = st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True)
PATHS = st.from_regex(
    r"/federation/v1/[a-z]{1,12}(\?[a-z]{1,8}=([A-Za-z0-9._-]|%[0-9A-F]{2}){0,20})?", fullmatch=True
)
MOMENTS = st.integers(-(10**9), 10**9).map(lambda seconds: NOW + timedelta(seconds=seconds))


def verify(raw: RawRequest, **overrides: object) -> RequestSignature:
    given = {
        "method": raw.method,
        "target_uri": TARGET,
        "headers": raw.headers,
        "key_for": key_of(CHILD),
        "now": NOW,
        **overrides,
    }
    return verify_request(**given)  # type: ignore[arg-type]


def refusal_of(raw: RawRequest, **overrides: object) -> Refusal:
    with pytest.raises(Refusal) as caught:
        verify(raw, **overrides)
    return caught.value


def without(headers: Headers, name: str) -> Headers:
    return [(given, value) for given, value in headers if given.lower() != name]


def changed(raw: RawRequest, name: str, value: str) -> RawRequest:
    headers = [(n, value if n.lower() == name else v) for n, v in raw.headers]
    return RawRequest(raw.method, raw.path, headers, raw.body)


def test_a_lawful_request_is_verified_and_says_what_it_covers() -> None:
    found = verify(a_knock())
    assert found == RequestSignature(
        kid=CHILD.kid,
        created=NOW,
        expires=NOW + timedelta(seconds=300),
        nonce=NONCE,
        sender="RU-MUR",
        recipient="SZFO",
        request_id=REQUEST_ID,
        content_type=CONTENT_TYPE,
        content_digest=found.content_digest,
    )


def test_a_request_by_the_independent_builder_is_verified() -> None:
    assert verify(a_crooked_knock()).sender == "RU-MUR"


@given(
    method=st.sampled_from(["POST", "GET"]),
    path=PATHS,
    body=st.binary(max_size=200),
    content_type=st.sampled_from([CONTENT_TYPE, CONTENT_TYPE_GZIP]),
    sender=CODES,
    recipient=CODES,
    request_id=CODES,
    nonce=st.binary(min_size=16, max_size=16).map(b64),
    now=MOMENTS,
)
def test_library_and_independent_builder_sign_the_same_bytes(method, path, now, **asked) -> None:  # type: ignore[no-untyped-def]
    raw = a_knock(method=method, path=path, now=now, **asked)
    fields = dict(raw.headers)
    components = [c for c in POST_COMPONENTS if method == "POST" or "content-" not in c]
    created = int(now.timestamp())
    parameters = (
        f';created={created};keyid="{CHILD.kid}";alg="ed25519"'
        f';expires={created + 300};nonce="{asked["nonce"]}";tag="cur-fed-v1"'
    )
    uri = target_uri(PARENT_URL, path)
    message = Message(method=method, uri=uri, headers=raw.headers)
    base = signature_base(components, parameters, message)
    signature = fields["Signature"].removeprefix("cur=:").removesuffix(":")

    assert fields["Signature-Input"] == f"cur=({' '.join(components)}){parameters}"
    assert b64(CHILD.sign(base)).replace("-", "+").replace("_", "/") + "==" == signature
    assert verify(raw, target_uri=uri, now=now).request_id == asked["request_id"]


@pytest.mark.parametrize("name", ["signature", "signature-input"])
def test_an_unsigned_request_is_refused(name: str) -> None:
    raw = a_knock()
    bare = RawRequest(raw.method, raw.path, without(raw.headers, name), raw.body)
    assert refusal_of(bare).code == "sig_invalid"


@pytest.mark.parametrize("seconds", [-121, 121, -3600, 3600, 365 * 86400])
def test_a_request_from_another_time_is_refused_with_ours(seconds: int) -> None:
    refusal = refusal_of(a_knock(now=NOW + timedelta(seconds=seconds)))
    assert refusal.code == "clock_skew"
    assert refusal.extra == {"server_time": instant(NOW)}


@pytest.mark.parametrize("seconds", [-120, -60, 0, 60, 120])
def test_two_minutes_either_way_are_forgiven(seconds: int) -> None:
    assert verify(a_knock(now=NOW + timedelta(seconds=seconds)))


def test_only_the_owner_of_the_key_learns_of_the_clock() -> None:
    forged = changed(a_knock(now=NOW - timedelta(days=1)), "cur-sender", "RU-KGD")
    assert refusal_of(forged).code == "sig_invalid"


@pytest.mark.parametrize("component", POST_COMPONENTS)
def test_a_stripped_component_is_refused(component: str) -> None:
    fewer = [c for c in POST_COMPONENTS if c != component]
    assert refusal_of(a_crooked_knock(components=fewer)).code == "sig_invalid"


def test_an_extra_component_is_refused() -> None:
    more = a_crooked_knock(components=[*POST_COMPONENTS, '"x-extra"'], headers={"X-Extra": "1"})
    assert refusal_of(more).code == "sig_invalid"


def test_reordered_components_are_refused() -> None:
    assert refusal_of(a_crooked_knock(components=POST_COMPONENTS[::-1])).code == "sig_invalid"


def test_a_component_with_a_parameter_is_another_component() -> None:
    structured = [c + (";sf" if c == '"content-digest"' else "") for c in POST_COMPONENTS]
    headers = a_knock().headers
    input_line = dict(headers)["Signature-Input"].replace('"content-digest"', structured[3])
    assert refusal_of(changed(a_knock(), "signature-input", input_line)).code == "sig_invalid"


@pytest.mark.parametrize("name", ["created", "expires", "nonce", "keyid", "alg", "tag"])
def test_every_parameter_is_required(name: str) -> None:
    assert refusal_of(a_crooked_knock(parameters={name: None})).code == "sig_invalid"


@pytest.mark.parametrize(
    "parameters",
    [
        {"alg": "hmac-sha256"},
        {"alg": "rsa-v1_5-sha256"},
        {"tag": "cur-fed-answer-v1"},
        {"tag": ""},
        {"expires": int(NOW.timestamp()) + 3000},
        {"expires": "soon"},
        {"created": 10**14},
        {"created": "now"},
        {"nonce": "short"},
        {"nonce": b64(b"n" * 17)},
        {"keyid": "k"},
        {"extra": "1"},
    ],
    ids=lambda value: "-".join(f"{k}={str(v)[:24]}" for k, v in value.items()),
)
def test_a_parameter_of_another_form_is_refused(parameters: dict[str, int | str]) -> None:
    raw = a_crooked_knock(parameters=parameters)
    assert refusal_of(raw).code == "sig_invalid"


@pytest.mark.parametrize(
    "name",
    [*(component.strip('"') for component in POST_COMPONENTS[2:]), "signature", "signature-input"],
)
def test_a_doubled_line_is_refused_even_when_equal(name: str) -> None:
    raw = a_knock()
    again = [line for line in raw.headers if line[0].lower() == name]
    assert refusal_of(RawRequest("POST", PATH, raw.headers + again)).code == "sig_invalid"


@pytest.mark.parametrize(
    "name", ["content-type", "content-digest", "cur-sender", "cur-protocol", "cur-request-id"]
)
def test_an_altered_or_missing_covered_header_is_refused(name: str) -> None:
    raw = a_knock()
    assert refusal_of(changed(raw, name, "x")).code == "sig_invalid"
    missing = RawRequest("POST", PATH, without(raw.headers, name))
    assert refusal_of(missing).code == "sig_invalid"


def test_a_doubled_value_signed_as_one_list_is_refused() -> None:
    """What the library would take: the lines are signed as `RU-MUR, RU-KGD`."""
    lawful = without(a_crooked_knock().headers, "signature")
    lines = [*without(lawful, "signature-input"), ("Cur-Sender", "RU-KGD")]
    message = Message(method="POST", uri=TARGET, headers=lines)
    parameters: dict[str, int | str] = {
        "created": int(NOW.timestamp()),
        "keyid": CHILD.kid,
        "alg": "ed25519",
        "expires": int(NOW.timestamp()) + 300,
        "nonce": NONCE,
        "tag": "cur-fed-v1",
    }
    signed = signature_lines(CHILD, POST_COMPONENTS, parameters, message)
    assert refusal_of(RawRequest("POST", PATH, [*lines, *signed])).code == "sig_invalid"


@pytest.mark.parametrize("tag", ["cur-fed-v1", "another"])
def test_a_second_signature_is_refused(tag: str) -> None:
    first, second = a_knock(), a_crooked_knock(label="two", parameters={"tag": tag})
    values = {name.lower(): value for name, value in second.headers}
    both = [
        (name, f"{value}, {values[name.lower()]}" if name.startswith("Signature") else value)
        for name, value in first.headers
    ]
    assert refusal_of(RawRequest("POST", PATH, both)).code == "sig_invalid"


def test_content_encoding_is_refused() -> None:
    raw = a_knock()
    headers = [*raw.headers, ("Content-Encoding", "gzip")]
    assert refusal_of(RawRequest("POST", PATH, headers)).code == "sig_invalid"


@pytest.mark.parametrize(
    "line",
    [("Content-Length", "7"), ("Transfer-Encoding", "chunked"), ("Content-Type", CONTENT_TYPE)],
)
def test_a_body_on_a_get_is_refused(line: tuple[str, str]) -> None:
    raw = a_knock(method="GET")
    assert verify(raw).content_type is None
    assert refusal_of(RawRequest("GET", PATH, [*raw.headers, line])).code == "sig_invalid"


@pytest.mark.parametrize("name", ["Cur-Sender", "Cur-Recipient", "Cur-Request-Id"])
@pytest.mark.parametrize("value", ["RU MUR", "RU/MUR", "", "x" * 65])
def test_a_name_that_is_no_code_is_refused_though_signed(name: str, value: str) -> None:
    assert refusal_of(a_crooked_knock(headers={name: value})).code == "sig_invalid"


@pytest.mark.parametrize("method", ["GET", "PUT", "post"])
def test_another_method_is_refused(method: str) -> None:
    assert refusal_of(a_knock(), method=method).code == "sig_invalid"


@pytest.mark.parametrize(
    "uri",
    [
        TARGET + "?x=1",
        target_uri("https://szfo.example", PATH),
        target_uri("http://szfo.example/cur", PATH),
        target_uri(PARENT_URL, "/federation/v1/reconcile"),
        "not an address",
    ],
)
def test_another_target_is_refused(uri: str) -> None:
    assert refusal_of(a_knock(), target_uri=uri).code == "sig_invalid"


def test_an_unknown_key_is_refused_by_whoever_looks_it_up() -> None:
    assert refusal_of(a_knock(key=STRANGER)).code == "key_unknown"


def test_an_error_of_the_lookup_is_not_taken_for_a_bad_signature() -> None:
    def broken(kid: str) -> PublicKey:
        raise OSError("no database")

    with pytest.raises(OSError, match="no database"):
        verify(a_knock(), key_for=broken)


def test_a_signature_by_another_key_under_this_kid_is_refused() -> None:
    assert refusal_of(a_knock(), key_for=lambda kid: PARENT.public).code == "sig_invalid"


@given(st.lists(st.tuples(st.sampled_from(["Signature", "Signature-Input"]), st.text(max_size=80))))
def test_no_header_escapes_as_another_error(junk: list[tuple[str, str]]) -> None:
    raw = a_knock()
    clean = without(without(raw.headers, "signature"), "signature-input")
    assert refusal_of(RawRequest("POST", PATH, clean + junk)).code == "sig_invalid"


@given(st.data())
def test_one_changed_character_of_the_signature_input_is_refused(data: st.DataObject) -> None:
    line = dict(a_knock().headers)["Signature-Input"]
    at = data.draw(st.integers(0, len(line) - 1))
    put = data.draw(st.characters(codec="latin-1").filter(lambda c: c != line[at]))
    bent = line[:at] + put + line[at + 1 :]
    assert refusal_of(changed(a_knock(), "signature-input", bent)).code in {
        "sig_invalid",
        "key_unknown",
    }


def test_the_digest_is_of_the_bytes_that_travel() -> None:
    raw = a_knock()
    check_digest(raw.headers, raw.body)
    for headers, body in [
        (raw.headers, raw.body + b" "),
        (without(raw.headers, "content-digest"), raw.body),
        ([*raw.headers, ("Content-Digest", "sha-256=:AA==:")], raw.body),
        ([("Content-Digest", "md5=:AA==:")], raw.body),
        ([("Content-Digest", "ш")], raw.body),
    ]:
        with pytest.raises(Refusal) as caught:
            check_digest(headers, body)
        assert caught.value.code == "sig_invalid"


@pytest.mark.parametrize(
    "wrong",
    [{"target_uri": "not an address"}, {"sender": "Мурманск"}, {"body": None}],
)
def test_what_cannot_be_signed_is_a_mistake_of_the_caller(wrong: dict[str, str | None]) -> None:
    asked = {
        "method": "POST",
        "target_uri": TARGET,
        "body": b"{}",
        "content_type": CONTENT_TYPE,
        "key": CHILD,
        "sender": "RU-MUR",
        "recipient": "SZFO",
        "request_id": "r",
        "nonce": NONCE,
        "now": NOW,
    }
    with pytest.raises(ValueError, match=r"signed|body"):
        sign_request(**{**asked, **wrong})  # type: ignore[arg-type]
