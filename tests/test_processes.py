"""Real nodes in processes of their own, joined on the command line, killed and started again."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import shlex
import signal
import socket
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.support.processes import NodeProcess, awaited

CHAIN = ("RU", "SZFO", "RU-MUR", "47701000")
TOWN = CHAIN[-1]
MOSCOW = ZoneInfo("Europe/Moscow")
APPEAL = {"text": "Яма у дома", "topic": "roads.pits"}
CONTACT = {"name": "Жильцова Ольга Тестовна", "phone": "+7 900 000-11-22"}


@pytest.fixture
def vertical(tmp_path: Path) -> Iterator[dict[str, NodeProcess]]:
    """Four running tiers; each joined its parent by the very line that was printed for it."""
    nodes = {unit: NodeProcess(tmp_path / unit, unit) for unit in CHAIN}
    try:
        for node in nodes.values():
            node.start()
        for node in nodes.values():
            node.ready()
        for parent, child in itertools.pairwise(CHAIN):
            join(nodes[parent], nodes[child])
        yield nodes
    finally:
        for node in nodes.values():
            node.kill()


def join(parent: NodeProcess, child: NodeProcess) -> None:
    def invited() -> list[str] | None:
        printed = parent.cur("invite", child.unit)
        return shlex.split(printed.stdout) if printed.returncode == 0 else None

    line = awaited(invited, f"{parent.unit} inviting")
    assert line[:2] == ["cur", "join"]

    def joined() -> str | None:
        said = child.cur(*line[1:])
        # A node that has just joined certifies nobody before its own parent has answered it.
        assert said.returncode == 0 or "maintenance" in said.stderr, said.stderr
        return said.stdout if said.returncode == 0 else None

    printed = awaited(joined, f"{child.unit} joining")
    fingerprints = [text.split()[-1] for text in printed.splitlines() if "Отпечаток" in text]
    assert len(fingerprints) == 2
    if child.unit == TOWN:  # once is enough: each command is a process of its own
        shown = parent.cur("keys", "show").stdout
        assert all(fingerprint in shown for fingerprint in fingerprints)


def today() -> str:
    return datetime.now(UTC).astimezone(MOSCOW).date().isoformat()


def write_in(node: NodeProcess, times: int, *, start: int = 0) -> None:
    for number in range(start, start + times):
        body = {**APPEAL, "territory": node.unit, "external_id": str(number), "contact": CONTACT}
        assert node.post("/api/v1/appeals", body).status_code == 201


def counted(node: NodeProcess, scope: str, wanted: int) -> int | None:
    """The number when it is the wanted one; more than that is a double count and ends the test."""
    day = today()
    answer = node.get("/api/v1/rankings", scope=scope, period=f"{day}..{day}")
    assert answer.status_code == 200, answer.text
    received = sum(row["counters"]["received"] for row in answer.json()["rows"])
    assert received <= wanted
    return received if received == wanted else None


def summary(node: NodeProcess, origin: str) -> dict[str, str] | None:
    answer = node.get("/api/v1/summaries", origin=origin, day=today())
    return answer.json() if answer.status_code == 200 else None


def is_genuine(signed: dict[str, str], public_key: str) -> bool:
    """By the words of the protocol and the cryptography library alone: no code of ours."""
    data = signed["bytes"].encode()
    message = hashlib.sha256(b"cur-statement-v1\n" + data).digest()
    x, sig = (base64.urlsafe_b64decode(text + "==") for text in (public_key, signed["sig"]))
    thumbprint = json.dumps(
        {"crv": "Ed25519", "kty": "OKP", "x": public_key}, separators=(",", ":")
    )
    kid = base64.urlsafe_b64encode(hashlib.sha256(thumbprint.encode()).digest()).rstrip(b"=")
    Ed25519PublicKey.from_public_bytes(x).verify(sig, message)  # raises when it is not
    return kid.decode() == signed["kid"]


def published_key(node: NodeProcess) -> str:
    """The signing key a node gives to anybody who asks."""
    wire = httpx.get(f"{node.url}/federation/v1/descriptor").json()
    key: str = json.loads(wire["bytes"])["body"]["signing_keys"][0]["public"]
    return key


def test_a_killed_region_neither_loses_nor_doubles_what_the_town_signed(
    vertical: dict[str, NodeProcess],
) -> None:
    top, region, town = vertical["RU"], vertical["RU-MUR"], vertical[TOWN]
    write_in(town, 3)
    awaited(lambda: counted(top, "RU", 3), "three appeals at the top")
    region.kill()
    write_in(town, 2, start=3)
    region.start()
    region.ready()
    write_in(region, 1)
    awaited(lambda: counted(top, "RU", 6), "all six at the top")
    for node in vertical.values():
        awaited(lambda node=node: counted(node, node.unit, 5 if node is town else 6), node.unit)
    signed = [summary(node, TOWN) for node in vertical.values()]
    assert signed[0] is not None
    assert all(one == signed[0] for one in signed)
    assert is_genuine(signed[0], published_key(town))
    for node in vertical.values():
        assert node.stop() == [0], node.log()
        assert "Traceback" not in node.log(), node.log()
        assert not any(value in node.log() for value in (*CONTACT.values(), APPEAL["text"]))


def test_a_wrong_key_in_the_settings_is_named_and_nothing_starts(tmp_path: Path) -> None:
    node = NodeProcess(tmp_path / "node", TOWN)
    with (node.folder / "node.toml").open("a", encoding="utf-8") as file:
        file.write("exchange_secondz = 1\n")
    refused = node.cur("run")
    assert refused.returncode == 1
    assert "exchange_secondz" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (node.folder / "data" / "node.sqlite").exists()


@pytest.mark.prove
def test_a_second_process_on_the_same_folder_does_no_harm(tmp_path: Path) -> None:
    node = NodeProcess(tmp_path / "node", TOWN)
    try:
        node.start()
        node.ready()
        write_in(node, 1)
        assert stat.S_IMODE((node.folder / "data").stat().st_mode) == 0o700
        second = node.cur("run")
        assert second.returncode != 0
        assert "Traceback" not in second.stderr, second.stderr
        node.start("work")  # no port to quarrel over: the lock decides who runs the jobs
        awaited(lambda: True if "working" in node.log() else None, "the second process")
        write_in(node, 2, start=1)
        awaited(lambda: counted(node, TOWN, 3), "the town's own figures")
        assert node.stop() == [0, 0], node.log()
        assert "Traceback" not in node.log(), node.log()
    finally:
        node.kill()


@pytest.mark.prove
def test_a_head_without_end_is_cut_off(tmp_path: Path) -> None:
    node = NodeProcess(tmp_path / "node", TOWN)
    try:
        node.start()
        node.ready()
        with socket.create_connection(("127.0.0.1", node.port), timeout=20) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nX: ")
            connection.sendall(b"x" * 80_000)
            assert connection.recv(65536).startswith(b"HTTP/1.1 400 ")
    finally:
        node.kill()


@pytest.mark.prove
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_node_ends_when_told_to_however_early(tmp_path: Path, sign: signal.Signals) -> None:
    node = NodeProcess(tmp_path / "node", TOWN)
    try:
        process = node.start()
        node.ready()
        process.send_signal(sign)
        assert process.wait(20) == 0
        assert "Traceback" not in node.log(), node.log()
    finally:
        node.kill()


@pytest.mark.prove
def test_a_parent_that_never_answers_does_not_keep_a_node_from_ending(tmp_path: Path) -> None:
    parent, child = (NodeProcess(tmp_path / unit, unit) for unit in ("RU", "SZFO"))
    try:
        parent.start()
        parent.ready()
        join(parent, child)
        parent.stop()
        with socket.create_server(("127.0.0.1", parent.port)) as silent:
            silent.settimeout(60)
            child.start()
            connection, _ = silent.accept()
            with connection:
                assert connection.recv(16).startswith(b"POST /federation")
                assert child.stop() == [0], child.log()
        assert "jobs are cut short" in child.log()
        assert "Traceback" not in child.log()
    finally:
        parent.kill()
        child.kill()


@pytest.mark.prove
def test_on_postgresql_one_of_two_workers_leads_and_the_other_takes_over(
    tmp_path: Path, postgres_server: str
) -> None:
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE processes")  # empty: the node makes its own tables
    url = postgres_server.replace("/postgres?", "/processes?")
    node = NodeProcess(tmp_path / "node", "RU-MUR", database=url)
    try:
        node.start("serve")
        node.ready()
        first = node.start("work")
        awaited(lambda: True if node.log().count("working") == 1 else None, "a worker")
        second = node.start("work")
        awaited(lambda: True if node.log().count("working") == 2 else None, "another worker")
        write_in(node, 2)
        awaited(lambda: counted(node, "RU-MUR", 2), "figures by the leading worker")
        first.kill()
        first.wait()
        node.running.remove(first)
        write_in(node, 3, start=2)
        awaited(lambda: counted(node, "RU-MUR", 5), "figures after the first worker's end")
        assert second.poll() is None
        assert node.stop() == [0, 0], node.log()
        assert "Traceback" not in node.log(), node.log()
    finally:
        node.kill()
