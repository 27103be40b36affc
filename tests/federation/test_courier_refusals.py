"""What a courier makes of a signed refusal."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from federation.errors import Refusal
from tests.support.knock import CHILD, CHILD_ID, NOW, PARENT_ID, PARENT_URL, PATH
from tests.support.played_parent import Parent, courier, parent_key, send


def test_a_signed_refusal_is_an_answer() -> None:
    parent = Parent()
    parent.refusal = Refusal("maintenance", "back soon", retry_after=60)
    found = send(parent)
    assert found.refusal is not None
    assert (found.status, found.payload) == (503, {})
    assert (found.refusal.code, found.refusal.extra) == ("maintenance", {"retry_after": 60})
    assert len(parent.came) == 1


@pytest.mark.parametrize(
    "code", ["replayed", "key_revoked", "suspended", "clone", "moved", "too_big", "unsupported"]
)
def test_every_refusal_keeps_its_name_on_the_way(code: str) -> None:
    parent = Parent()
    parent.refusal = Refusal(code, "because")
    found = send(parent)
    assert found.refusal is not None
    assert found.refusal.problem() == parent.refusal.problem()


@pytest.mark.parametrize("hours", [-23, -1, 1, 23])
def test_a_skewed_child_tries_once_more_by_its_parents_clock(hours: int) -> None:
    parent = Parent()
    found = send(parent, now=NOW + timedelta(hours=hours))
    assert found.refusal is None
    assert (len(parent.came), len(parent.taken)) == (2, 1)


def test_the_offset_is_not_kept_for_the_next_call() -> None:
    parent = Parent()
    with courier(parent) as carrier:
        post = partial(
            carrier.post,
            PARENT_URL,
            PATH,
            {"v": 1},
            key=CHILD,
            sender=CHILD_ID,
            recipient=PARENT_ID,
            answer_key=parent_key,
            now=lambda: NOW - timedelta(hours=1),
        )
        assert (post().status, post().status) == (200, 200)
    assert len(parent.came) == 4


def test_a_clock_a_day_off_is_not_followed() -> None:
    parent = Parent()
    found = send(parent, now=NOW - timedelta(hours=24, seconds=1))
    assert found.refusal is not None
    assert found.refusal.code == "clock_skew"
    assert len(parent.came) == 1


@pytest.mark.parametrize("server_time", [None, "soon", 1795251600, "2026-11-21T10:00:00+00:00"])
def test_a_clock_skew_without_a_time_is_not_followed(server_time: object) -> None:
    parent = Parent()
    parent.refusal = Refusal("clock_skew", "no", server_time=server_time)
    found = send(parent)
    assert found.refusal is not None
    assert len(parent.came) == 1


def test_a_parent_that_goes_on_refusing_the_clock_is_asked_twice_and_no_more() -> None:
    parent = Parent()
    parent.refusal = Refusal("clock_skew", "no", server_time="2026-11-21T10:00:00Z")
    found = send(parent)
    assert found.refusal is not None
    assert len(parent.came) == 2
