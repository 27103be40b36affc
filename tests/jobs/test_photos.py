"""The jobs on photos: prepared once, refused with a reason, and no file is left over."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest
from structlog.testing import capture_logs

from node.actions.add_photos import ByLink
from node.actions.erase_photos import erase_photos_of
from node.bootstrap import Node
from node.clock import FrozenClock
from node.jobs import JOBS, prepare_photos, sweep_files
from node.store import journal, photos
from node.store.blobs import BlobsUnavailable, named, new_key
from tests.support.appeals import NOW, submitted
from tests.support.photos import added, files_of, hung
from tests.support.pictures import OWNER, a_jpeg, a_png_header, a_telephone_jpeg
from tests.support.web import a_node


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as node:
        yield node


@pytest.fixture
def link(node: Node) -> ByLink:
    with node.transaction() as session:
        return ByLink(submitted(session).status_key)


def test_a_photo_is_prepared_and_what_was_sent_is_deleted(node: Node, link: ByLink) -> None:
    [photo] = added(node, link, a_telephone_jpeg()).photos
    assert files_of(node, [photo.public_id]) == ["sent"]
    prepare_photos.run(node)
    ready = hung(node, photo.public_id).photo
    assert (ready.state, ready.width, ready.height, ready.work) == ("ready", 480, 640, None)
    assert files_of(node, [photo.public_id]) == ["full", "small"]
    full = node.blobs.get(named(ready.blob_key, "full"))
    assert full is not None
    assert ready.bytes == len(full)
    for path in (node.settings.data / "files").glob("*/*"):
        assert OWNER not in path.read_bytes()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (a_jpeg()[:2000], "broken"),
        (a_png_header(3000, 3000), "broken"),  # the rows its header promises are not there
        (a_jpeg()[:200] + os.urandom(5000), "broken"),
    ],
)
def test_a_picture_that_cannot_be_prepared_is_refused_and_deleted(
    node: Node, link: ByLink, data: bytes, reason: str
) -> None:
    [photo, good] = added(node, link, data, a_jpeg(64, 48)).photos
    prepare_photos.run(node)
    refused = hung(node, photo.public_id).photo
    assert (refused.state, refused.reason, refused.work) == ("refused", reason, None)
    assert files_of(node, [photo.public_id]) == []
    assert hung(node, good.public_id).photo.state == "ready"
    with node.reading() as session:
        last = journal.last_of(session, hung(node, photo.public_id).issue.number)
        assert last is not None
        assert last.action == "settle_photo"
        assert journal.broken_at(session) is None


def test_a_file_that_was_lost_is_said_to_be(node: Node, link: ByLink) -> None:
    [photo] = added(node, link).photos
    node.blobs.delete(named(photo.blob_key, "sent"))
    prepare_photos.run(node)
    assert hung(node, photo.public_id).photo.reason == "lost"


def test_a_picture_that_kills_the_process_is_refused_after_three_attempts(
    node: Node, link: ByLink
) -> None:
    """An attempt is written down before it is made: whoever is killed in it leaves the count."""
    [photo] = added(node, link).photos
    for n in range(prepare_photos.MOST_ATTEMPTS):
        with node.transaction() as session:
            assert photos.begin_attempt(session, photo.id) == n + 1
    prepare_photos.run(node)
    assert hung(node, photo.public_id).photo.reason == "failed"


class Stops:
    """A store that stops answering after so many calls that write."""

    def __init__(self, node: Node, calls: int) -> None:
        self._blobs, self._calls = node.blobs, calls

    def _count(self) -> None:
        self._calls -= 1
        if self._calls < 0:
            raise BlobsUnavailable

    def put(self, name: str, data: BinaryIO) -> None:
        self._count()
        self._blobs.put(name, data)

    def get(self, name: str) -> bytes | None:
        return self._blobs.get(name)

    def delete(self, name: str) -> None:
        self._count()
        self._blobs.delete(name)

    def exists(self, name: str) -> bool:
        return self._blobs.exists(name)

    def stored(self, before: datetime) -> Iterator[str]:
        return self._blobs.stored(before)

    def close(self) -> None: ...


@pytest.mark.parametrize("calls", range(5))
def test_wherever_the_store_stops_the_next_run_makes_up(
    node: Node, link: ByLink, calls: int
) -> None:
    [photo] = added(node, link).photos
    whole = node.blobs
    node.__dict__["blobs"] = Stops(node, calls)
    try:
        prepare_photos.run(node)
    except BlobsUnavailable:
        assert calls < 4  # two pictures put, what was sent and nothing else deleted
    node.__dict__["blobs"] = whole
    prepare_photos.run(node)
    assert hung(node, photo.public_id).photo.state == "ready"
    assert hung(node, photo.public_id).photo.work is None
    assert files_of(node, [photo.public_id]) == ["full", "small"]


def test_a_photo_erased_while_it_was_prepared_leaves_no_file(node: Node, link: ByLink) -> None:
    [photo] = added(node, link).photos

    class Erases(Stops):
        def put(self, name: str, data: BinaryIO) -> None:
            super().put(name, data)
            with node.transaction() as session:
                erase_photos_of(session, appeal_ids=[photo.appeal_id or 0], actor="x", now=NOW)

    whole = node.blobs
    node.__dict__["blobs"] = Erases(node, 99)
    prepare_photos.run(node)
    node.__dict__["blobs"] = whole
    assert hung(node, photo.public_id).photo.state == "erased"
    assert files_of(node, [photo.public_id]) == []


# --- Files of nobody ------------------------------------------------------------------------------


def aged(node: Node, hours: float) -> None:
    moment = time.time() - hours * 3600
    for path in (node.settings.data / "files").glob("*/*"):
        os.utime(path, (moment, moment))


def test_files_of_nobody_are_swept_after_a_day(node: Node, link: ByLink) -> None:
    assert isinstance(node.clock, FrozenClock)
    node.clock.advance(seconds=(datetime.now(UTC) - NOW).total_seconds())  # files have real ages
    [photo] = added(node, link).photos
    orphan = named(new_key(), "sent")
    node.blobs.put(orphan, BytesIO(b"x"))
    sweep_files.run(node)
    assert node.blobs.exists(orphan)  # its request may still be running
    aged(node, 30)
    sweep_files.run(node)
    assert not node.blobs.exists(orphan)
    assert files_of(node, [photo.public_id]) == ["sent"]


def test_an_old_database_does_not_cost_the_photos(node: Node, link: ByLink) -> None:
    """Behind a database from before most of the files were put nothing is deleted."""
    assert isinstance(node.clock, FrozenClock)
    node.clock.advance(seconds=timedelta(days=30).total_seconds())
    added(node, link)
    names = [named(new_key(), "small") for _ in range(sweep_files.FEW + 1)]
    for name in names:
        node.blobs.put(name, BytesIO(b"x"))
    aged(node, 24 * 60)
    with capture_logs() as logged:
        sweep_files.run(node)
    assert all(map(node.blobs.exists, names))
    assert "too many" in str(logged)


def test_a_node_without_intake_has_no_photos_to_see_to(tmp_path: Path, database_url: str) -> None:
    with a_node(tmp_path, database_url, unit="SZFO") as node:
        prepare_photos.run(node)
        sweep_files.run(node)
        assert not (node.settings.data / "files").exists()
        for job in JOBS:
            assert job.seconds(node) > 0
