"""The composition root: the only place where settings, database, clock, keys and sockets meet.

`build(settings)` makes a node for the web, a job or a command; a test or the demo hands in its own
clock and transport. Nothing is opened before it is needed, and nothing at import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.orm import Session

from federation.courier import Courier
from federation.errors import KeyFileError
from federation.keys import KeyPair
from node.clock import Clock, system_clock
from node.delivery.delivery import Clients
from node.delivery.smtp import SmtpClient, SmtpServer
from node.domain.directory import Unit
from node.domain.rulebook import Rulebook
from node.domain.tier import TierPolicy
from node.reference import data_dir, load_rulebook, read_units
from node.settings import Files, InvalidSettings, Settings
from node.store import directories, issue_texts, schema
from node.store.blobs import Blobs, DiskBlobs, S3Blobs, S3Client
from node.store.directories import InForce
from node.store.passwords import Passwords
from node.store.session import Database, DatabaseUnavailable, open_engine

if TYPE_CHECKING:
    import httpx
    from authlib.integrations.httpx_client import OAuth2Client  # type: ignore[import-untyped]

VERSION = "0.1.0"
SIGNING_KEY = "signing.key"
ROOT_KEY = "root.key"
OIDC_BACK = "/sign-in/oidc/back"  # as registered at the provider, after the public URL
PROVIDER_SECONDS = 10.0
BLOBS = "files"  # in the data folder
S3_CONNECT_SECONDS = 5.0
S3_READ_SECONDS = 20.0
S3_TRIES = 3
KEEP_UP = timedelta(seconds=5)
"""How long a process may work by a directory that another process of the node has replaced."""
log = structlog.get_logger("cur.directory")


class ProviderUnreached(Exception):
    """The sign-in provider did not answer."""


class Node:
    """One running deployment serving one unit."""

    def __init__(
        self,
        settings: Settings,
        rulebook: Rulebook,
        database: Database,
        clock: Clock,
        transport: httpx.BaseTransport | None,
        passwords: Passwords,
        provider_transport: object | None,
    ) -> None:
        """`rulebook` is what the files say: in force until `refresh` finds a signed directory."""
        self.settings = settings
        self.files = rulebook
        self.in_force = InForce(rulebook)
        self.database = database
        self.clock = clock
        self.passwords = passwords  # one for the process: it bounds how many are compared at once
        self._transport = transport
        self._provider_transport = provider_transport
        self._asked_at: datetime | None = None

    @property
    def rulebook(self) -> Rulebook:
        """What this node works by: its files, under the directory that the top has signed.

        It may be another a moment later: who needs two answers that fit takes it once.
        """
        return self.in_force.rulebook

    def refresh(self) -> bool:
        """Take the standing signed directory over, if it is another; whether it was.

        To be called outside a transaction: at a start, and after one may have come.
        """
        with self.reading() as session:
            seen = directories.standing(session, self.code)
            if seen == self.in_force.seen:
                return False
            found = directories.in_force(session, self.files, me=self.code)
        self.in_force = found
        _report(found)
        return True

    def keep_up(self) -> None:
        """`refresh`, at most every few seconds: for whatever begins a piece of work.

        So every process takes a new directory over, also one that has no jobs and one that was
        already running. Asked before the work and not inside `rulebook`: a second connection from
        within a transaction would wait for a pool that the transactions have emptied.
        """
        if not self.is_behind():
            return
        self._asked_at = self.clock()
        try:
            self.refresh()
        except DatabaseUnavailable:
            return  # whatever needs the database will say so itself; a help page does not

    def is_behind(self) -> bool:
        """Whether `keep_up` would ask now."""
        return self._asked_at is None or abs(self.clock() - self._asked_at) >= KEEP_UP

    @property
    def code(self) -> str:
        """The unit's code, which is the node's id."""
        return self.settings.unit

    @property
    def unit(self) -> Unit:
        return self.rulebook.directory[self.settings.unit]

    @property
    def policy(self) -> TierPolicy:
        return self.rulebook.tier_of(self.settings.unit)

    @property
    def zone(self) -> ZoneInfo:
        """The unit's time zone: local days, deadlines and pages are in it."""
        return self.rulebook.directory.zone(self.settings.unit)

    @property
    def url(self) -> str:
        """What children and residents reach this node by, without a closing slash."""
        return self.settings.web.url

    @cached_property
    def signing(self) -> KeyPair:
        """The signing key. KeyFileError when this node has no keys yet."""
        return KeyPair.load(self.settings.keys / SIGNING_KEY)

    @property
    def has_keys(self) -> bool:
        try:
            return bool(self.signing)
        except KeyFileError:
            if (self.settings.keys / SIGNING_KEY).exists():
                raise
            return False

    @cached_property
    def courier(self) -> Courier:
        """The only client of the federation in this process."""
        if self._transport is None:
            return Courier()
        # A network inside this process answers at once or not at all: there is nothing to wait for.
        return Courier(transport=self._transport, sleep=lambda _seconds: None)

    @cached_property
    def blobs(self) -> Blobs:
        """Where photos and documents of appeals are kept."""
        plain = self.settings.files
        if plain.store == "s3":
            return S3Blobs(_s3_client(plain), plain.bucket, plain.prefix)
        return DiskBlobs(self.settings.data / BLOBS)

    @contextmanager
    def provider_client(self) -> Iterator[OAuth2Client]:
        """A client of the sign-in provider (`[oidc]`), for one sign-in: it remembers tokens.

        ProviderUnreached: nobody answered it. authlib is an extra and a second of imports, so it
        is imported here.
        """
        from authlib.integrations.httpx_client import OAuth2Client

        plain = self.settings.oidc
        secret = plain.client_secret.get_secret_value()
        with OAuth2Client(
            client_id=plain.client_id,
            client_secret=secret or None,
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
            scope="openid profile email",
            redirect_uri=f"{self.url}{OIDC_BACK}",
            code_challenge_method="S256",
            timeout=PROVIDER_SECONDS,
            transport=self._provider_transport,
        ) as client:
            try:
                yield client
            except Exception as error:
                # authlib stands on httpx or on httpx2, whichever it finds; their errors have no
                # base in common.
                if type(error).__module__.partition(".")[0] in ("httpx", "httpx2"):
                    raise ProviderUnreached(type(error).__name__) from error
                raise

    @cached_property
    def deliveries(self) -> Clients:
        """What the ways out to residents open sockets by."""
        plain = self.settings.smtp
        if not plain.host:
            return Clients(smtp=None)
        server = SmtpServer(
            host=plain.host,
            port=plain.port,
            tls=plain.tls,
            user=plain.user,
            password=plain.password.get_secret_value(),
            sender=plain.sender,
            sender_name=plain.sender_name or f"ЦУР, {self.unit.name}",
            unit=self.code,
            timeout=plain.timeout,
        )
        return Clients(smtp=SmtpClient(server))

    def transaction(self) -> AbstractContextManager[Session]:
        return self.database.transaction()

    def reading(self) -> AbstractContextManager[Session]:
        return self.database.reading()

    def scrub(self) -> None:
        """After an erasure, outside a transaction: leave nothing of it in SQLite's own files,
        neither in the full-text index nor in the write-ahead log."""
        more, begin = True, True
        while more:
            with self.transaction() as session:
                more = issue_texts.merge_away(session, begin=begin)
            begin = False
        self.database.scrub()

    def close(self) -> None:
        if "courier" in self.__dict__:
            self.courier.close()
        if "blobs" in self.__dict__:
            self.blobs.close()
        self.database.close()


def build(
    settings: Settings,
    *,
    rulebook: Rulebook | None = None,
    clock: Clock = system_clock,
    transport: httpx.BaseTransport | None = None,
    synchronous: str = "FULL",
    passwords: Passwords | None = None,
    provider_transport: object | None = None,
) -> Node:
    """A node from its settings. InvalidSettings when they do not fit the reference data.

    `rulebook` may be shared by several nodes of one process: it is read-only.
    """
    check_extras(settings)
    if rulebook is None:
        rulebook = rulebook_for(settings)
    if settings.unit not in rulebook.directory:
        near = ", ".join(rulebook.directory.nearest(settings.unit))
        raise InvalidSettings(
            f"`unit` {settings.unit!r} is not in the directory. Near: {near}. "
            "A unit of your own is added by `reference.units`."
        )
    _make_folder(settings)
    database = Database(open_engine(settings.database_url, synchronous=synchronous))
    return Node(
        settings,
        rulebook,
        database,
        clock,
        transport,
        passwords or Passwords(),
        provider_transport,
    )


def _report(found: InForce) -> None:
    """What an administrator must know of a directory that was taken over, or could not be."""
    if found.fault is not None:
        log.warning("the newest signed directory cannot be worked by", why=found.fault)
    if found.signed is not None:
        log.info(
            "signed directory taken over",
            signed_by=found.signed.origin,
            version=f"{found.signed.version.epoch}.{found.signed.version.rev}",
            units=len(found.rulebook.directory),
        )
    if found.kept_out:
        log.warning(
            "units of this node's files are not in the signed directory and count nowhere",
            units=", ".join(found.kept_out),
        )


def check_extras(settings: Settings, installed: Callable[[str], object] = find_spec) -> None:
    """InvalidSettings where a setting needs an extra of the package that is not there."""
    if settings.oidc.issuer and not installed("authlib"):
        raise InvalidSettings(
            "`oidc.issuer` is set, but the extra is not installed: install cur[oidc], "
            "or leave `oidc.issuer` blank."
        )
    if settings.files.store == "s3" and not installed("boto3"):
        raise InvalidSettings(
            '`files.store` is "s3", but the extra is not installed: install cur[s3], '
            'or set `files.store` to "disk".'
        )


def _s3_client(plain: Files) -> S3Client:
    """The only client of the store in this process. boto3 is an extra and a second of imports."""
    from boto3.session import Session as Boto
    from botocore.config import Config

    client: S3Client = Boto().client(
        "s3",
        region_name=plain.region,
        endpoint_url=plain.endpoint or None,
        aws_access_key_id=plain.access_key.get_secret_value(),
        aws_secret_access_key=plain.secret_key.get_secret_value(),
        verify=str(plain.ca_file) if plain.ca_file else None,
        config=Config(
            connect_timeout=S3_CONNECT_SECONDS,
            read_timeout=S3_READ_SECONDS,
            retries={"total_max_attempts": S3_TRIES, "mode": "standard"},
            proxies={},  # as with every client of ours: the environment does not redirect it
            # Stores other than Amazon's know neither the newer checksums nor names of buckets as
            # hosts.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path" if plain.endpoint else "auto"},
        ),
    )
    return client


def migrate_database(settings: Settings) -> str:
    """Bring the database to this program's schema and return its revision. Waits its turn."""
    _make_folder(settings)
    return schema.upgrade(settings.database_url, data_dir() / "migrations")


def _make_folder(settings: Settings) -> None:
    """The data folder, closed to other users of this machine: it holds residents' data and keys."""
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)


def rulebook_for(settings: Settings) -> Rulebook:
    """Reference data as these settings lay it over what is shipped."""
    plain = settings.reference
    overrides = {}
    if settings.policy:
        overrides = {_tier(settings): settings.policy}
    return load_rulebook(
        plain.folder,
        extra_units=plain.units,
        extra_topics=plain.topics,
        tier_overrides=overrides,
    )


def _tier(settings: Settings) -> str:
    """The tier of the node's unit, read before the rulebook can be: `policy` is laid over it."""
    folder = settings.reference.folder or data_dir() / "config"
    files = [folder / "units.csv"]
    if settings.reference.units is not None:
        files.insert(0, settings.reference.units)
    for file in files:
        for unit in read_units(file):
            if unit.code == settings.unit:
                return unit.tier
    raise InvalidSettings(f"`unit` {settings.unit!r} is not in the directory")
