"""The demo's residents and operators at a live node's API, as any program would call it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from node.domain.appeal import NewAppeal

TIMEOUT = 20.0


class NoAnswer(Exception):
    """The node could not be reached, or answered with something else than success."""


class NodeApi:
    """One live node's API, with a token.

    A connection a call: an idle one may be closed by the node just as the next call goes out, and
    whether an appeal sent on it was taken nobody could tell.
    """

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def is_healthy(self, unit: str) -> bool:
        """Whether the node of this unit answers for itself."""
        try:
            health = self._ask("GET", "/health")
        except NoAnswer:
            return False
        return bool(health.get("status") == "ok" and health.get("node") == unit)

    def submit(self, appeal: NewAppeal) -> None:
        body = {
            "text": appeal.text,
            "territory": appeal.territory,
            "channel": appeal.channel,
            "topic": appeal.topic,
            "external_id": appeal.external_id,
        }
        self._ask("POST", "/api/v1/appeals", body)

    def issues(self, state: str, limit: int) -> list[dict[str, Any]]:
        """The first issues in a state, the oldest first."""
        query = urlencode({"state": state, "limit": limit})
        found: list[dict[str, Any]] = self._ask("GET", f"/api/v1/issues?{query}")["issues"]
        return found

    def move(self, number: str, version: int, move: str, fields: Mapping[str, str]) -> None:
        body = {"move": move, "version": version, **fields}
        self._ask("POST", f"/api/v1/issues/{number}/moves", body)

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        connection = http.client.HTTPConnection(*self._address, timeout=TIMEOUT)
        try:
            connection.request(method, path, data, self._headers)
            response = connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f"{method} {path}: {error}") from error
        finally:
            connection.close()
        if response.status >= 300:
            raise NoAnswer(f"{method} {path}: {response.status} {text[:300]!r}")
        answer: dict[str, Any] = json.loads(text)
        return answer
