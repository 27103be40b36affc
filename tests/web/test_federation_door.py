"""The federation's door over real HTTP: whatever is wrong with a request, nothing of it stays."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from federation import exchange
from federation.door import MAX_HEADER
from federation.keys import KeyPair
from federation.payload import MAX_BODY
from federation.signature_profile import Headers
from federation.signing import CONTENT_TYPE, CONTENT_TYPE_GZIP, new_nonce, sign_request, target_uri
from node.bootstrap import Node
from node.jobs import publish_summaries
from node.store.ledger import SqlLedger
from node.web.app import create_app
from node.web.door import Door
from tests.support.country import Country
from tests.support.serving import listening, served
from tests.support.tables import rows_of

PATH = "/federation/v1/exchange"
BODY_SECONDS = 0.7


@dataclass(frozen=True)
class Knock:
    """A request as its bytes go out. `body` may also come in chunks of no announced length."""

    path: str
    headers: Headers
    body: bytes
    chunked: bool = False

    def without(self, *names: str) -> Knock:
        kept = [(name, value) for name, value in self.headers if name.lower() not in names]
        return replace(self, headers=kept)

    def adding(self, name: str, value: str) -> Knock:
        return replace(self, headers=[*self.headers, (name, value)])

    def value(self, name: str) -> str:
        return next(value for given, value in self.headers if given.lower() == name)


@dataclass
class World:
    """The district of a small country behind a real port, and its region's next lawful request."""

    country: Country
    url: str
    payload: bytes

    @property
    def parent(self) -> Node:
        return self.country.nodes["SZFO"]

    @property
    def child(self) -> Node:
        return self.country.nodes["RU-MUR"]

    def a_knock(
        self,
        *,
        url: str | None = None,
        path: str = PATH,
        body: bytes | None = None,
        content_type: str = CONTENT_TYPE,
        key: KeyPair | None = None,
        sender: str = "RU-MUR",
        recipient: str = "SZFO",
        late: timedelta = timedelta(0),
    ) -> Knock:
        body = self.payload if body is None else body
        headers = sign_request(
            method="POST",
            target_uri=target_uri(url or self.url, path),
            body=body,
            content_type=content_type,
            key=key or self.child.signing,
            sender=sender,
            recipient=recipient,
            request_id=new_nonce(),
            nonce=new_nonce(),
            now=self.country.clock() - late,
        )
        return Knock(path, list(headers.items()), body)

    def send(self, knock: Knock) -> httpx.Response:
        content = iter([knock.body[:9], knock.body[9:]]) if knock.chunked else knock.body
        with httpx.Client(trust_env=False) as client:
            return client.post(self.url + knock.path, content=content, headers=knock.headers)

    def stored(self) -> dict[str, list[tuple[object, ...]]]:
        return rows_of(self.parent)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    country = Country(tmp_path_factory.mktemp("door"))
    with listening() as port:
        url = f"http://127.0.0.1:{port.getsockname()[1]}"
        country.add("RU")
        country.add("SZFO", url=url)
        child = country.add("RU-MUR")
        country.play(2)
        country.clock.advance(days=1)
        publish_summaries.run(child)
        with child.transaction() as session:
            request = exchange.compose(
                SqlLedger(session), me="RU-MUR", parent="SZFO", software="x", now=country.clock()
            )
        assert request.statements
        app = create_app(country.nodes["SZFO"])
        app.state.door = Door(country.nodes["SZFO"], body_seconds=BODY_SECONDS)
        with served(app, port):
            yield World(country, url, json.dumps(request.to_payload()).encode())
    country.close()


def bent(change: Callable[[Knock], Knock]) -> Callable[[World], Knock]:
    return lambda world: change(world.a_knock())


def with_a_second_signature(knock: Knock) -> Knock:
    again = knock.value("signature-input").replace("cur=", "other=", 1)
    signature = knock.value("signature").replace("cur=", "other=", 1)
    headers = [
        (name, f"{value}, {again}" if name.lower() == "signature-input" else value)
        for name, value in knock.headers
    ]
    headers = [
        (name, f"{value}, {signature}" if name.lower() == "signature" else value)
        for name, value in headers
    ]
    return replace(knock, headers=headers)


BOMB = gzip.compress(bytes(40 * 1024 * 1024))
STRANGER = KeyPair.from_seed(b"s" * 32)
CASES: dict[str, tuple[Callable[[World], Knock], int, str]] = {
    "unsigned": (bent(lambda k: k.without("signature", "signature-input")), 401, "sig_invalid"),
    "half unsigned": (bent(lambda k: k.without("signature")), 401, "sig_invalid"),
    "stale": (lambda w: w.a_knock(late=timedelta(seconds=121)), 401, "clock_skew"),
    "from tomorrow": (lambda w: w.a_knock(late=-timedelta(days=1)), 401, "clock_skew"),
    "to another recipient": (lambda w: w.a_knock(recipient="RU"), 401, "wrong_target"),
    "to another address": (lambda w: w.a_knock(url="https://x.example"), 401, "sig_invalid"),
    "to another path": (
        lambda w: replace(w.a_knock(path="/federation/v1/reconcile"), path=PATH),
        401,
        "sig_invalid",
    ),
    "with a query added": (bent(lambda k: replace(k, path=PATH + "?x=1")), 401, "sig_invalid"),
    "to a path not there": (lambda w: w.a_knock(path="/federation/v1/x"), 404, "not_found"),
    "another body": (bent(lambda k: replace(k, body=k.body + b" ")), 401, "sig_invalid"),
    "a cut body": (bent(lambda k: replace(k, body=k.body[:-1])), 401, "sig_invalid"),
    "no body": (bent(lambda k: replace(k, body=b"")), 401, "sig_invalid"),
    "a second signature": (bent(with_a_second_signature), 401, "sig_invalid"),
    "a doubled header": (bent(lambda k: k.adding("Cur-Sender", "RU-MUR")), 401, "sig_invalid"),
    "a content encoding": (
        bent(lambda k: k.adding("Content-Encoding", "gzip")),
        401,
        "sig_invalid",
    ),
    "an unknown key": (lambda w: w.a_knock(key=STRANGER), 401, "key_unknown"),
    "the key of another node": (
        lambda w: w.a_knock(key=w.country.nodes["RU"].signing),
        401,
        "key_unknown",
    ),
    "under another's name": (lambda w: w.a_knock(sender="RU-KGD"), 401, "key_unknown"),
    "under no name": (lambda w: w.a_knock(sender="../SZFO"), 401, "sig_invalid"),
    "another protocol": (
        bent(lambda k: k.without("cur-protocol").adding("Cur-Protocol", "2")),
        426,
        "unsupported_version",
    ),
    "a gzip bomb": (
        lambda w: w.a_knock(body=BOMB, content_type=CONTENT_TYPE_GZIP),
        413,
        "too_big",
    ),
    "gzip that is none": (
        lambda w: w.a_knock(body=b"x" * 99, content_type=CONTENT_TYPE_GZIP),
        422,
        "malformed",
    ),
    "another media type": (
        lambda w: w.a_knock(content_type="application/json"),
        415,
        "unsupported",
    ),
    "no JSON": (lambda w: w.a_knock(body=b"\x00\xff"), 422, "malformed"),
    "another shape": (lambda w: w.a_knock(body=b'{"v":1}'), 422, "malformed"),
    "a field twice": (
        lambda w: w.a_knock(body=w.payload.replace(b'{"v"', b'{"v":1,"v"', 1)),
        422,
        "malformed",
    ),
    "another sender inside": (
        lambda w: w.a_knock(body=w.payload.replace(b'"sender": "RU-MUR"', b'"sender": "SZFO"')),
        422,
        "malformed",
    ),
    "too big as announced": (
        lambda w: w.a_knock(body=bytes(MAX_BODY + 1)),
        413,
        "too_big",
    ),
    "too big in chunks": (
        lambda w: replace(w.a_knock(body=bytes(MAX_BODY + 1)), chunked=True),
        413,
        "too_big",
    ),
    "too long a head": (bent(lambda k: k.adding("X", "x" * MAX_HEADER)), 413, "too_big"),
}
STRANGERS = {"unsigned", "an unknown key", "the key of another node", "under another's name"}


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_by_name_and_nothing_is_stored(world: World, name: str) -> None:
    make, status, code = CASES[name]
    knock, before = make(world), world.stored()
    answer = world.send(knock)
    assert (answer.status_code, answer.json()["title"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert world.stored() == before
    if name in STRANGERS:
        assert "signature" not in answer.headers
    if code == "clock_skew":
        assert answer.json()["server_time"] == "2026-03-03T06:00:00Z"


@pytest.mark.parametrize("name", ["to another recipient", "a gzip bomb", "too big as announced"])
def test_who_is_registered_is_refused_under_signature(world: World, name: str) -> None:
    assert "signature" in world.send(CASES[name][0](world)).headers


@pytest.mark.parametrize("body", [b"", b"{", b"null", b'{"v":1,"unit":"\\u0000"}', b"\xff" * 99])
@pytest.mark.parametrize("kind", [CONTENT_TYPE, CONTENT_TYPE_GZIP, "text/plain"])
def test_no_stranger_writes_anything_by_knocking_to_enrol(
    world: World, body: bytes, kind: str
) -> None:
    before = world.stored()
    answer = world.send(Knock("/federation/v1/enrol", [("Content-Type", kind)], body))
    assert answer.status_code in {415, 422}
    assert world.stored() == before


@pytest.mark.parametrize(
    "path", ["/federation/", "/federation/v1/", "/federation/v1/%00", "/federation//v1/exchange"]
)
def test_nothing_is_behind_other_addresses(world: World, path: str) -> None:
    before = world.stored()
    assert world.send(replace(world.a_knock(), path=path)).status_code in {401, 404}
    assert world.stored() == before


def half_sent(world: World, part: bytes) -> socket.socket:
    """A connection over which the head and a part of the body have gone out."""
    knock, address = world.a_knock(), urlsplit(world.url)
    head = [
        f"POST {PATH} HTTP/1.1",
        f"Host: {address.netloc}",
        f"Content-Length: {len(knock.body)}",
    ]
    head += [f"{name}: {value}" for name, value in knock.headers]
    connection = socket.create_connection((address.hostname or "", address.port or 0), timeout=20)
    connection.sendall("\r\n".join([*head, "", ""]).encode() + part)
    return connection


def test_a_body_that_never_ends_is_given_up_in_time(world: World) -> None:
    before = world.stored()
    with half_sent(world, b'{"v"') as connection:
        answer = connection.recv(65536).decode()
    assert answer.startswith("HTTP/1.1 429 ")
    assert "retry-after: 60" in answer.lower()
    assert world.stored() == before


def test_a_sender_that_hangs_up_leaves_nothing(world: World) -> None:
    before = world.stored()
    half_sent(world, b'{"v":1').close()
    assert world.send(world.a_knock(body=b"{}")).status_code == 426  # and the next is served
    assert world.stored() == before


def test_a_lawful_request_passes_once_and_its_copy_does_not(world: World) -> None:
    knock = world.a_knock()
    before = world.stored()
    assert world.send(knock).status_code == 200
    after = world.stored()
    assert len(after["statement"]) > len(before["statement"])
    replayed = world.send(knock)
    assert (replayed.status_code, replayed.json()["title"]) == (401, "replayed")
    assert world.stored() == after
    again = world.a_knock()  # the same statements in a request of its own are merely known
    assert world.send(again).status_code == 200
    kept = rows_of(world.parent, but=("nonce", "link", "receipt_given"))
    assert kept == {name: rows for name, rows in after.items() if name in kept}


def test_of_many_copies_at_once_one_is_let_in(world: World) -> None:
    knock = world.a_knock()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(world.send, [knock] * 8))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7
