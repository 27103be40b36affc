"""PROTOCOL.md and the code say the same: its JSON examples are read, its numbers are compared.

An example is a fenced block whose first line names it (```json summary 2026-11-20); a second word
is the key of the statement, the example node's code when there is none.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from federation.enrolment import (
    build_answer,
    build_request,
    check_answer,
    check_request,
    make_token,
    read_token,
)
from federation.errors import BadStatement, Refusal
from federation.histogram import BOUNDS
from federation.keys import KeyPair, unb64
from federation.receipt import Receipt
from federation.schemas import SCHEMAS
from federation.schemas.descriptor import Descriptor
from federation.schemas.summary import COUNTERS, HISTOGRAMS, REASONS
from federation.statement import FIELDS, Envelope, parse, parse_instant, verify
from federation.wire import ExchangeAnswer, ExchangeRequest

DOCUMENT = (Path(__file__).parents[3] / "federation" / "PROTOCOL.md").read_text(encoding="utf-8")
EXAMPLES = {
    name: (key or "47701000", json.loads(text))
    for name, key, text in re.findall(
        r"^```json (\S+) ?(\S*)\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL
    )
}
ROOT = KeyPair.from_seed(bytes(range(32)))
SIGNER = KeyPair.from_seed(bytes(range(32, 64)))
SIGNING = SIGNER.public
PARENT = KeyPair.from_seed(bytes(range(64, 96))).public


def example(name: str) -> Any:
    return EXAMPLES[name][1]


def test_every_block_of_json_is_a_named_example() -> None:
    assert DOCUMENT.count("```json") == len(EXAMPLES)


@pytest.mark.parametrize("type", SCHEMAS)
def test_the_example_of_every_type_is_the_golden_one(type: str) -> None:
    key, body = EXAMPLES[type]
    typed: Any = SCHEMAS[type].validate(key, body)
    assert json.dumps(typed.to_body()) == json.dumps(body)
    golden = json.loads((Path(__file__).parent / f"{type}.json").read_text(encoding="utf-8"))
    assert json.loads(golden["statement"]["bytes"])["body"] == body


def test_the_example_of_an_envelope_is_signed() -> None:
    envelope = Envelope.from_wire(example("envelope"))
    verify(envelope, SIGNING)
    statement = parse(envelope)
    assert statement.body == example("summary")
    assert tuple(example("statement")) == FIELDS
    assert {**example("statement"), "body": statement.body} == json.loads(envelope.data)


def test_the_examples_of_an_exchange_are_read() -> None:
    request = ExchangeRequest.from_payload(example("exchange-request"))
    assert request.to_payload() == example("exchange-request")
    answer = ExchangeAnswer.from_payload(example("exchange-answer"))
    assert answer.to_payload() == example("exchange-answer")
    receipt = Receipt.open(answer.receipt, PARENT)
    assert receipt.request_id == example("receipt")["request_id"]


def test_the_example_of_a_receipt_is_read() -> None:
    signer = KeyPair.from_seed(bytes(range(64, 96)))
    data = json.dumps(example("receipt"), separators=(",", ":")).encode()
    over = hashlib.sha256(b"cur-receipt-v1\n" + data).digest()
    receipt = Receipt.open(Envelope(data, signer.kid, signer.sign(over)), signer.public)
    assert receipt.seal(signer).data == data


def test_the_example_of_a_problem_is_a_refusal() -> None:
    problem = example("problem")
    refusal = Refusal("clock_skew", problem["detail"], server_time=problem["server_time"])
    assert refusal.problem() == problem


def test_the_example_of_a_token_is_read() -> None:
    shown = example("enrol-token")
    token = read_token(shown["token"])
    assert token.secret == unb64(shown["secret"])
    assert (token.parent_root_kid, token.top_root_kid) == (shown["parent_root"], shown["top_root"])
    assert make_token(token.parent_root_kid, token.top_root_kid, token.secret) == shown["token"]


def test_the_example_of_an_enrolment_is_admitted() -> None:
    token, request = read_token(example("enrol-token")["token"]), example("enrol-request")
    descriptor = parse(Envelope.from_wire(request["descriptor"]))
    found = check_request(
        request, me="RU-MUR", root_kid=token.parent_root_kid, now=descriptor.made_at
    )
    assert found.unit == request["unit"]
    assert found.descriptor.to_body() == example("descriptor")
    assert build_request(token, descriptor, ROOT, SIGNER) == request


def test_the_example_of_an_enrolment_is_answered() -> None:
    answer = example("enrol-answer")
    now = parse_instant(answer["server_time"])
    found = check_answer(
        answer,
        read_token(example("enrol-token")["token"]),
        descriptor=Descriptor.from_body("47701000", example("descriptor")),
        now=now,
    )
    assert found.certificate.body == example("certificate")
    assert build_answer(found.certificate, found.chain, now=now) == answer


def test_the_table_of_buckets_is_the_one_described() -> None:
    table = json.dumps(BOUNDS, separators=(",", ":")).encode()
    assert hashlib.sha256(table).hexdigest() in DOCUMENT
    assert f"{len(BOUNDS)} buckets" in DOCUMENT


@pytest.mark.parametrize("word", [*COUNTERS, *HISTOGRAMS, *REASONS, *Refusal.STATUS])
def test_every_word_of_the_wire_is_in_the_document(word: str) -> None:
    assert f"`{word}`" in DOCUMENT


def test_every_code_of_quarantine_is_in_the_document() -> None:
    listed = re.search(r"Codes: ([^.]*)\.", BadStatement.__doc__ or "")
    assert listed is not None
    for code in re.split(r",\s+", listed[1]):
        assert f"`{code}`" in DOCUMENT
