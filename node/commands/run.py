"""`cur run`, `cur serve`, `cur work`: a node at work until it is told to stop."""

from __future__ import annotations

import os
import signal
import threading

import structlog
import uvicorn

from node.bootstrap import Node, build, migrate_database
from node.commands import logs
from node.commands.keys import ensure_keys
from node.jobs import JOBS
from node.jobs.schedule import Schedule
from node.settings import Settings
from node.web.app import create_app

log = structlog.get_logger("cur")


def run_node(settings: Settings, *, web: bool, jobs: bool) -> None:
    """Bring the database and the keys in order, then serve until SIGINT or SIGTERM."""
    logs.configure(settings.log)
    told_to_stop = _listen_for_the_end()
    node = build(settings)  # settings that do not fit are refused before anything is written
    migrate_database(settings)
    node.refresh()
    ensure_keys(node)
    for surprise in node.rulebook.surprises():
        log.warning("directory", surprise=surprise)
    schedule = Schedule(node, JOBS, on_lead=begin) if jobs else None
    try:
        if schedule is not None:
            schedule.start()
        if not web:
            log.info("working", node=node.code)
            told_to_stop.wait()
        elif not told_to_stop.is_set():
            log.info("serving", node=node.code, url=node.url)
            uvicorn.Server(_uvicorn(node)).run()
    finally:
        if schedule is not None and not schedule.stop():
            # Python would wait for the job's thread. A kill at any line is safe, so is this.
            os._exit(0)
        node.close()


def begin(node: Node) -> None:
    """A new incarnation: what the sealing process does once at each of its starts."""
    from node.actions.begin_incarnation import begin_incarnation
    from node.statements import apply_again, apply_all

    node.refresh()
    with node.transaction() as session:
        stored = begin_incarnation(session, node.rulebook, node=node.code, now=node.clock())
        apply_all(session, stored)
        apply_again(session)


def _uvicorn(node: Node) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(node),
        host=node.settings.web.host,
        port=node.settings.web.port,
        log_config=None,
        access_log=False,
        server_header=False,
        # Behind a proxy the public URL comes from settings, never from headers anybody can send.
        proxy_headers=False,
        timeout_graceful_shutdown=10,
        # The faster parser has no limit: a stranger's head without end would fill the memory.
        http="h11",
        h11_max_incomplete_event_size=64 * 1024,
    )


def _listen_for_the_end() -> threading.Event:
    """Set at SIGINT or SIGTERM.

    Needed beside uvicorn's own handling too: having ended, it raises the signal again, and by
    default that would end the process here, before jobs and database are closed.
    """
    told = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    return told
