"""The rows of «ТОП проблем» for a spreadsheet."""

from __future__ import annotations

import csv
import io

from node.dashboards.top import Board, BoardRow
from node.web.locale import top_words

SEPARATOR = ";"  # what a Russian Excel takes for the border of a cell
HEAD = (
    "№",
    "Код",
    "Название",
    "Относится к",
    "Поступило",
    "Было",
    "Открыто",
    "Просрочено",
    "Затягивается",
    "Решено, %",
    "Позже срока, %",
    "Довольны, %",
    "Первый ответ, ч",
    "Решение, ч",
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(board: Board) -> bytes:
    """UTF-8 with a mark, semicolons, decimal commas; nothing in it runs as a formula."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=SEPARATOR)
    kind = top_words.ROW_KINDS[board.by].meaning
    share = board.footing.share
    writer.writerow([guarded(f"ТОП проблем: {board.place.name}")])
    writer.writerow([f"{board.period.first} – {board.period.last}", kind])
    writer.writerow(
        [
            f"Полнота: {board.footing.received} из {board.footing.expected} сводок",
            "" if share is None else f"{decimal(share * 100)} %",
            "предварительно" if board.provisional else "",
        ]
    )
    writer.writerow(HEAD)
    writer.writerows(_cells(row) for row in board.rows)
    return text.getvalue().encode("utf-8-sig")


def guarded(text: str) -> str:
    """Text that a spreadsheet would run as a formula, made plain by an apostrophe."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _cells(row: BoardRow) -> list[str | int]:
    return [
        row.rank,
        guarded(row.key),
        guarded(row.name),
        guarded(row.under or ""),
        row["received"],
        "" if row.previous is None else row.previous,
        row["open"],
        row["overdue"],
        row["dragging"],
        *(
            "" if value is None else decimal(value * 100)
            for value in (row.solved_share, row.late_share, row.satisfied_share)
        ),
        *(
            "" if value is None else decimal(value)
            for value in (row.first_answer_hours, row.solve_hours)
        ),
    ]


def decimal(value: float) -> str:
    """One place after a comma, as a Russian spreadsheet reads a number."""
    return f"{value:.1f}".replace(".", ",")
