"""A mail server and a node that sends by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from node.bootstrap import Node
from tests.support.mail import Post, a_mailing_node, a_post


@pytest.fixture
def post() -> Iterator[Post]:
    with a_post() as post:
        yield post


@pytest.fixture
def node(tmp_path: Path, database_url: str, post: Post) -> Iterator[Node]:
    with a_mailing_node(tmp_path, database_url, post.port) as node:
        yield node
