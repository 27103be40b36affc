"""Files outside the database: the same promises of a folder and of an S3-compatible store."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from node.bootstrap import build, check_extras
from node.clock import FrozenClock
from node.settings import Files, InvalidSettings, Settings, load, masked
from node.store.blobs import NAME, Blobs, BlobsUnavailable, DiskBlobs, named, new_key
from tests.support.appeals import NOW, UNIT, the_rulebook
from tests.support.s3 import an_s3

EARLY, LATE = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def s3() -> Iterator[Files]:
    with an_s3() as files:
        yield files


def blobs_of(folder: Path, files: Files) -> Blobs:
    """As the composition root makes them."""
    settings = Settings(unit=UNIT, data=folder, files=files)
    return build(settings, rulebook=the_rulebook(), clock=FrozenClock(NOW)).blobs


@pytest.fixture(params=["disk", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Blobs]:
    files = Files()
    if request.param == "s3":
        files = request.getfixturevalue("s3").model_copy(update={"prefix": tmp_path.name})
    blobs = blobs_of(tmp_path, files)
    yield blobs
    blobs.close()


def a_name(part: str = "sent") -> str:
    return named(new_key(), part)


def test_a_file_is_kept_read_and_deleted(blobs: Blobs) -> None:
    name, data = a_name(), os.urandom(3_000_000)
    assert blobs.get(name) is None
    assert not blobs.exists(name)
    blobs.put(name, BytesIO(data))
    assert blobs.exists(name)
    assert blobs.get(name) == data
    blobs.delete(name)
    assert blobs.get(name) is None
    blobs.delete(name)  # twice is as good as once


def test_a_file_is_read_from_where_it_stands_and_may_be_empty(blobs: Blobs) -> None:
    name, source = a_name(), BytesIO(b"head and tail")
    source.seek(9)
    blobs.put(name, source)
    assert blobs.get(name) == b"tail"
    blobs.put(name, BytesIO())  # put again: the last one stays
    assert blobs.get(name) == b""


def test_what_is_stored_can_be_listed_by_age(blobs: Blobs) -> None:
    assert list(blobs.stored(LATE)) == []
    names = {named(new_key(), part) for part in ("sent", "full", "small")}
    for name in names:
        blobs.put(name, BytesIO(b"x"))
    assert sorted(blobs.stored(LATE)) == sorted(names)
    assert list(blobs.stored(EARLY)) == []
    for name in blobs.stored(LATE):
        blobs.delete(name)  # while it is being listed
    assert list(blobs.stored(LATE)) == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        "x",
        "../../etc/passwd",
        f"{'a' * 32}.sent/../x",
        f"{'A' * 32}.sent",
        f"{'a' * 32}.sent\n",
        f"{'a' * 32}.php",
        f"/{'a' * 31}.sent",
    ],
)
def test_no_name_from_outside_is_one_of_a_file(blobs: Blobs, name: str) -> None:
    for ask in (blobs.get, blobs.delete, blobs.exists):
        with pytest.raises(ValueError, match="no name of a file"):
            ask(name)
    with pytest.raises(ValueError, match="no name of a file"):
        blobs.put(name, BytesIO(b"x"))


def test_names_are_random_and_tell_nothing() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(NAME.fullmatch(named(key, "small")) for key in keys)


def test_files_on_disk_are_closed_to_others_and_spread_over_folders(tmp_path: Path) -> None:
    blobs, names = DiskBlobs(tmp_path / "files"), [a_name() for _ in range(40)]
    for name in names:
        blobs.put(name, BytesIO(b"x"))
    paths = [tmp_path / "files" / name[:2] / name for name in names]
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}
    assert {path.parent.stat().st_mode & 0o777 for path in paths} == {0o700}
    assert len({path.parent for path in paths}) > 10


class Breaks(BytesIO):
    """A sender that goes away in the middle."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() > 0:
            raise OSError("the other side is gone")
        return super().read(3)


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    blobs, name = DiskBlobs(tmp_path / "files"), a_name()
    blobs.put(name, BytesIO(b"the first"))
    with pytest.raises(BlobsUnavailable):
        blobs.put(name, Breaks(b"the second"))
    assert blobs.get(name) == b"the first"
    assert [path.name for path in (tmp_path / "files").glob("*/*")] == [name]


def test_what_a_power_cut_left_unfinished_is_swept(tmp_path: Path) -> None:
    blobs, name = DiskBlobs(tmp_path / "files"), a_name()
    blobs.put(name, BytesIO(b"x"))
    left = tmp_path / "files" / name[:2] / "0011.unfinished"
    left.write_bytes(b"half")
    assert list(blobs.stored(datetime.now(UTC) - timedelta(hours=1))) == []
    assert left.exists()  # it may be somebody's who is writing now
    old = time.time() - 7200
    os.utime(left, (old, old))
    assert list(blobs.stored(datetime.now(UTC) - timedelta(hours=1))) == []
    assert not left.exists()


def test_a_disk_that_takes_nothing_is_said_to_be_unavailable(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("a file where the folder should be")
    blobs = DiskBlobs(tmp_path / "files")
    with pytest.raises(BlobsUnavailable):
        blobs.put(a_name(), BytesIO(b"x"))
    with pytest.raises(BlobsUnavailable):
        blobs.get(a_name())


def test_files_leave_the_database_its_room_on_the_disk(tmp_path: Path) -> None:
    name = a_name()
    DiskBlobs(tmp_path).put(name, BytesIO(b"x"))
    full = DiskBlobs(tmp_path, reserve=2**60)
    with pytest.raises(BlobsUnavailable):
        full.put(a_name(), BytesIO(b"x"))
    assert full.get(name) == b"x"


def test_a_store_that_does_not_answer_is_said_to_be_unavailable(tmp_path: Path, s3: Files) -> None:
    nobody = s3.model_copy(update={"endpoint": "http://127.0.0.1:9"})
    stranger = s3.model_copy(update={"bucket": "another-bucket"})
    for files in (nobody, stranger):
        blobs = blobs_of(tmp_path, files)
        for ask in (blobs.get, blobs.delete):
            with pytest.raises(BlobsUnavailable):
                ask(a_name())
        with pytest.raises(BlobsUnavailable):
            blobs.put(a_name(), BytesIO(b"x"))
        with pytest.raises(BlobsUnavailable):
            list(blobs.stored(LATE))
        blobs.close()


def test_nodes_that_share_a_bucket_do_not_see_each_others_files(tmp_path: Path, s3: Files) -> None:
    town = blobs_of(tmp_path, s3.model_copy(update={"prefix": "a/town"}))
    region = blobs_of(tmp_path, s3.model_copy(update={"prefix": "a/region/"}))
    name = a_name()
    town.put(name, BytesIO(b"x"))
    assert list(town.stored(LATE)) == [name]
    assert list(region.stored(LATE)) == []
    assert region.get(name) is None
    town.close()
    region.close()


def test_a_store_without_the_extra_is_a_settings_error(s3: Files) -> None:
    check_extras(Settings(unit=UNIT, files=s3))
    with pytest.raises(InvalidSettings, match=r"cur\[s3\]"):
        check_extras(Settings(unit=UNIT, files=s3), installed=lambda _name: None)
    check_extras(Settings(unit=UNIT), installed=lambda _name: None)


@pytest.mark.parametrize(
    ("lines", "named_key"),
    [
        ('store = "ftp"', "files.store"),
        ('store = "s3"', "bucket"),
        ('store = "s3"\nbucket = "b"\naccess_key = "a"', "secret_key"),
        (
            'store = "s3"\nbucket = "b"\naccess_key = "a"\nsecret_key = "c"\n'
            'endpoint = "http://s3.example"',
            "https://",
        ),
        ('prefix = "a b"', "files.prefix"),
    ],
)
def test_half_a_store_is_refused_by_name(tmp_path: Path, lines: str, named_key: str) -> None:
    file = tmp_path / "node.toml"
    file.write_text(f'unit = "RU"\n[files]\n{lines}\n', encoding="utf-8")
    with pytest.raises(InvalidSettings, match=named_key):
        load(file, {})


def test_the_keys_of_the_store_are_masked_and_its_authority_is_found(tmp_path: Path) -> None:
    file = tmp_path / "node.toml"
    file.write_text('unit = "RU"\n[files]\nca_file = "own.pem"\n', encoding="utf-8")
    settings = load(file, {"NODE_FILES__SECRET_KEY": "hidden"})
    assert settings.files.ca_file == tmp_path / "own.pem"
    assert "hidden" not in str(masked(settings))
