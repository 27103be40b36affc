"""What runs by itself, one verb a file, listed by hand. A job module has `run` and `seconds`."""

from __future__ import annotations

from node.jobs import (
    apply_retention,
    deliver,
    exchange,
    go_on,
    note_journal,
    prepare_photos,
    publish_summaries,
    renew_certificates,
    repeat_alerts,
    roll_up,
    seal_directives,
    seal_helps,
    state_deliveries,
    sweep_files,
    tidy,
    warn_of_deadlines,
)
from node.jobs.schedule import Job

JOBS: tuple[Job, ...] = (
    Job("seal_directives", seal_directives.run, seal_directives.seconds),
    Job("exchange", exchange.run, exchange.seconds),
    Job("publish_summaries", publish_summaries.run, publish_summaries.seconds),
    Job("roll_up", roll_up.run, roll_up.seconds),
    Job("renew_certificates", renew_certificates.run, renew_certificates.seconds),
    Job("seal_helps", seal_helps.run, seal_helps.seconds),
    Job("state_deliveries", state_deliveries.run, state_deliveries.seconds),
    Job("warn_of_deadlines", warn_of_deadlines.run, warn_of_deadlines.seconds),
    Job("deliver", deliver.run, deliver.seconds),
    Job("go_on", go_on.run, go_on.seconds),
    Job("tidy", tidy.run, tidy.seconds),
    Job("apply_retention", apply_retention.run, apply_retention.seconds),
    Job("note_journal", note_journal.run, note_journal.seconds),
    Job("prepare_photos", prepare_photos.run, prepare_photos.seconds),
    Job("repeat_alerts", repeat_alerts.run, repeat_alerts.seconds),
    Job("sweep_files", sweep_files.run, sweep_files.seconds),
)
