"""The network address a request comes from, as far as it can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from fastapi import Request

from node.bootstrap import Node

UNKNOWN = "unknown"
SUBSCRIBER = 64  # bits of an IPv6 address that are one household's or one office's


def address_of(request: Request, proxies: Sequence[IPv4Network | IPv6Network]) -> str:
    """The peer's, or what trusted proxies say of it: the last address in `X-Forwarded-For` that is
    not a proxy of ours. What stands before that, anybody can have written.

    An IPv6 address is cut to its subscriber's network: one machine has 2^64 of them.
    """
    peer = request.client.host if request.client else UNKNOWN
    said = request.headers.get("x-forwarded-for", "").split(",") if proxies else []
    for hop in [peer, *reversed(said)]:
        found = _parsed(hop.strip())
        if found is None:
            return peer
        if not any(found in proxy for proxy in proxies):
            if isinstance(found, IPv6Address):
                return str(ip_network((found, SUBSCRIBER), strict=False))
            return str(found)
        peer = str(found)
    return peer


def keyed(node: Node, address: str) -> str:
    """An address as it is stored: by the node's secret key it cannot be guessed back without it."""
    key = node.signing.sign(b"network addresses")[:32] if node.has_keys else b""
    return blake2b(address.encode(), key=key, digest_size=32).hexdigest()


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
