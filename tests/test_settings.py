"""Settings: what wins over what, and what is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from node.bootstrap import build, rulebook_for
from node.settings import InvalidSettings, load, masked


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "node.toml"
    path.write_text('unit = "RU-MUR"\n[web]\nport = 9000\n', encoding="utf-8")
    return path


def test_defaults_stand_below_the_file(file: Path) -> None:
    settings = load(file, {})
    assert (settings.unit, settings.web.port, settings.web.host) == ("RU-MUR", 9000, "127.0.0.1")
    assert settings.data == file.parent / "data"
    assert settings.database_url == f"sqlite:///{file.parent / 'data' / 'node.sqlite'}"


def test_a_variable_wins_over_the_file_and_a_secret_over_both(file: Path, tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "node_database__url").write_text("postgresql://u:p@db/cur\n")
    env = {
        "NODE_WEB__PORT": "9001",
        "NODE_DATABASE__URL": "postgresql://nobody@db/cur",
        "NODE_SECRETS_DIR": str(secrets),
    }
    settings = load(file, env)
    assert settings.web.port == 9001
    assert settings.database_url == "postgresql://u:p@db/cur"


def test_secrets_are_masked_when_shown(file: Path) -> None:
    settings = load(file, {"NODE_DATABASE__URL": "postgresql://u:hidden@db/cur"})
    assert "hidden" not in str(masked(settings))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('unit = "RU"\ncolour = "red"\n', "colour"),
        ('unit = "RU"\n[web]\nprot = 1\n', "web.prot"),
        ("[web]\nport = 1\n", "unit"),
        ('unit = "RU"\n[web]\nport = 70000\n', "web.port"),
        ('unit = "RU"\n[web]\npublic_url = "ftp://x"\n', "web.public_url"),
        ('unit = "RU"\n[log]\nlevel = "loud"\n', "log.level"),
        ("unit = \n", "node.toml"),
    ],
)
def test_a_wrong_key_stops_the_start_by_name(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "node.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidSettings, match=named):
        load(path, {})


def test_an_unknown_variable_is_refused_but_node_js_keeps_its_own(file: Path) -> None:
    with pytest.raises(InvalidSettings, match="NODE_WEB__PROT"):
        load(file, {"NODE_WEB__PROT": "1"})
    assert load(file, {"NODE_ENV": "production", "NODE_OPTIONS": "-x"}).unit == "RU-MUR"


def test_a_secret_that_is_no_setting_is_refused(file: Path, tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "password").write_text("x")
    with pytest.raises(InvalidSettings, match="password"):
        load(file, {"NODE_SECRETS_DIR": str(tmp_path / "s")})


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match=r"node\.example\.toml"):
        load(tmp_path / "none.toml", {})


def test_policy_keys_are_laid_over_the_tier_file(tmp_path: Path) -> None:
    path = tmp_path / "node.toml"
    path.write_text('unit = "RU-MUR"\n[policy]\nexchange_seconds = 2\n', encoding="utf-8")
    settings = load(path, {})
    rulebook = rulebook_for(settings)
    assert rulebook.tier_of("RU-MUR").exchange_seconds == 2
    assert rulebook.tier_of("47701000").exchange_seconds == 60


def test_a_policy_key_may_come_from_a_variable(file: Path) -> None:
    settings = load(file, {"NODE_POLICY__EXCHANGE_SECONDS": "3"})
    assert rulebook_for(settings).tier_of("RU-MUR").exchange_seconds == 3


def test_a_unit_outside_the_directory_is_refused_with_its_neighbours(tmp_path: Path) -> None:
    path = tmp_path / "node.toml"
    path.write_text('unit = "RU-MURM"\n', encoding="utf-8")
    with pytest.raises(InvalidSettings, match="RU-MUR"):
        build(load(path, {}))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[smtp]\nhost = "mail"\n', "smtp.*sender"),
        ('[smtp]\nhost = "mail"\nsender = "a@b.example>"\n', "smtp.*sender"),
        ('[smtp]\nhost = "mail"\nsender = "a@b.example"\ntls = "none"\n', "smtp.*tls"),
        ('[smtp]\ntls = "ssl"\n', "smtp.tls"),
        ("[smtp]\ntimeout = 600\n", "smtp.timeout"),
        ('[alerts]\nduty = "a@b.example, c"\n', "alerts.duty"),
    ],
)
def test_mail_that_cannot_work_or_would_be_read_on_its_way_stops_the_start(
    tmp_path: Path, text: str, named: str
) -> None:
    path = tmp_path / "node.toml"
    path.write_text(f'unit = "RU-MUR"\n{text}', encoding="utf-8")
    with pytest.raises(InvalidSettings, match=named):
        load(path, {})


def test_the_duty_list_and_the_password_of_the_mail_server(file: Path) -> None:
    env = {
        "NODE_SMTP__HOST": "mail.example",
        "NODE_SMTP__SENDER": "cur@b.example",
        "NODE_SMTP__PASSWORD": "hidden",
        "NODE_ALERTS__DUTY": "a@b.example, c@d.example,",
    }
    settings = load(file, env)
    assert settings.alerts.addresses == ("a@b.example", "c@d.example")
    assert settings.smtp.tls == "starttls"
    assert "hidden" not in str(masked(settings))
