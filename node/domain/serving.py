"""Which node speaks for which territory on which day.

A node serves its unit and those territories below it that have no node of their own that day: a
unit gets its own node on a day, and from then on the node above speaks for it no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from node.domain.coverage import Service
from node.domain.directory import Directory

Nodes = Mapping[str, Service]
"""Unit code → when it has a node of its own."""


def has_node(service: Service, day: date) -> bool:
    return service.node_from <= day and (service.node_until is None or day < service.node_until)


def served_as(directory: Directory, nodes: Nodes, *, origin: str, territory: str, day: date) -> str:
    """The territory under which `origin` counts what happened in `territory` that day.

    The territory itself while `origin` serves it; else the nearest unit above it that `origin`
    still serves. ValueError when it does not lie under `origin` at all.
    """
    if not directory.is_within(territory, origin):
        raise ValueError(f"{territory} does not lie under {origin}")
    counted = current = territory
    while current != origin:
        above = directory.parent(current)
        assert above is not None  # it lies under origin, so the walk ends there
        service = nodes.get(current)
        if service is not None and has_node(service, day):
            counted = above
        current = above
    return counted


def serves(directory: Directory, nodes: Nodes, *, origin: str, territory: str, day: date) -> bool:
    """Whether `origin` speaks for `territory` that day, as far as the directory says."""
    return (
        directory.is_within(territory, origin)
        and served_as(directory, nodes, origin=origin, territory=territory, day=day) == territory
    )
