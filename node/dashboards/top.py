"""«ТОП проблем»: what one look at a scope must tell, made of rankings and of nothing else.

The figures are those of `GET /api/v1/rankings`, from the same function: here they are summed over
the scope, put beside the period before, and given names. Nothing is estimated: what is not known
stays None and is shown as a dash.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from node.domain.directory import Directory
from node.domain.ranking import Figures, Period, RankedRow, Ranking, shares
from node.domain.rulebook import Rulebook

Tone = Literal["worse", "better", "even"]
Judged = Literal["received", "growth", "overdue"]
SMALL = 5  # under it a per cent of change says nothing: the difference itself is shown
NAMED_PARTS = 3


@dataclass(frozen=True, slots=True)
class Place:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Move:
    """How a value stands to the one before. `percent` None: too few for per cent."""

    difference: float
    percent: float | None
    tone: Tone


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the whole scope, a share when `is_share` (0 … 1)."""

    code: str
    value: float | None
    previous: float | None
    is_share: bool
    move: Move | None


@dataclass(frozen=True, slots=True)
class Part:
    """A unit's part of a row: a piece of a bar, `x` and `width` in per cent of the row."""

    unit: str
    name: str
    received: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One row of the table. `under` is what the key belongs to; `unit` where a click leads;
    `previous`, and what follows from it, is None when nothing is held of the period before."""

    key: str
    name: str
    under: str | None
    unit: str | None
    rank: int
    counters: Mapping[str, int]
    previous: int | None
    move: Move | None
    width: float
    previous_width: float | None
    solved_share: float | None
    late_share: float | None
    satisfied_share: float | None
    first_answer_hours: float | None
    solve_hours: float | None
    parts: tuple[Part, ...]
    rest: int

    def __getitem__(self, counter: str) -> int:
        return self.counters.get(counter, 0)


@dataclass(frozen=True, slots=True)
class Point:
    """The row that answers one of the three questions of a head, None when no row does."""

    judged: Judged
    row: BoardRow | None


@dataclass(frozen=True, slots=True)
class Gap:
    name: str
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Footing:
    """What the figures stand on, in unit-days; a share is None where nothing was expected."""

    expected: int
    received: int
    open: int
    share: float | None
    on_time_share: float | None
    population_share: float | None
    missing: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Board:
    place: Place
    trail: tuple[Place, ...]
    below: tuple[Place, ...]
    period: Period
    period_code: str
    by: str
    depth: int
    order: str
    provisional: bool
    provisional_below: float
    comparable: bool
    past_share: float | None
    has_past: bool
    footing: Footing
    figures: tuple[Figure, ...]
    days: tuple[tuple[date, int], ...]
    points: tuple[Point, ...]
    rows: tuple[BoardRow, ...]
    total_rows: int
    unsorted: int

    @property
    def has_summaries(self) -> bool:
        """Whether anything is held of the period: without it a nought would be a lie."""
        return self.footing.received + self.footing.open > 0

    @property
    def shows_parts(self) -> bool:
        return any(row.parts for row in self.rows)


def make_board(
    rulebook: Rulebook,
    home: str,
    *,
    ranking: Ranking,
    present: Ranking,
    past: Ranking,
    days: Mapping[date, int],
    period_code: str,
    depth: int,
    limit: int,
) -> Board:
    """The board of a ranking that holds every row; `limit` of them are shown.

    `present` and `past` rank territories of the same scope over the period and the one before:
    only by territory is everything counted, sorted or not. `home` is this node's unit, where the
    way up ends. `days` are appeals by day up to the period's end; `period_code` and `depth` what
    was asked for: a board says which of its choices are taken.
    """
    directory = rulebook.directory
    # Of a period nobody reported on nothing is known; it was not a period of no appeals.
    has_past = past.coverage.received + past.coverage.open > 0
    largest = max((_largest(row) for row in ranking.rows), default=0)
    rows = tuple(_row(row, ranking, rulebook, largest, has_past) for row in ranking.rows)
    return Board(
        place=Place(ranking.scope, directory.name(ranking.scope)),
        trail=_trail(directory, home, ranking.scope),
        below=tuple(Place(unit.code, unit.name) for unit in directory.children(ranking.scope)),
        period=ranking.period,
        period_code=period_code,
        depth=depth,
        by=ranking.by,
        order=ranking.order,
        provisional=ranking.provisional,
        # A fall because summaries are missing is no fall, nor is a rise because they were.
        comparable=not (ranking.provisional or past.provisional),
        past_share=_share_of(past.coverage.received, past.coverage.expected),
        provisional_below=rulebook.tier_of(home).provisional_below,
        footing=_footing(ranking, directory),
        has_past=has_past,
        figures=_figures(_total(present), _total(past) if has_past else None),
        days=tuple(sorted(days.items())),
        points=_points(rows),
        rows=rows[:limit],
        total_rows=len(rows),
        unsorted=ranking.unsorted,
    )


def compare(value: float, previous: float, *, more_is: Tone, is_share: bool = False) -> Move:
    """How `value` stands to `previous`. Shares are compared in points, never in their per cent."""
    difference = value - previous
    percent = 100 * difference / previous if previous >= SMALL and not is_share else None
    # What is shown as 0 % is no move: an arrow beside it would alarm about nothing.
    shown = (
        round(percent)
        if percent is not None
        else round(100 * difference if is_share else difference)
    )
    less_is: Tone = "better" if more_is == "worse" else "worse"
    return Move(
        difference=difference,
        percent=percent,
        tone=more_is if shown > 0 else less_is if shown < 0 else "even",
    )


def _total(ranking: Ranking) -> Figures:
    total = Figures()
    for row in ranking.rows:
        total.add(row.counters)
    return total


def _figures(now: Figures, past: Figures | None) -> tuple[Figure, ...]:
    """In the order a head reads them: how much came, what lies, how well it was closed."""
    counts = [
        Figure(
            code,
            now[code],
            past[code] if past else None,
            is_share=False,
            move=compare(now[code], past[code], more_is="worse") if past else None,
        )
        for code in ("received", "open", "overdue", "dragging")
    ]
    present, before = shares(now), shares(past or Figures())
    return (
        *counts,
        _share("solved_share", present["solved_share"], before["solved_share"]),
        _share("satisfied_share", present["satisfied_share"], before["satisfied_share"]),
    )


def _share(code: str, value: float | None, previous: float | None) -> Figure:
    move = None
    if value is not None and previous is not None:
        move = compare(value, previous, more_is="better", is_share=True)
    return Figure(code, value, previous, is_share=True, move=move)


def _row(
    row: RankedRow, ranking: Ranking, rulebook: Rulebook, largest: int, has_past: bool
) -> BoardRow:
    received, previous = row.counters.get("received", 0), row.change.previous
    name, under, unit = _naming(row, ranking, rulebook)
    parts = _parts(row.by_child, received, ranking.scope, rulebook.directory)
    return BoardRow(
        key=row.key,
        name=name,
        under=under,
        unit=unit,
        rank=row.rank,
        counters=row.counters,
        previous=previous if has_past else None,
        move=compare(received, previous, more_is="worse") if has_past else None,
        width=_percent(received, largest),
        previous_width=_percent(previous, largest) if has_past else None,
        solved_share=row.solved_share,
        late_share=row.late_share,
        satisfied_share=row.satisfied_share,
        first_answer_hours=row.first_answer_median_hours,
        solve_hours=row.solve_median_hours,
        parts=parts,
        rest=received - sum(part.received for part in parts),
    )


def _naming(
    row: RankedRow, ranking: Ranking, rulebook: Rulebook
) -> tuple[str, str | None, str | None]:
    """Name, what the key belongs to, and the unit a click leads to."""
    directory, classifier = rulebook.directory, rulebook.classifier
    if row.key in directory:
        if row.key == ranking.scope:
            return row.name, "собственная территория, без узлов ниже", None
        parent = directory.parent(row.key)
        far = parent is not None and parent != ranking.scope
        return row.name, directory.name(parent) if far and parent else None, row.key
    sector = classifier.sector(classifier.sector_of(row.key))
    if classifier.block(row.key) or sector is None:
        return row.name, None, None
    above = classifier.block(sector.block) if sector.code == row.key else sector
    return row.name, above.name if above else None, None


def _parts(
    by_child: Mapping[str, int], whole: int, scope: str, directory: Directory
) -> tuple[Part, ...]:
    """The units with most of a row's `whole`. None when it is all on the scope's own territory."""
    if not set(by_child) - {scope}:
        return ()
    found, x = [], 0.0
    largest = sorted(by_child.items(), key=lambda item: (-item[1], item[0]))[:NAMED_PARTS]
    for unit, received in largest:
        width = _percent(received, whole)
        found.append(Part(unit, directory.name(unit), received, round(x, 1), width))
        x += width
    return tuple(found)


def _points(rows: Iterable[BoardRow]) -> tuple[Point, ...]:
    """The worst row by each of the three measures; a row with nothing of it is no answer."""
    rows = tuple(rows)
    measures: tuple[tuple[Judged, Mapping[str, int]], ...] = (
        ("received", {row.key: row["received"] for row in rows}),
        ("growth", {row.key: int(row.move.difference) if row.move else 0 for row in rows}),
        ("overdue", {row.key: row["overdue"] for row in rows}),
    )
    found = []
    for judged, by_key in measures:
        worst = max(rows, key=lambda row, by_key=by_key: by_key[row.key], default=None)  # type: ignore[misc]
        found.append(Point(judged, worst if worst and by_key[worst.key] > 0 else None))
    return tuple(found)


def _footing(ranking: Ranking, directory: Directory) -> Footing:
    coverage = ranking.coverage
    expected = coverage.expected
    return Footing(
        expected=expected,
        received=coverage.received,
        open=coverage.open,
        share=_share_of(coverage.received, expected),
        on_time_share=_share_of(coverage.on_time, expected),
        population_share=coverage.population_share,
        missing=tuple(Gap(directory.name(gap.unit), gap.days) for gap in coverage.missing),
    )


def _trail(directory: Directory, home: str, scope: str) -> tuple[Place, ...]:
    """The units above the scope, from this node's own down."""
    above = [code for code in directory.ancestors(scope) if directory.is_within(code, home)]
    return tuple(Place(code, directory.name(code)) for code in reversed(above))


def _share_of(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _largest(row: RankedRow) -> int:
    return max(row.counters.get("received", 0), row.change.previous)


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0
