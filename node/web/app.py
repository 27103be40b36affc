"""The ASGI application of one node."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import anyio.to_thread
from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles

from node.bootstrap import VERSION, Node
from node.web import api, pages, problems
from node.web.auth import Brakes
from node.web.deps import only_known_parameters
from node.web.door import Door
from node.web.guard import Guard

STATIC = Path(__file__).resolve().parent / "static"


def create_app(node: Node) -> FastAPI:
    """Routes over a node. The caller opens and closes the node itself."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # More threads than database connections would only wait for each other.
        anyio.to_thread.current_default_thread_limiter().total_tokens = node.settings.web.threads
        yield

    app = FastAPI(
        title="ЦУР",
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from elsewhere; the schema itself is served
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        responses=problems.REFUSALS,
    )
    app.state.node = node
    app.state.door = Door(node)
    app.state.brakes = Brakes()
    problems.install(app)
    for router in api.ROUTERS:
        app.include_router(router, dependencies=[Depends(only_known_parameters)])
    for router in pages.ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_middleware(Guard)
    return app
