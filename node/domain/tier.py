"""TierPolicy: everything in which one tier differs from another, as data.

The code of a tier is the name of its file in config/tiers/; no line of the program knows any of
them. A country with three or five tiers is a matter of files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time

from node.domain.table import Table

NOON = time(12, 0)
ORDERS = ("received", "growth", "overdue", "dragging", "unsatisfied")
ROW_KINDS = ("topic", "sector", "block", "territory")
PERIODS = ("day", "week", "month")


@dataclass(frozen=True, slots=True)
class Board:
    """What the page «ТОП проблем» shows before anybody chose anything."""

    by: str = "topic"
    order: str = "received"
    period: str = "week"
    depth: int = 1
    limit: int = 20


@dataclass(frozen=True, slots=True)
class TierPolicy:
    """The rules of one tier.

    `intake`: its nodes take appeals in and make summaries, that is, are leaves of every figure.
    `final_at`: the local time on the next day at which a day's summary becomes final.
    `grace_hours`: after the local midnight, within which a final counts as on time.
    `provisional_below`: a figure on a smaller share of the expected summaries is provisional.
    `stock_days`: how far back a leaf's latest observed stock may lie and still count.
    `exchange_seconds`: between two calls of the parent. `open_summary_minutes`: between two open
    versions of a day for the parent; `relay_open_minutes`: for the tiers beyond it.
    `expected_units`: how many units of the tier there should be; another number is a warning.
    """

    code: str
    name: str
    name_genitive: str
    names: str
    intake: bool
    final_at: time = NOON
    grace_hours: int = 18
    provisional_below: float = 0.95
    stock_days: int = 3
    exchange_seconds: int = 60
    open_summary_minutes: int = 2
    relay_open_minutes: int = 15
    expected_units: int | None = None
    board: Board = Board()

    @classmethod
    def from_table(cls, code: str, values: Mapping[str, object]) -> TierPolicy:
        """From config/tiers/CODE.toml. InvalidTable names the key."""
        table = Table(values)
        policy = cls(
            code=code,
            name=table.text("name"),
            name_genitive=table.text("name_genitive"),
            names=table.text("names"),
            intake=table.flag("intake", default=False),
            final_at=table.time_of_day("final_at", NOON),
            grace_hours=table.whole("grace_hours", 18),
            provisional_below=table.share("provisional_below", 0.95),
            stock_days=table.whole("stock_days", 3),
            exchange_seconds=table.whole("exchange_seconds", 60, least=1),
            open_summary_minutes=table.whole("open_summary_minutes", 2),
            relay_open_minutes=table.whole("relay_open_minutes", 15),
            expected_units=table.optional_whole("expected_units"),
            board=_board(table.table("board")),
        )
        table.close()
        return policy


def _board(table: Table) -> Board:
    board = Board(
        by=table.choice("by", "topic", ROW_KINDS),
        order=table.choice("order", "received", ORDERS),
        period=table.choice("period", "week", PERIODS),
        depth=table.whole("depth", 1, least=1),
        limit=table.whole("limit", 20, least=1),
    )
    table.close()
    return board
