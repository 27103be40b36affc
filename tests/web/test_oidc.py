"""Sign-in by the organisation's provider: who is let in, and every token that is not believed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from structlog.testing import capture_logs

from node.actions import manage_people
from node.bootstrap import Node, check_extras
from node.domain.rights import unlimited
from node.settings import InvalidSettings, Oidc, Settings, load
from node.store import people
from node.store.tables import Base
from node.web import oidc as oidc_module
from node.web.oidc import Errand
from tests.support.appeals import NOW, UNIT
from tests.support.people import a_grant, a_person
from tests.support.provider import CLIENT, ISSUER, SECRET, Provider
from tests.support.web import a_client, a_node

BACK = "/sign-in/oidc/back"
MAIL = {"email": "Ivanova@region.example", "email_verified": True}


@pytest.fixture
def provider() -> Provider:
    return Provider(now=NOW.timestamp, who={"sub": "u-1"} | MAIL)


def settings(**changes: Any) -> Oidc:
    values = {"issuer": ISSUER, "client_id": CLIENT, "client_secret": SecretStr(SECRET)}
    return Oidc(**values | changes)


@pytest.fixture
def node(tmp_path: Path, provider: Provider) -> Iterator[Node]:
    yield from a_node_with(tmp_path, provider, settings())


def a_node_with(folder: Path, provider: Provider, oidc: Oidc) -> Iterator[Node]:
    url = f"sqlite:///{folder / 'node.sqlite'}"
    with a_node(folder, url, oidc=oidc, provider_transport=provider.transport) as node:
        Base.metadata.create_all(node.database.engine)
        a_person(node, "ivanova", a_grant("head"), email="ivanova@region.example")
        yield node


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with a_client(node, signed_in=False) as client:
        client.headers["Accept"] = "text/html"
        yield client


def comes_in(client: TestClient, provider: Provider, **query: str) -> Any:
    """From the button to the provider and back."""
    sent = client.get("/sign-in/oidc?next=/top%3Fby%3Dsector")
    assert sent.status_code == 303, sent.text
    return client.get(BACK, params=provider.lets_in(sent.headers["location"]) | query)


def is_in(client: TestClient) -> bool:
    return client.get("/account").status_code == 200


def subject_of(node: Node, login: str) -> str | None:
    with node.reading() as session:
        person = people.by_login(session, login)
    assert person is not None
    return person.subject


def test_a_person_is_recognised_by_a_verified_address_and_then_by_the_subject(
    node: Node, client: TestClient, provider: Provider
) -> None:
    assert "Корпоративный вход" in client.get("/sign-in").text
    answer = comes_in(client, provider)
    assert (answer.status_code, answer.headers["location"]) == (303, "/top?by=sector")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert is_in(client)
    linked = subject_of(node, "ivanova")
    assert linked is not None
    assert re.fullmatch(r"[0-9a-f]{64}", linked)
    provider.who = {"sub": "u-1", "email": "another@region.example", "email_verified": True}
    client.post("/sign-out")
    assert comes_in(client, provider).status_code == 303
    assert is_in(client)


@pytest.mark.parametrize(
    "who",
    [
        {"sub": "u-2", "email": "nobody@region.example", "email_verified": True},
        {"sub": "u-2", "email": "ivanova@region.example", "email_verified": False},
        {"sub": "u-2", "email": "ivanova@region.example"},
        {"sub": "u-2", "email": "ivanova@region.example", "email_verified": "true"},
        {"sub": "u-2", "preferred_username": "ivanova"},
        {"sub": "u-2", "email": ["ivanova@region.example"], "email_verified": True},
        {"sub": "u-2"},
    ],
)
def test_whoever_is_not_known_for_certain_is_sent_to_the_administrator(
    node: Node, client: TestClient, provider: Provider, who: dict[str, Any]
) -> None:
    provider.who = who
    answer = comes_in(client, provider)
    assert answer.status_code == 403
    assert "администратор" in answer.text
    assert not is_in(client)
    assert subject_of(node, "ivanova") is None


def test_an_address_passed_on_does_not_pass_the_person_on(
    node: Node, client: TestClient, provider: Provider
) -> None:
    comes_in(client, provider)
    client.post("/sign-out")
    provider.who = {"sub": "u-2"} | MAIL
    assert comes_in(client, provider).status_code == 403


def test_a_disabled_person_is_not_let_in(
    node: Node, client: TestClient, provider: Provider
) -> None:
    comes_in(client, provider)
    with node.transaction() as session:
        boss = unlimited("cur", UNIT)
        manage_people.disable_person(session, login="ivanova", actor=boss, now=NOW)
    assert comes_in(client, provider).status_code == 403
    assert not is_in(client)


def test_a_login_claim_is_believed_only_where_the_settings_name_it(
    tmp_path: Path, provider: Provider
) -> None:
    for node in a_node_with(tmp_path, provider, settings(login_claim="preferred_username")):
        a_person(node, "petrova", a_grant("analyst"))
        with a_client(node, signed_in=False) as client:
            provider.who = {"sub": "u-3", "preferred_username": "Petrova"}
            assert comes_in(client, provider).status_code == 303
            # Login and address that lead to two people prove neither.
            provider.who = {"sub": "u-4", "preferred_username": "petrova"} | MAIL
            client.post("/sign-out")
            assert comes_in(client, provider).status_code == 403


@pytest.mark.parametrize(
    ("bent", "reason"),
    [
        ({"nonce": "another"}, "InvalidClaimError"),
        ({"nonce": None}, "MissingClaimError"),
        ({"aud": "another"}, "InvalidClaimError"),
        ({"aud": ["another", "third"]}, "InvalidClaimError"),
        ({"aud": [CLIENT, "another"], "azp": "another"}, "ValueError"),
        ({"iss": "https://evil.example"}, "InvalidClaimError"),
        ({"exp": int(NOW.timestamp()) - 61}, "ExpiredTokenError"),
        ({"exp": None}, "MissingClaimError"),
        ({"iat": int(NOW.timestamp()) + 600}, "InvalidClaimError"),
        ({"sub": None}, "MissingClaimError"),
    ],
)
def test_a_token_that_is_wrong_in_one_claim_opens_nothing(
    client: TestClient, provider: Provider, bent: dict[str, Any], reason: str
) -> None:
    provider.bent = bent
    with capture_logs() as logs:
        answer = comes_in(client, provider)
    assert answer.status_code == 403
    assert "Корпоративный вход не удался" in answer.text
    assert not is_in(client)
    assert [line["reason"] for line in logs if line["event"] == "refused"] == [reason]


def test_a_token_signed_by_another_key_opens_nothing(
    client: TestClient, provider: Provider
) -> None:
    provider.key = "another"
    assert comes_in(client, provider).status_code == 403
    assert not is_in(client)


def test_a_way_back_is_gone_once(node: Node, client: TestClient, provider: Provider) -> None:
    sent = client.get("/sign-in/oidc")
    carried = client.cookies[oidc_module.cookie_name(node)]
    query = provider.lets_in(sent.headers["location"])
    assert client.get(BACK, params=query).status_code == 303
    client.post("/sign-out")
    provider.codes[query["code"]] = provider.codes.get(query["code"], {})
    asked = len(provider.asked)
    client.cookies.set(oidc_module.cookie_name(node), carried)
    assert client.get(BACK, params=query).status_code == 403
    assert len(provider.asked) == asked  # the provider is not even asked


@pytest.mark.parametrize("cookie", [None, "", "a.b.c", "a.b.c.!", "a.b.c.gICA", "x" * 3000])
def test_a_way_back_without_its_errand_opens_nothing(
    node: Node, client: TestClient, provider: Provider, cookie: str | None
) -> None:
    sent = client.get("/sign-in/oidc")
    query = provider.lets_in(sent.headers["location"])
    client.cookies.clear()
    if cookie is not None:
        client.cookies.set(oidc_module.cookie_name(node), cookie)
    assert client.get(BACK, params=query).status_code == 403
    assert not is_in(client)


@pytest.mark.parametrize(
    "query",
    [
        {"state": "another"},
        {"iss": "https://evil.example"},
        {"code": ""},
        {"code": "made up"},
        {"error": "access_denied", "code": ""},
    ],
)
def test_a_way_back_that_does_not_fit_opens_nothing(
    client: TestClient, provider: Provider, query: dict[str, str]
) -> None:
    assert comes_in(client, provider, **query).status_code == 403
    assert not is_in(client)


def test_a_silent_provider_is_said_to_be(client: TestClient, provider: Provider) -> None:
    provider.silent = True
    answer = client.get("/sign-in/oidc")
    assert answer.status_code == 503
    assert "не отвечает" in answer.text


def test_a_provider_that_names_another_issuer_is_not_believed(
    client: TestClient, provider: Provider
) -> None:
    provider.issuer = "https://evil.example"
    assert client.get("/sign-in/oidc").status_code == 403


def test_signing_in_by_a_provider_leads_to_no_other_site(
    client: TestClient, provider: Provider
) -> None:
    sent = client.get("/sign-in/oidc?next=https://evil.example/")
    answer = client.get(BACK, params=provider.lets_in(sent.headers["location"]))
    assert answer.headers["location"] == "/top"


def test_no_secret_of_a_sign_in_is_logged(client: TestClient, provider: Provider) -> None:
    with capture_logs() as logs:
        comes_in(client, provider)
        comes_in(client, provider, code="made up")
    told = str(logs)
    for hidden in (SECRET, "code-", "made up", "u-1", "eyJ"):
        assert hidden not in told


def test_without_a_provider_there_is_no_such_door(tmp_path: Path, provider: Provider) -> None:
    for node in a_node_with(tmp_path, provider, Oidc()):
        with a_client(node, signed_in=False) as client:
            assert client.get("/sign-in/oidc").status_code == 404
            assert client.get(BACK).status_code == 404
            assert "/sign-in/oidc" not in client.get("/sign-in").text


def test_an_errand_survives_its_cookie() -> None:
    errand = Errand.new("/top?by=тема")
    assert Errand.from_cookie(errand.to_cookie()) == errand
    assert len({errand.state, errand.nonce, errand.verifier}) == 3


def test_a_provider_without_the_extra_is_a_settings_error() -> None:
    plain = Settings(unit=UNIT, oidc=settings())
    check_extras(plain)
    with pytest.raises(InvalidSettings, match=r"cur\[oidc\]"):
        check_extras(plain, installed=lambda _name: None)
    check_extras(Settings(unit=UNIT), installed=lambda _name: None)


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ('issuer = "https://login.example"', "client_id"),
        ('issuer = "http://login.example"\nclient_id = "cur"', "https://"),
        ('issuer = "http://127.0.0.1.evil.example"\nclient_id = "cur"', "https://"),
    ],
)
def test_half_a_provider_is_refused_by_name(tmp_path: Path, lines: str, named: str) -> None:
    file = tmp_path / "node.toml"
    file.write_text(f'unit = "RU"\n[oidc]\n{lines}\n', encoding="utf-8")
    with pytest.raises(InvalidSettings, match=named):
        load(file, {})
