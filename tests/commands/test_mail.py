"""`cur mail test` as it is typed, before a real mail server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from node.__main__ import app
from node.commands.mail import NoMailServer, NotAccepted
from node.domain.errors import Invalid
from tests.support.mail import SENDER, Post, a_post

TO = "admin@mail.example"


@pytest.fixture
def post() -> Iterator[Post]:
    with a_post() as post:
        yield post


def cur(folder: Path, port: int | None, address: str = TO) -> Result:
    path = folder / "node.toml"
    mail = f'[smtp]\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\nsender = "{SENDER}"\n'
    path.write_text('unit = "RU-MUR"\n' + (mail if port else ""), encoding="utf-8")
    return CliRunner().invoke(app, ["mail", "test", address, "--config", str(path)])


def test_the_words_of_the_server_are_told(tmp_path: Path, post: Post) -> None:
    result = cur(tmp_path, post.port)
    assert result.exit_code == 0
    assert "250 2.0.0 Ok: queued" in result.output
    [got] = post.received
    assert (got.to, str(got.message["Subject"])) == ([TO], "Проверка почты узла RU-MUR")
    assert str(got.message["Message-ID"]) in result.output


def test_a_refusal_says_of_what_and_what_to_do(tmp_path: Path, post: Post) -> None:
    post.recipients[TO] = "550 5.1.1 no such user"
    refused = cur(tmp_path, post.port)
    assert isinstance(refused.exception, NotAccepted)
    assert "(адрес получателя): 550 5.1.1 no such user" in str(refused.exception)


def test_a_server_that_is_not_there_names_the_settings(tmp_path: Path) -> None:
    with a_post() as gone:
        port = gone.port
    missing = cur(tmp_path, port)
    assert isinstance(missing.exception, NotAccepted)
    assert "unreachable" in str(missing.exception)
    assert "smtp.port" in str(missing.exception)


def test_without_settings_or_an_address_nothing_is_tried(tmp_path: Path, post: Post) -> None:
    assert isinstance(cur(tmp_path, None).exception, NoMailServer)
    assert isinstance(cur(tmp_path, post.port, "a@b@c").exception, Invalid)
    assert post.connections == 0
