"""What a reader of «ТОП проблем» may choose, and the address of every choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from node.dashboards.top import Board
from node.domain.rulebook import Rulebook
from node.web.locale import russian, top_words

PATH = "/top"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the reader chose; None is "as this tier shows it"."""

    scope: str | None = None
    period: str | None = None
    by: str | None = None
    order: str | None = None
    depth: int | None = None
    limit: int | None = None

    def address(self, path: str = PATH, **changes: str | int | None) -> str:
        """The address of this view, or of it with some choices changed; None takes one back."""
        chosen = asdict(self) | changes
        query = urlencode({name: value for name, value in chosen.items() if value is not None})
        return f"{path}?{query}" if query else path

    def beyond_dates(self) -> Mapping[str, str | int]:
        """What a form of two dates must keep."""
        return {
            name: value
            for name, value in asdict(self).items()
            if value is not None and name not in ("period", "limit")
        }


@dataclass(frozen=True, slots=True)
class Link:
    id: str
    label: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Control:
    """A row of links, one of them current. `dates`: two dates may be given instead."""

    name: str
    links: tuple[Link, ...]
    dates: bool = False


def controls(rulebook: Rulebook, chosen: Choice, board: Board) -> tuple[Control, ...]:
    found = [
        Control(
            "Период",
            tuple(
                Link(
                    f"period-{code}",
                    name,
                    chosen.address(period=code, limit=None),
                    code == board.period_code,
                )
                for code, name in top_words.PERIODS.items()
            ),
            dates=True,
        ),
        Control(
            "Показать",
            tuple(
                Link(
                    f"by-{code}",
                    word.name,
                    chosen.address(by=code, depth=None, limit=None),
                    code == board.by,
                )
                for code, word in top_words.ROW_KINDS.items()
            ),
        ),
        Control(
            "Порядок",
            tuple(
                Link(
                    f"order-{code}",
                    word.name,
                    chosen.address(order=code),
                    code == board.order,
                )
                for code, word in top_words.ORDERS.items()
            ),
        ),
    ]
    levels = _levels(rulebook, chosen, board)
    if len(levels) > 1:
        found.insert(2, Control("Уровень", levels))
    return tuple(found)


def _levels(rulebook: Rulebook, chosen: Choice, board: Board) -> tuple[Link, ...]:
    """One link for every level of units below, when territories are compared."""
    if board.by != "territory":
        return ()
    links: list[Link] = []
    while units := rulebook.directory.at_depth(board.place.code, len(links) + 1):
        depth = len(links) + 1
        # The name of the level is that of most units on it.
        tiers = [rulebook.directory[unit].tier for unit in units]
        policy = rulebook.tiers[max(sorted(set(tiers)), key=tiers.count)]
        links.append(
            Link(
                f"depth-{depth}",
                russian.headline(policy.names),
                chosen.address(depth=depth, limit=None),
                depth == board.depth,
            )
        )
    return tuple(links)
