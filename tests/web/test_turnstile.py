"""The brakes before the door: how often somebody may try, and what address they count by."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi import Request

from node.settings import Web
from node.web.address import address_of
from node.web.turnstile import Turnstile
from tests.support.appeals import NOW

MINUTE = timedelta(minutes=1)


def test_a_turnstile_lets_through_so_many_and_forgets_the_oldest_key() -> None:
    turnstile = Turnstile(times=2, window=MINUTE)
    assert [turnstile.admit("a", NOW) for _ in range(3)] == [None, None, MINUTE]
    assert turnstile.admit("b", NOW) is None
    assert turnstile.admit("a", NOW + MINUTE) is None
    for number in range(10_001):
        turnstile.admit(str(number), NOW)
    assert len(turnstile._passed) == 10_000


@pytest.mark.parametrize(
    ("peer", "said", "proxies", "address"),
    [
        ("203.0.113.7", "198.51.100.1", "", "203.0.113.7"),
        ("10.0.0.2", "198.51.100.1", "10.0.0.0/8", "198.51.100.1"),
        ("10.0.0.2", "1.1.1.1, 198.51.100.1, 10.0.0.3", "10.0.0.0/8", "198.51.100.1"),
        ("203.0.113.7", "198.51.100.1", "10.0.0.0/8", "203.0.113.7"),
        ("10.0.0.2", "nonsense", "10.0.0.0/8", "10.0.0.2"),
        ("10.0.0.2", "", "10.0.0.0/8", "10.0.0.2"),
        ("2001:db8:1:2:3::4", "", "", "2001:db8:1:2::/64"),
        ("testclient", "", "", "testclient"),
    ],
)
def test_an_address_is_the_peers_or_what_a_trusted_proxy_says(
    peer: str, said: str, proxies: str, address: str
) -> None:
    headers = [(b"x-forwarded-for", said.encode())] if said else []
    request = Request({"type": "http", "client": (peer, 1), "headers": headers})
    assert address_of(request, Web(trusted_proxies=proxies).proxies) == address
