"""The rows of «Решение проблем» for a spreadsheet."""

from __future__ import annotations

import csv
import io

from node.dashboards.resolution_board import Board, Tally
from node.domain.rulebook import Rulebook
from node.web.locale import message_words, resolution_words
from node.web.pages.top_table import SEPARATOR, decimal, guarded


def as_csv(board: Board, rulebook: Rulebook, unit: str) -> bytes:
    """UTF-8 with a mark, semicolons, decimal commas; nothing in it runs as a formula."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=SEPARATOR)
    answers = board.answers
    writer.writerow([guarded(f"Решение проблем: {rulebook.directory.name(unit)}")])
    kind = resolution_words.ROW_KINDS[board.by].meaning
    writer.writerow([f"{board.period.first} – {board.period.last}", kind])
    writer.writerow([f"Не подтверждённых тревог: {board.alerts}"])
    for code, count in (
        ("adapter", answers.adapter),
        ("status_page", answers.status_page),
        ("failed", answers.not_delivered),
    ):
        share = _percent(answers.of(count))
        writer.writerow([f"Ответы: {resolution_words.REACHED[code]}", count, share])
    for reason, count in sorted(answers.failed.items()):
        told = message_words.FAILURES.get(reason, reason)
        writer.writerow([guarded(f"Не доставлено: {told}"), count])
    writer.writerow([f"Ответы: {message_words.STATES['waiting']}", answers.waiting])
    writer.writerow(resolution_words.HEAD)
    for row in board.rows:
        writer.writerow([guarded(row.key or ""), guarded(row.name), *_cells(row.tally)])
    writer.writerow(["", "Всего", *_cells(board.total)])
    return text.getvalue().encode("utf-8-sig")


def _cells(tally: Tally) -> list[str | int]:
    hours = tally.solve_median_hours
    return [
        tally["received"],
        tally["opened"],
        tally["returned"],
        tally["reopened"],
        tally.closed,
        *(tally[f"closed_{outcome}"] for outcome in resolution_words.OUTCOMES),
        tally["answered_first"],
        _percent(tally.first_on_time_share),
        _percent(tally.closed_on_time_share),
        *(tally[stock] for stock in ("open", "overdue", "dragging", "soon")),
        tally["satisfied"],
        tally["unsatisfied"],
        "" if hours is None else decimal(hours),
    ]


def _percent(share: float | None) -> str:
    return "" if share is None else decimal(share * 100)
