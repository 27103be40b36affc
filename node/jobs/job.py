"""What a job is: a name, how often, and one function that reconciles rows.

A job never drains a queue in memory: it looks at what stands in the tables, does what is due, and
a missed run is made up by the next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from node.bootstrap import Node


@dataclass(frozen=True, slots=True)
class Job:
    """`seconds` between two runs may depend on the node's policy."""

    name: str
    run: Callable[[Node], None]
    seconds: Callable[[Node], float]
