"""Files that are too large for the database: one interface, a folder or an S3-compatible store.

What a file is and whose, is a row's matter (`store/photos.py`); here it has a random name and its
bytes. Names are made here and never come from outside.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from node.domain.errors import Unavailable

NAME = re.compile(r"[0-9a-f]{32}\.(sent|full|small)")
UNFINISHED = ".unfinished"
CHUNK = 1024 * 1024
RESERVE = 1024 * 1024 * 1024
"""Bytes left free on a disk: photos must not take the room the database needs to go on."""

ABSENT = frozenset(["NoSuchKey", "NotFound", "404"])


class BlobsUnavailable(Unavailable):
    """Хранилище файлов не отвечает: отправьте без файлов, их можно добавить позже."""


def new_key() -> str:
    """A random key; the names of its files are `key.part`, see `named`."""
    return secrets.token_hex(16)


def named(key: str, part: str) -> str:
    """The name of one file of a key: `sent` as it came, `full` and `small` as re-encoded."""
    return f"{key}.{part}"


def key_of(name: str) -> str:
    return name.partition(".")[0]


class Blobs(Protocol):
    """A store of files. Every method may raise BlobsUnavailable."""

    def put(self, name: str, data: BinaryIO) -> None:
        """Keep the bytes from where `data` stands. When this returns they outlive a power cut."""
        ...

    def get(self, name: str) -> bytes | None:
        """None when there is no such file."""
        ...

    def delete(self, name: str) -> None:
        """What is not there is as good as deleted."""
        ...

    def exists(self, name: str) -> bool: ...

    def stored(self, before: datetime) -> Iterator[str]:
        """The names of the files put before a moment, in no order."""
        ...

    def close(self) -> None: ...


class DiskBlobs:
    """Files in a folder of this machine, closed to its other users."""

    def __init__(self, folder: Path, *, reserve: int = RESERVE) -> None:
        self._folder, self._reserve = folder, reserve

    def put(self, name: str, data: BinaryIO) -> None:
        path = self._path(name)
        with _on_disk():
            if not path.parent.is_dir():
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                _sync(self._folder)
            if shutil.disk_usage(path.parent).free < self._reserve:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            # A name of its own, so that two who put the same file do not write into one.
            unfinished = path.with_name(f"{secrets.token_hex(8)}{UNFINISHED}")
            try:
                opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with open(opened, "wb") as to:
                    shutil.copyfileobj(data, to, CHUNK)
                    to.flush()
                    os.fsync(to.fileno())
                unfinished.replace(path)
            except BaseException:
                unfinished.unlink(missing_ok=True)
                raise
            _sync(path.parent)

    def get(self, name: str) -> bytes | None:
        with _on_disk():
            try:
                return self._path(name).read_bytes()
            except FileNotFoundError:
                return None

    def delete(self, name: str) -> None:
        with _on_disk():
            self._path(name).unlink(missing_ok=True)

    def exists(self, name: str) -> bool:
        with _on_disk():
            return self._path(name).is_file()

    def stored(self, before: datetime) -> Iterator[str]:
        with _on_disk():
            for path in self._folder.glob("??/*"):
                try:
                    is_old = path.stat().st_mtime < before.timestamp()
                except FileNotFoundError:
                    continue  # deleted while we were looking
                if is_old and path.suffix == UNFINISHED:
                    path.unlink(missing_ok=True)  # a power cut in the middle of `put`
                elif is_old and NAME.fullmatch(path.name):
                    yield path.name

    def close(self) -> None:
        """Nothing is open between two calls."""

    def _path(self, name: str) -> Path:
        return self._folder / _checked(name)[:2] / name


class S3Client(Protocol):
    """What is asked of boto3's client; `node/bootstrap.py` makes it, with its timeouts."""

    def put_object(
        self, *, Bucket: str, Key: str, Body: BinaryIO, ContentType: str
    ) -> Mapping[str, object]: ...
    def get_object(self, *, Bucket: str, Key: str) -> Mapping[str, BinaryIO]: ...
    def head_object(self, *, Bucket: str, Key: str) -> Mapping[str, object]: ...
    def delete_object(self, *, Bucket: str, Key: str) -> Mapping[str, object]: ...
    def list_objects_v2(
        self, *, Bucket: str, Prefix: str, StartAfter: str
    ) -> Mapping[str, Sequence[Mapping[str, object]]]: ...
    def close(self) -> None: ...


class S3Blobs:
    """Objects of one bucket, below a prefix."""

    def __init__(self, client: S3Client, bucket: str, prefix: str = "") -> None:
        self._client, self._bucket = client, bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    def put(self, name: str, data: BinaryIO) -> None:
        with _in_s3():
            self._client.put_object(
                Bucket=self._bucket,
                Key=self._key(name),
                Body=data,
                # Should somebody open the bucket by mistake, no browser runs what it holds.
                ContentType="application/octet-stream",
            )

    def get(self, name: str) -> bytes | None:
        try:
            with _in_s3():
                body = self._client.get_object(Bucket=self._bucket, Key=self._key(name))["Body"]
                try:
                    return body.read()
                finally:
                    body.close()
        except _Absent:
            return None

    def delete(self, name: str) -> None:
        with _in_s3():
            self._client.delete_object(Bucket=self._bucket, Key=self._key(name))

    def exists(self, name: str) -> bool:
        try:
            with _in_s3():
                self._client.head_object(Bucket=self._bucket, Key=self._key(name))
        except _Absent:
            return False
        return True

    def stored(self, before: datetime) -> Iterator[str]:
        after = ""
        while True:
            with _in_s3():
                page = self._client.list_objects_v2(
                    Bucket=self._bucket, Prefix=self._prefix, StartAfter=after
                )
            found = page.get("Contents", ())
            for one in found:
                after = str(one["Key"])
                name = after.removeprefix(self._prefix)
                put_at = one["LastModified"]
                assert isinstance(put_at, datetime)
                if put_at.astimezone(UTC) < before and NAME.fullmatch(name):
                    yield name
            if not found:
                return

    def close(self) -> None:
        self._client.close()

    def _key(self, name: str) -> str:
        return f"{self._prefix}{_checked(name)}"


def _checked(name: str) -> str:
    """The last line against a name that is a path: those who ask are to know it by a row."""
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a file here")
    return name


def _sync(folder: Path) -> None:
    """So that a power cut does not take back the names in a folder."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def _on_disk() -> Iterator[None]:
    """BlobsUnavailable where the disk is full, gone or closed to this process."""
    try:
        yield
    except OSError as error:
        raise BlobsUnavailable from error


class _Absent(Exception):
    """The store has no such object."""


@contextmanager
def _in_s3() -> Iterator[None]:
    """BlobsUnavailable for whatever the store, or the way to it, does not do; _Absent."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ABSENT:
            raise _Absent from error
        raise BlobsUnavailable from error
    except BotoCoreError as error:
        raise BlobsUnavailable from error
