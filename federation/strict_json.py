"""JSON that two readers cannot understand differently: the only parser for what a peer sends.

The standard parser takes the last of two equal fields, `NaN`, `1e999` and half a surrogate pair.
"""

from __future__ import annotations

import json
import math
from typing import Any

MAX_DEPTH = 32


def loads(data: bytes) -> Any:
    """The value in UTF-8 JSON bytes; ValueError says what is wrong with them."""
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_no_doubles,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    _check(value)
    return value


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a field stands twice")
    return fields


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is not a number that fits")
    return number


def _check(value: Any) -> None:
    """ValueError for nesting over MAX_DEPTH, NUL characters and lone surrogates."""
    level = [value]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.keys())
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
            elif isinstance(item, str):
                if "\0" in item:
                    raise ValueError("a text holds a NUL character")
                if not item.isascii():
                    item.encode()  # UnicodeEncodeError is a ValueError
        if not below:
            return
        level = below
    raise ValueError(f"nested deeper than {MAX_DEPTH}")
