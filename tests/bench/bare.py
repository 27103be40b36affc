"""The floor under intake: the least that can take an appeal over HTTP and be sure of it.

One route, one strict body, one INSERT in one transaction through the node's own `Database`, so
that durability, pool and writer's lock are the same. No token, no rules, no numbers, no journal:
what the node does beyond that is what the ratio prices.

    BENCH_DATABASE=sqlite:///FILE uvicorn --factory tests.bench.bare:make
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Column, Integer, MetaData, String, Table, Text, insert, text

from node.store.session import Database, open_engine

METADATA = MetaData()
NOTE = Table(
    "bare_note",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("channel", String(64), nullable=False),
    Column("territory", String(64), nullable=False),
    Column("topic", String(64)),
    Column("text", Text, nullable=False),
)


class Note(BaseModel):
    """The fields the clients send."""

    model_config = ConfigDict(strict=True, extra="forbid")

    text: str
    territory: str
    channel: str
    topic: str | None = None


def make() -> FastAPI:
    database = Database(open_engine(os.environ["BENCH_DATABASE"]))
    METADATA.create_all(database.engine)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        database.close()

    app = FastAPI(lifespan=lifespan)

    @app.get("/health")
    def health() -> dict[str, str]:
        with database.reading() as session:
            session.execute(text("SELECT 1"))
        return {"status": "ok"}

    @app.post("/api/v1/appeals", status_code=201)
    def take(note: Note) -> dict[str, int]:
        with database.transaction() as session:
            made = session.execute(insert(NOTE).values(**note.model_dump()).returning(NOTE.c.id))
            return {"number": made.scalar_one()}

    return app
