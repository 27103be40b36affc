"""A second, independent builder of RFC 9421 signature bases, written from the RFC alone.

It shares no code with `federation.signing` or the library behind it: what both agree on byte for
byte is what the RFC says. It knows only the components this protocol and the RFC's vectors use.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from federation.keys import KeyPair


@dataclass(frozen=True)
class Message:
    """A request, or the answer (`status` set) to `request`."""

    headers: Sequence[tuple[str, str]]
    method: str = ""
    uri: str = ""
    status: int = 0
    request: Message | None = None


def signature_base(components: Sequence[str], parameters: str, message: Message) -> bytes:
    """The bytes to be signed. `components` are written as in the base: `"@method";req`.

    `parameters` is what follows the inner list in Signature-Input: `;created=1;keyid="k"`.
    """
    rows = [f"{component}: {_value(component, message)}" for component in components]
    rows.append(f'"@signature-params": ({" ".join(components)}){parameters}')
    return "\n".join(rows).encode("ascii")


def _value(component: str, message: Message) -> str:
    quoted, _, flag = component.partition(";")
    name = quoted.strip('"')
    if flag == "req":
        assert message.request is not None
        message = message.request
    if not name.startswith("@"):
        found = [value for given, value in message.headers if given.lower() == name]
        assert found, f"no header {name}"
        return ", ".join(value.strip(" \t") for value in found)
    parts = urlsplit(message.uri)
    return {
        "@method": message.method,
        "@target-uri": message.uri,
        "@authority": parts.netloc.lower(),
        "@path": parts.path or "/",
        "@query": f"?{parts.query}",
        "@status": str(message.status),
    }[name]


def signature_lines(
    key: KeyPair,
    components: Sequence[str],
    parameters: Mapping[str, int | str],
    message: Message,
    label: str = "cur",
) -> list[tuple[str, str]]:
    """Signature-Input and Signature over any components, however unlawful."""
    written = "".join(
        f";{name}={value}" if isinstance(value, int) else f';{name}="{value}"'
        for name, value in parameters.items()
    )
    signature = base64.b64encode(key.sign(signature_base(components, written, message))).decode()
    return [
        ("Signature-Input", f"{label}=({' '.join(components)}){written}"),
        ("Signature", f"{label}=:{signature}:"),
    ]
