"""The meeting pack: what it holds, the cells of its XLSX, the pages of its PDF."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from node.dashboards.meeting_pack import MeetingPack, make_pack
from node.dashboards.meeting_pack.print import NoTypesetter, as_images, as_json, as_pdf
from node.dashboards.meeting_pack.sheet import as_xlsx
from node.dashboards.meeting_pack.words import cut, in_a_row, shown
from node.domain.directive import DatedState, Report
from node.domain.help import Answer, Help, HelpKind, HelpReport
from node.domain.standing import stand
from node.reference import load_rulebook
from node.store.help_requests import HelpFile
from tests.support.directives import (
    DIRECTIVE,
    a_check_in,
    a_directive,
    a_report,
    a_step,
    noon,
    planned,
    reading,
    whole,
)

AS_OF, SINCE = date(2020, 11, 17), date(2020, 10, 31)
MADE = datetime(2020, 11, 17, 9, 30, 15, 123456, tzinfo=UTC)
# What would be obeyed by a program that takes texts for commands.
FORMULA = '=HYPERLINK("http://example.org","нажмите")'
MARKUP = '#panic("стоп") *жирно* $x$ <a> http://example.org'
DIRECTORY = load_rulebook().directory

REPORTS = {
    "RU-TVE": (
        a_report(
            "RU-TVE",
            readings=[whole(date(2020, 10, 27), "41")],
            steps=[
                a_step("old", added_on=SINCE, done_on=date(2020, 11, 5)),
                a_step("new", added_on=SINCE),
            ],
            check_ins=[a_check_in(date(2020, 11, day)) for day in range(1, 17)],
        ),
    ),
    "RU-STA": (
        a_report(
            "RU-STA",
            readings=[
                reading("staff", date(2020, 10, 27), "45"),
                reading("premises", date(2020, 10, 27), "50"),
            ],
            planned_on=[planned(date(2020, 10, 27), date(2021, 12, 31), "year")],
        ),
    ),
    "RU-SMO": (
        a_report(
            "RU-SMO",
            on_behalf=True,
            readings=[
                whole(date(2020, 10, 27), "52"),
                whole(date(2020, 11, 14), "86.5", reconstructed=True),
            ],
        ),
    ),
}


def a_question(
    id: str = "q1", *, title: str = "Когда будет помещение?", asked_on: date = date(2020, 11, 10)
) -> Help:
    return Help(
        id=id,
        issuer="RU",
        kind=HelpKind.QUESTION,
        to=("RU-TVE", "RU-SMO"),
        directive=DIRECTIVE,
        title=title,
        text="Назовите адрес.",
        asked_on=asked_on,
        due_on=date(2020, 11, 14),
        planned_on=None,
        states=(DatedState("open", noon(asked_on)),),
    )


def answered(help: Help, *texts: tuple[date, str]) -> HelpFile:
    answers = tuple(Answer(noon(day), "заместитель губернатора", text) for day, text in texts)
    report = HelpReport(help.id, "RU-TVE", "RU-TVE", False, answers=answers)
    return HelpFile(help, {"RU-TVE": (report,)}, 1)


def a_pack(
    *helps: HelpFile, reports: Mapping[str, tuple[Report, ...]] | None = None, **overrides: Any
) -> MeetingPack:
    directive = a_directive(issued_on=date(2020, 10, 20), **overrides)
    held = REPORTS if reports is None else reports
    present, before = (
        stand(directive, held, {}, units=directive.to, as_of=day, populations={})
        for day in (AS_OF, SINCE)
    )
    return make_pack(present, before, helps, directory=DIRECTORY, home="RU")


def rows_of(sheet: Worksheet) -> list[dict[str, Any]]:
    header, *lines = sheet.iter_rows(values_only=True)
    return [dict(zip((str(name) for name in header), line, strict=True)) for line in lines]


def opened(pack: MeetingPack) -> dict[str, Worksheet]:
    book = load_workbook(BytesIO(as_xlsx(pack, made_at=MADE)))
    return {sheet.title: sheet for sheet in book.worksheets}


# What it holds.


def test_fact_08_each_territory_has_its_per_cent_and_its_change_worst_first() -> None:
    pack = a_pack()
    assert [(row.unit, row.standing.percent, row.change) for row in pack.rows] == [
        ("RU-TVE", Decimal(41), Decimal(0)),
        ("RU-STA", Decimal(47), Decimal(0)),
        ("RU-SMO", Decimal("86.5"), Decimal("34.5")),
    ]
    assert [row.unit for row in pack.left] == ["RU-SMO"]
    assert pack.entered == ()


def test_fact_06_questions_stand_with_the_answer_of_that_day() -> None:
    question = a_question()
    pack = a_pack(
        answered(question, (date(2020, 11, 11), "скоро"), (date(2020, 11, 16), "с 25 ноября")),
        answered(a_question("q2", asked_on=date(2020, 11, 18))),
    )
    asked = {row.unit: row.questions for row in pack.rows}
    (tver,), (smolensk,) = asked["RU-TVE"], asked["RU-SMO"]
    assert (tver.answer, tver.answered_on, tver.is_done) == (
        "с 25 ноября",
        date(2020, 11, 16),
        True,
    )
    assert (smolensk.answer, smolensk.overdue, smolensk.is_awaited) == (None, True, True)
    assert asked["RU-STA"] == ()


def test_an_answer_given_after_the_day_is_not_known_on_it() -> None:
    pack = a_pack(answered(a_question(), (date(2020, 11, 18), "позже")))
    assert pack.rows[0].questions[0].answer is None


def a_training(planned_on: date) -> Help:
    return Help(
        id="t1",
        issuer="RU",
        kind=HelpKind.TRAINING,
        to=("RU-TVE",),
        directive=DIRECTIVE,
        title="Семинар",
        text=None,
        asked_on=SINCE,
        due_on=None,
        planned_on=planned_on,
        states=(DatedState("open", noon(SINCE)),),
    )


def test_a_training_still_to_come_is_no_question_without_an_answer() -> None:
    pack = a_pack(HelpFile(a_training(date(2020, 11, 30)), {}, 1))
    assert sum(row.unanswered for row in pack.rows) == 0
    (line,) = rows_of(opened(pack)["Вопросы"])
    assert line["Состояние"] == "план: 30.11.2020"


def test_a_training_says_when_it_was_held_and_how_many_attended() -> None:
    training = a_training(date(2020, 11, 12))
    report = HelpReport("t1", "RU-TVE", "RU-TVE", False, held_on=date(2020, 11, 12), attended=40)
    pack = a_pack(HelpFile(training, {"RU-TVE": (report,)}, 1))
    (line,) = rows_of(opened(pack)["Вопросы"])
    assert (line["Вид"], line["Состояние"]) == ("Обучение", "проведено")
    assert line["Ответ"] == "Проведено 12.11.2020, участников: 40"


# XLSX.


def test_fact_08_the_sheets_are_six_and_begin_under_a_frozen_header() -> None:
    sheets = opened(a_pack(answered(a_question())))
    assert list(sheets) == ["Сводка", "Регионы", "Пробелы", "Шаги", "Контроль", "Вопросы"]
    for name, sheet in sheets.items():
        assert sheet.page_setup.orientation == "landscape"
        fitted = sheet.sheet_properties.pageSetUpPr
        assert fitted is not None
        assert fitted.fitToPage  # one page wide …
        assert sheet.page_setup.fitToHeight == 0  # … and as many high as it takes
        assert name == "Сводка" or sheet.freeze_panes is not None


def test_figures_are_numbers_and_days_are_dates() -> None:
    tver, stavropol, smolensk = rows_of(opened(a_pack())["Регионы"])
    assert (tver["№"], tver["Готовность, %"], tver["Последний замер"]) == (
        1,
        41,
        datetime(2020, 10, 27),
    )
    assert smolensk["Готовность, %"] == 86.5
    assert smolensk["Изменение, п. п."] == 34.5
    assert smolensk["Данные"] == "реконструкция, внёс координатор"
    assert (stavropol["План"], stavropol["Зона риска"]) == ("2021 год", "да")
    assert "позже срока 01.12.2020 на 395 дней" in stavropol["Почему"]
    assert (tver["Открытых шагов"], stavropol["В зоне риска без шага"]) == (1, "да")
    assert tver["Куратор"] == (DIRECTORY["RU-TVE"].curator or "–")


def test_gaps_lose_their_weight_and_say_why() -> None:
    gaps = rows_of(opened(a_pack())["Пробелы"])
    of_stavropol = [
        (gap["Веха"], gap["Вес, %"], gap["Сделано, %"], gap["Не хватает, п. п."])
        for gap in gaps
        if gap["Код"] == "RU-STA"
    ]
    assert of_stavropol == [("Штат", 60, 45, 33), ("Помещение", 40, 50, 20)]
    [tver] = [gap for gap in gaps if gap["Код"] == "RU-TVE"]
    assert (tver["Веха"], tver["Сделано, %"], tver["Не хватает, п. п."], tver["Данные"]) == (
        "Поручение в целом: по вехам замеров нет",
        41,
        59,
        "замер поручения в целом",
    )


def test_days_in_a_row_are_written_as_one() -> None:
    days = [date(2020, 10, day) for day in (1, 2, 28, 29, 30, 31)] + [date(2020, 11, 1)]
    assert in_a_row(days) == "01.10.2020, 02.10.2020, 28.10.2020–01.11.2020"
    assert in_a_row(()) == ""


def test_steps_and_missed_check_ins_stand_on_sheets_of_their_own() -> None:
    sheets = opened(a_pack())
    steps = [(step["Код"], step["Состояние"]) for step in rows_of(sheets["Шаги"])]
    assert steps == [("RU-TVE", "в работе"), ("RU-TVE", "выполнен 05.11.2020")]
    control = {line["Код"]: line for line in rows_of(sheets["Контроль"])}
    # Asked for from the 28th of October (34 days left); November is there day by day.
    assert control["RU-TVE"]["Пропущено всего"] == 4
    assert control["RU-TVE"]["Из них с даты сравнения"] == 1
    assert control["RU-TVE"]["Пропуски с даты сравнения"] == "31.10.2020"
    assert control["RU-STA"]["Последний пропуск"] == datetime(2020, 11, 16)


def test_the_summary_counts_stages_now_and_before() -> None:
    lines = {
        row[0]: row[1:] for row in opened(a_pack())["Сводка"].iter_rows(values_only=True) if row[0]
    }
    assert lines["Близко к завершению"] == (1, 0, 1)
    assert lines["В работе"] == (2, 3, -1)
    assert lines["В зоне риска"][0] == 2
    assert lines["Вышли из неё"][0] == "Смоленская область"
    assert lines["Осталось дней"][0] == 14


@pytest.mark.parametrize("text", [FORMULA, "+1", "-1", "@SUM(A1)", "http://example.org", MARKUP])
def test_a_text_of_a_person_is_never_a_formula_nor_a_link(text: str) -> None:
    pack = a_pack(answered(a_question(title=text), (AS_OF, text)), title=text, note=text)
    book = load_workbook(BytesIO(as_xlsx(pack, made_at=MADE)))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert not any(cell.hyperlink for cell in cells)
    assert sum(cell.value == text for cell in cells) >= 4


def test_the_same_pack_has_the_same_bytes() -> None:
    assert as_xlsx(a_pack(), made_at=MADE) == as_xlsx(a_pack(), made_at=MADE)


def test_a_directive_nobody_reported_on_makes_a_pack_without_a_false_nought() -> None:
    sheets = opened(a_pack(reports={}))
    assert {line["Данные"] for line in rows_of(sheets["Регионы"])} == {"замеров нет"}
    assert rows_of(sheets["Вопросы"]) == []


# PDF.


def test_fact_08_the_pdf_has_a_page_for_each_territory_at_risk() -> None:
    pack = a_pack(answered(a_question(), (AS_OF, "ответ")))
    document = as_pdf(pack, made_at=MADE)
    assert document.startswith(b"%PDF")
    # Cover, bars, table, Tver, Stavropol, and the question put to Smolensk.
    assert len(as_images(pack, made_at=MADE, ppi=10)) == 6
    data = as_json(pack)
    assert [block["name"] for block in data["blocks"]] == [
        "Тверская область",
        "Ставропольский край",
    ]
    assert [row["name"] for row in data["answers"]] == ["Смоленская область"]


def test_what_is_reconstructed_is_said_on_the_cover_and_at_each_territory() -> None:
    data = as_json(a_pack())
    assert (
        "Реконструкция: процент стоит на замерах, восстановленных позже, у 1 из 3"
        in (data["caution"])
    )
    assert data["marked"] == "реконструкция"
    assert [row["reconstructed"] for row in data["rows"]] == [False, False, True]


def test_where_only_the_whole_was_read_no_milestone_is_said_to_be() -> None:
    tver, stavropol = as_json(a_pack())["blocks"]
    assert (tver["only_whole"], stavropol["only_whole"]) == ("59", None)


def test_a_text_of_a_person_is_printed_and_not_obeyed() -> None:
    """`#panic` would stop the typesetter were it taken for markup."""
    pack = a_pack(
        answered(a_question(title=MARKUP), (AS_OF, MARKUP)), title=MARKUP, basis=MARKUP, note=MARKUP
    )
    assert as_pdf(pack, made_at=MADE).startswith(b"%PDF")


def test_a_pack_of_nobody_and_a_complete_one_are_printed_too() -> None:
    done = {unit: (a_report(unit, readings=[whole(SINCE, "100")]),) for unit in REPORTS}
    nobody: Mapping[str, tuple[Report, ...]] = {}
    for reports in (nobody, done):
        assert as_pdf(a_pack(reports=reports), made_at=MADE).startswith(b"%PDF")


def test_without_the_typesetter_the_remedy_is_named() -> None:
    with pytest.raises(NoTypesetter, match=r'pip install "cur\[pdf\]"'):
        as_pdf(a_pack(), made_at=MADE, typesetter="typst_that_is_not_installed")


# Words.


@pytest.mark.parametrize(
    ("value", "text"),
    [("99.99", "99.9"), ("0.01", "0.1"), ("52.25", "52.2"), ("100", "100.0"), ("0", "0.0")],
)
def test_a_rounded_per_cent_is_never_a_false_hundred_or_nought(value: str, text: str) -> None:
    assert str(shown(Decimal(value))) == text


def test_a_long_title_is_cut_between_words() -> None:
    assert cut("Коротко") == "Коротко"
    assert cut("слово " * 20) == ("слово " * 10).strip() + "…"
