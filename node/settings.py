"""Settings of one node: the only reader of the environment and of `node.toml`.

Later wins: defaults here < the tier's policy file < node.toml < `NODE_…` variables < the secrets
directory. Unknown keys and unknown `NODE_…` variables are refused, because a mistyped name that
passes silently is found out in production.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

ENV_PREFIX = "NODE_"
# Node.js names its own variables so, and may well live on the same machine.
FOREIGN = frozenset(
    ["NODE_ENV", "NODE_OPTIONS", "NODE_PATH", "NODE_HOME", "NODE_VERSION", "NODE_EXTRA_CA_CERTS"]
)


_ADDRESS = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\".]+(\.[^@\s<>,;\".]+)*")


class InvalidSettings(Exception):
    """The settings cannot be used; the message names each key and what to do."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Web(_Section):
    """Where this node listens and what it is called from outside."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: str = ""  # as seen by children and residents; blank = http://host:port
    threads: int = Field(default=20, ge=1, le=200)
    trusted_proxies: str = ""  # addresses or networks, with commas

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for part in filter(None, map(str.strip, value.split(","))):
            ip_network(part)  # its ValueError names what is wrong
        return value

    @property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Whose `X-Forwarded-For` is believed."""
        parts = filter(None, map(str.strip, self.trusted_proxies.split(",")))
        return tuple(ip_network(part) for part in parts)

    @field_validator("public_url")
    @classmethod
    def _no_slash(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("begins with https:// (or http:// on this machine only)")
        return value.rstrip("/")

    @property
    def url(self) -> str:
        return self.public_url or f"http://{self.host}:{self.port}"


def _is_here(host: str | None) -> bool:
    return host in ("127.0.0.1", "localhost")


class DatabaseSettings(_Section):
    """Blank = one SQLite file in the data folder."""

    url: SecretStr = SecretStr("")


class SignIn(_Section):
    """How long a browser stays signed in."""

    hours: int = Field(default=12, ge=1, le=72)
    idle_minutes: int = Field(default=240, ge=5, le=4320)


class Oidc(_Section):
    """Sign-in by the provider of an organisation; blank `issuer` = by password and token only."""

    issuer: str = ""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    name: str = "Корпоративный вход"
    login_claim: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Oidc:
        if not self.issuer:
            return self
        if not self.client_id:
            raise ValueError("`client_id` is missing: the provider gives it with the registration")
        # Keys fetched over plain http could be anybody's, and so could every sign-in.
        parts = urlsplit(self.issuer)
        if parts.scheme != "https" and not _is_here(parts.hostname):
            raise ValueError("`issuer` begins with https://")
        return self


class Operator(_Section):
    """Who answers for residents' personal data, as named on the public form."""

    name: str = ""  # blank = the unit's name with «Администрация»
    address: str = ""
    email: str = ""
    term: str = "пять лет со дня ответа"


class Resident(_Section):
    """What residents may do by their status link."""

    contest_days: int = Field(default=14, ge=1, le=365)


class Smtp(_Section):
    """The mail server letters to residents and alerts are handed to; blank `host` = no mail."""

    host: str = ""
    port: int = Field(default=587, ge=1, le=65535)
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: SecretStr = SecretStr("")
    sender: str = ""
    sender_name: str = Field(default="", max_length=100)  # blank = by the unit's name
    timeout: float = Field(default=20.0, ge=1, le=60)  # seconds

    @model_validator(mode="after")
    def _whole(self) -> Smtp:
        if not self.host:
            return self
        if not _ADDRESS.fullmatch(self.sender):
            raise ValueError("`sender` is missing or no address: letters come from it")
        # A password, and residents' addresses and answers, would cross the network readable.
        if self.tls == "none" and self.host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError('`tls` may be "none" only for a mail server on this machine')
        return self


class Alerts(_Section):
    """Who is written to at once when an appeal tells of danger to life, and how often again."""

    duty: str = ""  # addresses, with commas
    repeat_minutes: int = Field(default=10, ge=1, le=240)  # until somebody acknowledges it

    @field_validator("duty")
    @classmethod
    def _addresses(cls, value: str) -> str:
        for part in filter(None, map(str.strip, value.split(","))):
            if not _ADDRESS.fullmatch(part):
                raise ValueError(f"{part!r} is no address: addresses with commas between")
        return value

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(filter(None, map(str.strip, self.duty.split(","))))


class Reference(_Section):
    """Reference data beside what is shipped; paths are relative to node.toml."""

    folder: Path | None = None  # replaces the shipped config/ as a whole
    units: Path | None = None  # more units, same columns
    topics: Path | None = None  # more topics below known sectors


class Files(_Section):
    """Where photos and documents are kept: a folder of this machine, or an S3-compatible store."""

    store: str = Field(default="disk", pattern="^(disk|s3)$")
    bucket: str = ""
    endpoint: str = ""  # blank = that of the region at Amazon
    region: str = "us-east-1"  # what stores with a single region take
    prefix: str = Field(default="", pattern=r"^[A-Za-z0-9._/-]*$")
    access_key: SecretStr = SecretStr("")
    secret_key: SecretStr = SecretStr("")
    ca_file: Path | None = None

    @model_validator(mode="after")
    def _whole(self) -> Files:
        if self.store != "s3":
            return self
        for name in ("bucket", "access_key", "secret_key"):
            given = getattr(self, name)
            if not (given.get_secret_value() if isinstance(given, SecretStr) else given):
                raise ValueError(f"`{name}` is missing: whoever runs the store gives it")
        parts = urlsplit(self.endpoint)
        if self.endpoint and parts.scheme != "https" and not _is_here(parts.hostname):
            raise ValueError("`endpoint` begins with https://: photos of residents travel by it")
        return self


class Log(_Section):
    level: str = Field(default="info", pattern="^(debug|info|warning|error)$")
    format: str = Field(default="text", pattern="^(text|json)$")


class Settings(BaseSettings):
    """Everything a node is told from outside. Frozen."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
    )

    unit: str  # code of the unit this node serves
    data: Path = Path("data")  # database, keys, files
    web: Web = Web()
    database: DatabaseSettings = DatabaseSettings()
    sign_in: SignIn = SignIn()
    oidc: Oidc = Oidc()
    operator: Operator = Operator()
    resident: Resident = Resident()
    files: Files = Files()
    smtp: Smtp = Smtp()
    alerts: Alerts = Alerts()
    reference: Reference = Reference()
    policy: dict[str, Any] = {}  # overrides of the tier's policy file, key by key
    log: Log = Log()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)  # `load` puts the sources together: order and refusals are its own

    @property
    def database_url(self) -> str:
        return self.database.url.get_secret_value() or f"sqlite:///{self.data / 'node.sqlite'}"

    @property
    def keys(self) -> Path:
        """The folder of this node's keys: outside the database and its backups."""
        return self.data / "keys"

    @property
    def journal_heads(self) -> Path:
        """Where the end of the journal is noted every day: outside the database."""
        return self.data / "journal.heads"


def load(file: Path | None, env: Mapping[str, str] | None = None) -> Settings:
    """Settings from a TOML file, the environment and `NODE_SECRETS_DIR`.

    InvalidSettings names the file or variable, the key, and the remedy. Relative paths in the file
    are relative to the file.
    """
    environ = dict(os.environ if env is None else env)
    secrets_dir = environ.pop("NODE_SECRETS_DIR", None)
    merged = _read(file) if file else {}
    merged = _merge(merged, _from_env(environ))
    if secrets_dir:
        merged = _merge(merged, _from_secrets(Path(secrets_dir)))
    try:
        settings = Settings(**merged)
    except ValidationError as error:
        raise InvalidSettings(_words(error, file)) from error
    return _anchored(settings, file.resolve().parent if file else Path.cwd())


def masked(settings: Settings) -> dict[str, Any]:
    """The settings as printed by `cur config`: secrets as stars."""
    return settings.model_dump(mode="json")


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InvalidSettings(
            f"{file}: no such file. Copy config/node.example.toml there and set `unit`."
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidSettings(f"{file}: {error}") from error


def _from_env(environ: Mapping[str, str]) -> dict[str, Any]:
    ours = {name.upper() for name in environ if name.upper().startswith(ENV_PREFIX)} - FOREIGN
    unknown = sorted(ours - known_variables())
    unknown = [name for name in unknown if not name.startswith("NODE_POLICY__")]
    if unknown:
        known = ", ".join(sorted(known_variables()))
        raise InvalidSettings(f"unknown variable {', '.join(unknown)}: known are {known}")
    source = EnvSettingsSource(Settings)
    source.env_vars = {
        name.lower(): value for name, value in environ.items() if name.upper() in ours
    }
    found = source()
    if "policy" in found:
        found["policy"] = {key: _as_toml(value) for key, value in found["policy"].items()}
    return found


def _as_toml(text: object) -> object:
    """A policy value as it would read in the file: 3 is a number, 12:00:00 a time of day."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _from_secrets(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        raise InvalidSettings(f"NODE_SECRETS_DIR: {folder} is not a folder")
    found: dict[str, Any] = {}
    names = {name.lower(): name for name in known_variables()}
    for file in sorted(folder.iterdir()):
        if not file.is_file() or file.name.startswith("."):
            continue
        if file.name.lower() not in names:
            raise InvalidSettings(f"{file}: not a setting; name it like node_database__url")
        path = file.name.lower().removeprefix(ENV_PREFIX.lower()).split("__")
        value: Any = file.read_text(encoding="utf-8").strip()
        for part in reversed(path):
            value = {part: value}
        found = _merge(found, value)
    return found


def known_variables() -> set[str]:
    """Every `NODE_…` variable that means something."""
    names = {"NODE_SECRETS_DIR"}
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, _Section):
            names |= {f"{ENV_PREFIX}{name}__{key}".upper() for key in section.model_fields}
        elif name != "policy":
            names.add(f"{ENV_PREFIX}{name}".upper())
    return names


def _merge(under: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = (
            _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
        )
    return merged


def _words(error: ValidationError, file: Path | None) -> str:
    where = str(file) if file else "settings"
    lines = []
    for fault in error.errors():
        key = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "extra_forbidden":
            lines.append(f"{where}: unknown key `{key}`: see config/node.example.toml")
        elif fault["type"] == "missing":
            lines.append(f"{where}: `{key}` is missing: see config/node.example.toml")
        else:
            lines.append(f"{where}: `{key}`: {fault['msg']}")
    return "\n".join(lines)


def _anchored(settings: Settings, base: Path) -> Settings:
    anchored = {
        name: section.model_copy(
            update={key: base / path for key, path in section if isinstance(path, Path)}
        )
        for name, section in (("reference", settings.reference), ("files", settings.files))
    }
    return settings.model_copy(update={"data": (base / settings.data).resolve(), **anchored})
