"""Note once a day where the journal ends: in the log and in a file, both outside the database.

The chain cannot show that entries were cut off at its end; a head noted before can. `cur verify
journal` reads the file by itself; the log goes wherever the deployment collects it.
"""

from __future__ import annotations

import structlog

from node.bootstrap import Node
from node.domain.journal_chain import heads_in
from node.domain.local_day import day_of
from node.store import journal

log = structlog.get_logger("cur.journal")


def run(node: Node) -> None:
    """At most one line a local day, and none for a journal that has not grown."""
    file, today = node.settings.journal_heads, day_of(node.clock(), node.zone).isoformat()
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    if lines and lines[-1].startswith(today):
        return
    with node.reading() as session:
        head = journal.newest(session)
    if not head.entries or head in heads_in(lines[-1:]):
        return
    with file.open("a", encoding="utf-8") as noted:
        noted.write(f"{today} {head}\n")
    log.info("journal head", entries=head.entries, sha256=head.sha256)


def seconds(_node: Node) -> float:
    """Between two looks; a line is written once a day."""
    return 900.0
