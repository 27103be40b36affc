"""The workflow as a picture: every state and every move of the table, drawn from the table itself.

States are columns, moves are rows; a row has a dot where the move may be made and an arrow where
it leads. Boxes with lines between them were drawn first: nineteen moves out of twelve states are
some forty lines, and nobody could follow one. Read downwards a column tells what may be done in a
state, read across a row tells all of a move.

Values in, SVG out; the page and `cur workflow` only show it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from node.domain.issue import ENDED, MOVES, OPEN, START, STATE_NAMES, WAITING, Move, State, leads_to
from node.domain.rights import Right

TITLE_WIDTH = 212
COLUMN = 112
HEAD = 92
ROW = 46
FOOT = 64
MARGIN = 14
LINE = 13  # between lines of a state's name
LETTERS = 14  # of a line of a state's name

WHO: Mapping[Right, str] = {
    Right.ISSUES_MODERATE: "модератор",
    Right.ISSUES_COORDINATE: "координатор",
    Right.ISSUES_EXECUTE: "исполнитель",
    Right.ISSUES_APPROVE: "согласующий",
}
GROUPS = (
    ("waiting", WAITING, "ещё не принята в работу"),
    ("open", OPEN, "в работе"),
    ("ended", ENDED, "работа окончена"),
)
STYLE = """
.workflow { font-family: system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
.workflow .sheet { fill: #ffffff; }
.workflow text { fill: #17202b; }
.workflow .soft { fill: #4d5967; }
.workflow .rule { stroke: #dce2e9; }
.workflow .waiting { fill: #fdf1d7; stroke: #7f5200; }
.workflow .open { fill: #e4eefa; stroke: #1b5aa6; }
.workflow .ended { fill: #e5f3ea; stroke: #1b6a3d; }
.workflow .line, .workflow .ring { stroke: #17202b; fill: none; }
.workflow .dot, .workflow .arrow { fill: #17202b; }
"""
"""Of a file that is looked at by itself; a page has these classes in its own colours."""


@dataclass(frozen=True, slots=True)
class Column:
    """A state and where it stands. `group` is a class: waiting, open or ended."""

    state: State
    group: str
    x: int


@dataclass(frozen=True, slots=True)
class Row:
    """A move: the columns it may be made in, and those it leads to, at once or in another case
    (`else_to`: an answer that needs approval first, an interim draft). `stays`: the state does not
    change."""

    move: Move
    y: int
    sources: tuple[int, ...]
    to: tuple[int, ...]
    else_to: tuple[int, ...]
    stays: bool


def columns(moves: Mapping[str, Move] = MOVES) -> tuple[Column, ...]:
    """States in the order an issue comes to them: those waiting, those open, those ended."""
    order = _reached(moves)
    return tuple(
        Column(state, group, TITLE_WIDTH + MARGIN + COLUMN * n + COLUMN // 2)
        for n, (state, group) in enumerate(
            (state, group) for group, states, _ in GROUPS for state in order if state in states
        )
    )


def rows(moves: Mapping[str, Move] = MOVES) -> tuple[Row, ...]:
    """Every move in the order of the table."""
    places = {column.state: column.x for column in columns(moves)}
    return tuple(
        Row(
            move=move,
            y=HEAD + MARGIN + ROW * n + ROW // 2,
            sources=_places(move.sources, places),
            to=_places({move.to} if move.to else set(), places),
            else_to=_places(leads_to(move) - {move.to}, places),
            stays=move.to is None,
        )
        for n, move in enumerate(moves.values())
    )


def workflow_svg(moves: Mapping[str, Move] = MOVES, *, styled: bool = True) -> str:
    """The picture. `styled`: with its own colours, as a file needs; a page brings its own."""
    heads, lines = columns(moves), rows(moves)
    width = TITLE_WIDTH + COLUMN * len(heads) + 2 * MARGIN
    height = HEAD + ROW * len(lines) + FOOT + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="workflow" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-labelledby="workflow-title">',
        '<title id="workflow-title">Путь проблемы: состояния и ходы</title>',
        f"<style>{STYLE}</style>" if styled else "",
        f'<rect class="sheet" width="{width}" height="{height}"/>',
        *(_head(column, height) for column in heads),
        *(_row(row, width) for row in lines),
        *_legend(height),
        "</svg>",
    ]
    return "\n".join(part for part in parts if part)


def _reached(moves: Mapping[str, Move]) -> list[State]:
    """States by how few moves lead to them, within a step in the order of the table."""
    order, step = [START], [START]
    while step:
        found = dict.fromkeys(
            to
            for source in step
            for move in moves.values()
            if source in move.sources
            for to in sorted(leads_to(move), key=list(State).index)
        )
        step = [state for state in found if state not in order]
        order += step
    return order


def _places(states: frozenset[State] | set[State], places: Mapping[State, int]) -> tuple[int, ...]:
    return tuple(sorted(places[state] for state in states))


def _head(column: Column, height: int) -> str:
    lines = _wrapped(STATE_NAMES[column.state])
    top = MARGIN + (HEAD - 24 - LINE * len(lines)) / 2 + LINE - 2
    names = "".join(
        f'<text x="{column.x}" y="{top + LINE * n:.0f}" font-size="11.5" text-anchor="middle">'
        f"{escape(line)}</text>"
        for n, line in enumerate(lines)
    )
    left = column.x - COLUMN // 2 + 3
    return (
        f'<g data-state="{column.state.value}">'
        f'<line class="rule" x1="{column.x}" y1="{HEAD}" x2="{column.x}" '
        f'y2="{height - FOOT - MARGIN}"/>'
        f'<rect class="{column.group}" x="{left}" y="{MARGIN}" width="{COLUMN - 6}" '
        f'height="{HEAD - 24}" rx="6"/>{names}</g>'
    )


def _row(row: Row, width: int) -> str:
    move, y = row.move, row.y
    who = ", ".join(WHO[right] for right in move.rights)
    return "".join(
        (
            f'<g data-move="{move.name}">',
            f'<line class="rule" x1="{MARGIN}" y1="{y + ROW // 2}" x2="{width - MARGIN}" '
            f'y2="{y + ROW // 2}"/>',
            f'<text x="{MARGIN}" y="{y - 2}" font-size="14">{escape(move.title)}</text>',
            f'<text class="soft" x="{MARGIN}" y="{y + 14}" font-size="11.5">{who}</text>',
            *_arrows(row, row.to, ""),
            *_arrows(row, row.else_to, ' stroke-dasharray="4 4"'),
            *(_dot(x, y) for x in row.sources),
            *(_ring(x, y) for x in row.sources if row.stays or x in row.to),
            "</g>",
        )
    )


def _arrows(row: Row, targets: Sequence[int], dashes: str) -> Iterator[str]:
    """To each target one line from the farthest source on either side of it. Where a move leads
    in another case runs a little lower, so that neither hides the other."""
    y = row.y + (9 if dashes else 0)
    half = 4 if dashes else 5
    for target in targets:
        # A dot with a ring round it must stay visible beside the arrow's tip.
        near = 10 if target in row.sources and not dashes else 3
        for side in (-1, 1):
            begins = [x for x in row.sources if (x - target) * side > 0]
            if not begins:
                continue
            far = min(begins) if side < 0 else max(begins)
            tip, begin = target + side * near, f"M{far},{row.y}"
            line = f"{begin}V{y}H{tip + side * 3}" if dashes else f"{begin}H{tip + side * 3}"
            yield f'<path class="line" d="{line}" stroke-width="1.6"{dashes}/>'
            yield f'<path class="arrow" d="M{tip},{y}l{side * 9},-{half}v{2 * half}z"/>'


def _dot(x: int, y: int) -> str:
    return f'<circle class="dot" cx="{x}" cy="{y}" r="4.5"/>'


def _ring(x: int, y: int) -> str:
    return f'<circle class="ring" cx="{x}" cy="{y}" r="9" stroke-width="1.6"/>'


def _legend(height: int) -> Iterator[str]:
    top = height - FOOT
    x = MARGIN
    for group, _, words in GROUPS:
        yield f'<rect class="{group}" x="{x}" y="{top}" width="20" height="14" rx="3"/>'
        yield f'<text class="soft" x="{x + 28}" y="{top + 12}" font-size="12">{words}</text>'
        x += 56 + 8 * len(words)
    low, x = top + 34, MARGIN
    yield _dot(x + 8, low)
    yield f'<text class="soft" x="{x + 28}" y="{low + 4}" font-size="12">ход возможен здесь</text>'
    x += 200
    yield f'<path class="line" d="M{x},{low}H{x + 14}" stroke-width="1.6"/>'
    yield f'<path class="arrow" d="M{x + 20},{low}l-9,-5v10z"/>'
    yield f'<text class="soft" x="{x + 28}" y="{low + 4}" font-size="12">ведёт сюда</text>'
    x += 140
    yield _dot(x + 8, low) + _ring(x + 8, low)
    yield f'<text class="soft" x="{x + 28}" y="{low + 4}" font-size="12">состояние прежнее</text>'
    x += 190
    yield f'<path class="line" d="M{x},{low}H{x + 14}" stroke-width="1.6" stroke-dasharray="4 4"/>'
    yield f'<path class="arrow" d="M{x + 20},{low}l-9,-4v8z"/>'
    yield (
        f'<text class="soft" x="{x + 28}" y="{low + 4}" font-size="12">в другом случае: ответ без '
        "права согласования, промежуточный ответ, объединённая до приёма</text>"
    )


def _wrapped(name: str) -> list[str]:
    lines = [""]
    for word in name.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > LETTERS:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
