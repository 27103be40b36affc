"""The API against its own description: whatever is sent, the answer is one the description names.

Schemathesis generates the requests, lawful and not; its pytest plugin is not used, so that one
application and one database serve every example.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import schemathesis
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, assume, given, seed, settings
from requests import Request
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance

from node.store import tokens
from node.store.session import open_engine
from node.store.tables import Base
from node.web import api, pages
from node.web.app import create_app
from tests.support.web import a_node

EXAMPLES = 400 if os.environ.get("CUR_PROVE") == "1" else 12
ROUTES = [
    route
    for router in (*api.ROUTERS, *pages.ROUTERS)
    for route in router.routes
    if isinstance(route, APIRoute)
]
OPERATIONS = [
    (method, route.path)
    for route in ROUTES
    if route.include_in_schema
    for method in sorted(route.methods)
]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[BaseSchema, str]]:
    """The description as the application serves it, and a token."""
    folder: Path = tmp_path_factory.mktemp("openapi")
    url = f"sqlite:///{folder / 'node.sqlite'}"
    engine = open_engine(url, synchronous="OFF")
    Base.metadata.create_all(engine)
    engine.dispose()
    with a_node(folder, url) as node:
        with node.transaction() as session:
            secret = tokens.add_token(session, name="operator", now=node.clock())
        schema = schemathesis.openapi.from_asgi(
            "/api/v1/openapi.json", create_app(node), config=SchemathesisConfig(seed=1)
        )
        yield schema, secret


def test_every_route_is_registered_once() -> None:
    registered = Counter((method, route.path) for route in ROUTES for method in route.methods)
    assert [one for one, times in registered.items() if times > 1] == []


def _travels(query: Mapping[str, object]) -> bool:
    """Whether what is asked can be read from the address: an empty list leaves no trace in it, and
    what is not sent cannot be refused; a list or an object of one looks there as that one does."""
    if any(isinstance(value, list | dict) and len(value) == 1 for value in query.values()):
        return False
    sent = Request("GET", "http://testserver/", params=dict(query)).prepare().url or ""
    return set(query) <= set(parse_qs(urlsplit(sent).query, keep_blank_values=True))


@pytest.mark.parametrize(
    ("method", "path", "mode"),
    [
        (method, path, mode)
        for method, path in OPERATIONS
        for mode in GenerationMode
        if path != "/health" or mode is GenerationMode.POSITIVE  # there is nothing to get wrong
    ],
)
def test_whatever_is_sent_the_answer_is_one_the_description_names(
    described: tuple[BaseSchema, str], method: str, path: str, mode: GenerationMode
) -> None:
    schema, token = described
    operation = schema[path][method]

    @seed(1)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        assume(_travels(case.query or {}))
        # What a topic or a territory may be is in the reference data, not in the description.
        case.call_and_validate(
            headers={"Authorization": f"Bearer {token}"},
            excluded_checks=[positive_data_acceptance],
        )

    ask()
