"""What a manifest lists."""

from __future__ import annotations

import pytest

from federation.errors import BadStatement
from federation.schemas.manifest import Manifest
from tests.support.bodies import good


def test_a_manifest_lists_a_statement_once() -> None:
    key, body = good("manifest")
    body["entries"].append({**body["entries"][0], "rev": 5})
    with pytest.raises(BadStatement, match="entries: a statement stands twice"):
        Manifest.from_body(key, body)
