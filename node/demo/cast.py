"""Who is on stage: which units run as live nodes, which are played, and where each one listens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from node.domain.directory import Directory

DISTRICT = "SZFO"
REGIONS = ("RU-MUR", "RU-KGD")
TOWNS_A_REGION = 2


@dataclass(frozen=True, slots=True)
class Cast:
    """`live` are units with a process of their own; `played` those the player speaks for.

    Both parents first. `leaves` are the played ones that make summaries.
    """

    live: tuple[str, ...]
    played: tuple[str, ...]
    leaves: frozenset[str]

    def url(self, unit: str, port: int) -> str:
        """The address in a node's descriptor. A played node listens nowhere: its children, played
        too, reach it inside the player's process, under a name no server answers to."""
        if unit in self.live:
            return f"http://127.0.0.1:{port + self.live.index(unit)}"
        return f"http://localhost:1/played/{unit}"

    def ports(self, port: int) -> range:
        """The ports of the live nodes, the top's first."""
        return range(port, port + len(self.live))


def cast_of(directory: Directory) -> Cast:
    """The top, one district, two of its regions and the two largest towns of each are live; every
    other district is played with all its regions, and so are the other regions of the live one."""
    top = directory.root.code
    towns = [town for region in REGIONS for town in _largest(directory, region)]
    live = (top, DISTRICT, *REGIONS, *towns)
    districts = [unit.code for unit in directory.children(top) if unit.code not in live]
    regions = [
        region.code
        for district in directory.children(top)
        for region in directory.children(district.code)
        if region.code not in live
    ]
    return Cast(live, (*districts, *regions), frozenset(regions))


def shared_out(
    directory: Directory, units: Iterable[str], parts: int
) -> tuple[tuple[str, ...], ...]:
    """Districts with all that stands under them, dealt to `parts` players as evenly as they go.

    A district and its regions stay together, so that only the top is ever called from elsewhere.
    """
    top = directory.root.code
    troupes: dict[str, list[str]] = {}
    for unit in units:
        if unit != top:
            lineage = (unit, *directory.ancestors(unit))
            troupes.setdefault(lineage[-2], []).append(unit)
    hands: list[list[str]] = [[] for _ in range(max(1, min(parts, len(troupes))))]
    for troupe in sorted(troupes.values(), key=len, reverse=True):
        min(hands, key=len).extend(troupe)
    return tuple(tuple(hand) for hand in hands)


def _largest(directory: Directory, region: str) -> list[str]:
    towns = sorted(
        directory.children(region),
        key=lambda town: (-(directory.population(town.code) or 0), town.code),
    )
    return [town.code for town in towns[:TOWNS_A_REGION]]
