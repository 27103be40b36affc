"""A JSON object as the body of a request or answer, plain or gzip by its media type.

Compression is a media type and not a Content-Encoding, so that the digest and the signature are
over the very bytes that travel and no proxy may touch them.
"""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

from federation import strict_json
from federation.errors import Refusal
from federation.signing import CONTENT_TYPE, CONTENT_TYPE_GZIP

MAX_BODY = 8 * 1024 * 1024
"""Bytes of a body as it travels: one statement of 4 MiB, escaped, fits even without gzip."""
MAX_PAYLOAD = 16 * 1024 * 1024
"""Bytes of a body after decompression."""
MAX_RATIO = 100
"""How many times a body over RATIO_FREE may grow; real exchanges grow 5 to 20 times."""
RATIO_FREE = 1024 * 1024
GZIP_FROM = 1024
"""Bytes from which compressing is worth it."""

Payload = dict[str, Any]


def encode(payload: Payload) -> tuple[str, bytes]:
    """(media type, body). ValueError when it is too big even compressed."""
    data = write(payload)
    if len(data) > MAX_PAYLOAD:
        raise ValueError(f"a payload of {len(data)} bytes is over the limit of {MAX_PAYLOAD}")
    if len(data) >= GZIP_FROM:
        packed = gzip.compress(data, mtime=0)
        # What would look like a bomb to `decode` goes plain when it can.
        if len(data) <= _limit(packed):
            return CONTENT_TYPE_GZIP, packed
    if len(data) > MAX_BODY:
        raise ValueError(f"a body of {len(data)} bytes is over the limit of {MAX_BODY}")
    return CONTENT_TYPE, data


def write(payload: Payload) -> bytes:
    """Plain JSON bytes, the inverse of `read`."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def decode(content_type: str, body: bytes) -> Payload:
    """The object in a body. Refusals: unsupported {supported}, too_big {max}, malformed."""
    if len(body) > MAX_BODY:
        raise Refusal("too_big", f"a body of {len(body)} bytes", max=MAX_BODY)
    if content_type == CONTENT_TYPE_GZIP:
        body = _unpack(body)
    elif content_type != CONTENT_TYPE:
        raise unsupported(content_type)
    return read(body)


def read(data: bytes) -> Payload:
    """The object in plain JSON bytes; Refusal("malformed") for anything else."""
    try:
        payload = strict_json.loads(data)
    except ValueError as error:
        raise Refusal("malformed", f"the body is not JSON of this protocol: {error}") from error
    if not isinstance(payload, dict):
        raise Refusal("malformed", "the body is not an object")
    return payload


def unsupported(content_type: str) -> Refusal:
    supported = [CONTENT_TYPE, CONTENT_TYPE_GZIP]
    return Refusal("unsupported", f"no media type {content_type[:100]!r}", supported=supported)


def _limit(packed: bytes) -> int:
    return min(MAX_PAYLOAD, max(RATIO_FREE, MAX_RATIO * len(packed)))


def _unpack(packed: bytes) -> bytes:
    """One whole gzip member. Never holds more than the limit, whatever the bytes claim."""
    limit = _limit(packed)
    inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        data = inflater.decompress(packed, limit + 1)
    except zlib.error as error:
        raise Refusal("malformed", f"the body is not gzip: {error}") from error
    if len(data) > limit:
        raise Refusal("too_big", f"the body unpacks to more than {limit} bytes", max=limit)
    if not inflater.eof or inflater.unused_data:
        raise Refusal("malformed", "the body is not exactly one gzip member")
    return data
