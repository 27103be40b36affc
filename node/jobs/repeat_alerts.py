"""Alert the duty again of what nobody has acknowledged (`[alerts] repeat_minutes`)."""

from __future__ import annotations

from datetime import timedelta

from node.actions.send_alerts import repeat_alerts
from node.bootstrap import Node

OFTEN = 30.0


def run(node: Node) -> None:
    if not node.settings.alerts.addresses:
        return  # there is nobody to write to: the open pages show it until it is acknowledged
    every = timedelta(minutes=node.settings.alerts.repeat_minutes)
    with node.transaction() as session:
        repeat_alerts(session, every=every, now=node.clock())


def seconds(_node: Node) -> float:
    """Between two runs: an alert is repeated at most so much later than it should be."""
    return OFTEN
