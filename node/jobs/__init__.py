"""What runs by itself, one verb a file, listed by hand."""

from __future__ import annotations

from node.jobs import exchange, publish_summaries, renew_certificates, roll_up, tidy
from node.jobs.job import Job

JOBS: tuple[Job, ...] = (
    exchange.JOB,
    publish_summaries.JOB,
    roll_up.JOB,
    renew_certificates.JOB,
    tidy.JOB,
)
