"""The job that alerts the duty again, by the settings of the node."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from node.clock import FrozenClock
from node.jobs import repeat_alerts
from node.settings import Alerts
from node.store.outbox import OutboxMessage
from tests.support.alerts import alarmed
from tests.support.web import a_node


@pytest.mark.parametrize(
    ("duty", "minutes", "letters"),
    [("duty@cur.example", 15, 1), ("duty@cur.example", 20, 2), ("", 20, 1)],
)
def test_the_duty_is_written_to_again_after_the_time_set(
    tmp_path: Path, database_url: str, duty: str, minutes: int, letters: int
) -> None:
    alerts = Alerts(duty=duty, repeat_minutes=20)
    with a_node(tmp_path, database_url, alerts=alerts) as node:
        with node.transaction() as session:
            alarmed(session)
            session.execute(update(OutboxMessage).values(state="delivered"))
        assert isinstance(node.clock, FrozenClock)
        node.clock.advance(minutes=minutes)
        repeat_alerts.run(node)
        repeat_alerts.run(node)
        with node.reading() as session:
            written = select(func.count()).where(OutboxMessage.kind == "alert")
            assert session.execute(written).scalar_one() == letters
        assert repeat_alerts.seconds(node) <= 60
