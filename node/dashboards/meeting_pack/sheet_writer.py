"""How the sheets of the meeting pack are written: cells by the type of their value, never by what
a text looks like; frozen headers; landscape, one page wide.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from types import TracebackType
from typing import TYPE_CHECKING, Any

from node.dashboards.meeting_pack import MeetingPack, words
from node.dashboards.meeting_pack.columns import ALARM, CHANGE, PERCENT, WHOLE, Column, Line, Value

if TYPE_CHECKING:
    from xlsxwriter.format import Format  # type: ignore[import-untyped]
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

DAY = "dd.mm.yyyy"
BAR = "#9fcdb5"
A4 = 9
MOST_CELL = 32_767  # characters Excel takes in one cell


class SheetWriter:
    """One workbook; its formats are made once for each look."""

    def __init__(self, stream: BytesIO, pack: MeetingPack, *, made_at: datetime) -> None:
        # Only whoever makes a pack pays for the import.
        from xlsxwriter import Workbook  # type: ignore[import-untyped]

        self._pack = pack
        self._book = Workbook(
            stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self._book.set_properties(
            {
                "title": pack.directive.title,
                "subject": f"Данные на {words.day(pack.as_of)}",
                "author": pack.here,
                "created": made_at.astimezone(UTC).replace(tzinfo=None),
            }
        )
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}

    def __enter__(self) -> SheetWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._book.close()

    def page(self, name: str, widths: Sequence[float]) -> SummaryWriter:
        sheet = self._sheet(name)
        for number, width in enumerate(widths):
            sheet.set_column(number, number, width)
        return SummaryWriter(self, sheet, len(widths))

    def table(
        self,
        name: str,
        columns: Sequence[Column[Line]],
        lines: Iterable[Line],
        *,
        bar: int | None = None,
    ) -> None:
        """A list under a frozen header with filters; `bar` is a column drawn as bars of 0 … 100."""
        sheet = self._sheet(name)
        header = self.look(bold=True, bg_color="#e6ebf0", bottom=1, valign="vcenter")
        for number, column in enumerate(columns):
            sheet.set_column(number, number, column.width)
            sheet.write_string(0, number, column.title, header)
        last = 0
        for last, line in enumerate(lines, 1):
            for number, column in enumerate(columns):
                colour = column.colour(line)
                look = {"bg_color": colour} if colour else {}
                self.write(sheet, last, number, column.cell(line), column.number, **look)
        sheet.set_row(0, 45)
        # Territory and all to its left stay in sight as well as the header.
        frozen = next(n for n, column in enumerate(columns, 1) if column.title == "Территория")
        sheet.freeze_panes(1, frozen)
        sheet.autofilter(0, 0, last, len(columns) - 1)
        sheet.repeat_rows(0)
        if bar is not None and last:
            scale = {"min_type": "num", "min_value": 0, "max_type": "num", "max_value": 100}
            sheet.conditional_format(
                1,
                bar,
                last,
                bar,
                {"type": "data_bar", "bar_color": BAR, **scale},
            )

    def write(
        self,
        sheet: Worksheet,
        row: int,
        column: int,
        value: Value,
        number: str = PERCENT,
        **look: object,
    ) -> None:
        """One cell by the type of its value; None is an empty cell."""
        match value:
            case None:
                sheet.write_blank(row, column, None, self.look(**look))
            case str():
                sheet.write_string(row, column, value[:MOST_CELL], self.look(**look))
            case date():
                look = {"num_format": DAY, "align": "left", **look}
                sheet.write_datetime(row, column, value, self.look(**look))
            case Decimal():
                sheet.write_number(row, column, value, self.look(num_format=number, **look))
            case int():
                sheet.write_number(row, column, value, self.look(num_format=WHOLE, **look))

    def look(self, **look: object) -> Format:
        key = tuple(sorted(look.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(
                {"text_wrap": True, "valign": "top", "font_size": 10, **look}
            )
        return self._formats[key]

    def _sheet(self, name: str) -> Worksheet:
        """A4 landscape, as many pages high as it takes but one wide, each with title and number."""
        sheet = self._book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.8, bottom=0.6)
        marked = f", есть {words.RECONSTRUCTED}" if self._pack.reconstructed else ""
        # `&` begins a code there and is written twice.
        title = words.cut(self._pack.directive.title).replace("&", "&&")
        sheet.set_header(f"&L&9{title}&R&9Данные на {words.day(self._pack.as_of)}{marked}")
        sheet.set_footer("&L&9&A&R&9Страница &P из &N")
        return sheet


class SummaryWriter:
    """A page of facts, one under the other."""

    def __init__(self, book: SheetWriter, sheet: Worksheet, columns: int) -> None:
        self._book, self._sheet, self._columns = book, sheet, columns
        self._row = 0

    def heading(self, text: str) -> None:
        self._across(text, 45, self._book.look(bold=True, font_size=16))

    def notice(self, text: str) -> None:
        self._across(text, 45, self._book.look(bg_color="#fbeccb"))

    def fact(self, name: str, value: Value, *, alarm: bool = False) -> None:
        """A name and what it is; a long text takes the rest of the line."""
        self._book.write(self._sheet, self._row, 0, name, bold=True)
        look = {"bg_color": ALARM} if alarm else {}
        if isinstance(value, str):
            self._sheet.set_row(self._row, 15 * _lines(value))
            self._sheet.merge_range(self._row, 1, self._row, self._columns - 1, "")
        self._book.write(self._sheet, self._row, 1, value, align="left", **look)
        self._row += 1

    def header(self, *titles: str) -> None:
        for column, title in enumerate(titles):
            self._book.write(self._sheet, self._row, column, title, bold=True, bottom=1)
        self._row += 1

    def compared(
        self,
        name: str,
        value: Decimal | int | None,
        before: Decimal | int | None,
        *,
        colour: str | None = None,
    ) -> None:
        """A value, what it was, and the difference; a dash where one is not known."""
        look = {"bg_color": colour} if colour else {}
        self._book.write(self._sheet, self._row, 0, name, **look)
        change = None if value is None or before is None else Decimal(value) - Decimal(before)
        whole = isinstance(value, int)
        for column, shown in enumerate((value, before), 1):
            cell = words.UNKNOWN if shown is None else shown
            self._book.write(self._sheet, self._row, column, cell)
        number = "+0;\u22120;0" if whole else CHANGE
        cell = words.UNKNOWN if change is None else change
        self._book.write(self._sheet, self._row, 3, cell, number)
        self._row += 1

    def gap(self) -> None:
        self._row += 1

    def _across(self, text: str, height: float, look: Format) -> None:
        self._sheet.set_row(self._row, height)
        self._sheet.merge_range(self._row, 0, self._row, self._columns - 1, "", look)
        self._sheet.write_string(self._row, 0, text, look)
        self._row += 1


def _lines(text: str, width: int = 56) -> int:
    """How many lines a text takes in the merged cells: Excel does not fit the height of those."""
    return sum(max(1, -(-len(line) // width)) for line in text.split("\n"))
