"""When jobs run: APScheduler, first runs spread by the node's code, one leader at a time.

With several replicas on PostgreSQL only the one that holds the lock runs jobs; the others look
every few seconds whether they may take over.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from federation.backoff import spread
from node.bootstrap import Node
from node.store.leadership import Leadership

log = structlog.get_logger("cur.jobs")
PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Job:
    """A name, how often it runs by the node's policy, and one function that reconciles rows.

    A job never drains a queue in memory: it looks at what stands in the tables, does what is due,
    and a missed run is made up by the next.
    """

    name: str
    run: Callable[[Node], None]
    seconds: Callable[[Node], float]


class Schedule:
    """The running jobs of one process."""

    def __init__(self, node: Node, jobs: Sequence[Job], *, on_lead: Callable[[Node], None]) -> None:
        """`on_lead` is called once each time this process becomes the leader, before any job."""
        self._node = node
        self._jobs = jobs
        self._on_lead = on_lead
        self._leads = False
        self._becoming = threading.Lock()
        self._leadership = Leadership(node.database, node.settings.data)
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(4)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        now = self._node.clock()
        for number, job in enumerate(self._jobs):
            seconds = job.seconds(self._node)
            # Hundreds of children of one parent must not all call in the same second.
            first = min(spread(self._node.code, timedelta(seconds=seconds)), timedelta(seconds=5))
            self._scheduler.add_job(
                self._run,
                IntervalTrigger(seconds=seconds, jitter=seconds / 10),
                args=[job],
                id=job.name,
                next_run_time=now + first + timedelta(milliseconds=200 * number),
            )
        self._scheduler.start()

    def stop(self, patience: float = PATIENCE) -> bool:
        """Let running jobs end, start no more; whether all have ended within so many seconds.

        A call to a parent that accepts and never answers goes on for minutes; whoever waits for
        this process (systemd, docker) kills it after ten seconds.
        """
        ending = threading.Thread(target=self._scheduler.shutdown, daemon=True)
        ending.start()
        ending.join(patience)
        if ending.is_alive():
            log.warning("jobs are cut short", node=self._node.code)
            return False
        self._leadership.give_up()
        return True

    def _run(self, job: Job) -> None:
        try:
            if not self._leading():
                return
            self._node.keep_up()
            job.run(self._node)
        except Exception:
            # The one place where any error may be caught: a job that fails is tried again by the
            # next run, and must not take the others with it.
            log.exception("job failed", job=job.name, node=self._node.code)

    def _leading(self) -> bool:
        with self._becoming:
            leads = self._leadership.lead()
            if leads and not self._leads:
                self._on_lead(self._node)
            self._leads = leads
            return leads
