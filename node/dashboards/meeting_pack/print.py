"""The meeting pack as PDF, typeset by typst from `pack.typ`.

All texts go in as data (JSON), never as markup: whatever stands in a title or an answer is
printed, not obeyed. The fonts are those of the typst wheel, so that every machine prints the same
pages, Cyrillic included.
"""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

from node.dashboards.meeting_pack import MeetingPack, Question, Row, words
from node.domain.directive import WHOLE, Step
from node.domain.errors import Unavailable
from node.domain.milestones import MilestoneState
from node.domain.readiness import Stage
from node.domain.wording import expected_on, territories

MEDIA_TYPE = "application/pdf"
LAYOUT = Path(__file__).with_name("pack.typ")
TYPESETTER = "typst"

Json = dict[str, Any]


class NoTypesetter(Unavailable):
    """PDF на этом узле не собирается: не установлен typst. Установите его командой pip install "cur[pdf]" или возьмите пакет в XLSX."""  # noqa: E501 - the docstring is the message


def as_pdf(pack: MeetingPack, *, made_at: datetime, typesetter: str = TYPESETTER) -> bytes:
    """The document. NoTypesetter with the remedy when the extra `pdf` is not installed.

    `typesetter` is the name of the module, so that a machine without it can be played.
    """
    (pdf,) = _typeset(pack, made_at=made_at, typesetter=typesetter, format="pdf")
    return pdf


def as_images(pack: MeetingPack, *, made_at: datetime, ppi: int = 80) -> tuple[bytes, ...]:
    """The same pages as PNG, one by one: to look at, and for tests."""
    return _typeset(pack, made_at=made_at, typesetter=TYPESETTER, format="png", ppi=ppi)


def _typeset(
    pack: MeetingPack, *, made_at: datetime, typesetter: str, **how: Any
) -> tuple[bytes, ...]:
    try:
        typst = import_module(typesetter)  # half a second, and an extra that may be absent
    except ModuleNotFoundError as error:
        raise NoTypesetter from error
    data = json.dumps(as_json(pack), ensure_ascii=False)
    pages = typst.compile(
        LAYOUT.read_bytes(),
        sys_inputs={"pack": data},
        ignore_system_fonts=True,
        timestamp=made_at.replace(microsecond=0),  # it takes whole seconds only
        **how,
    )
    return (pages,) if isinstance(pages, bytes) else tuple(pages)


def as_json(pack: MeetingPack) -> Json:
    """What the layout prints, every number already as text: it decides where, never what."""
    directive = pack.directive
    return {
        "title": directive.title,
        "short_title": words.cut(directive.title),
        "basis": directive.basis,
        "issued_on": words.day(directive.issued_on),
        "deadline": words.day(directive.deadline),
        "left": words.deadline(pack.days_left),
        "overdue": pack.days_left < 0,
        "as_of": words.day(pack.as_of),
        "since": words.day(pack.since),
        "here": pack.here,
        "coordinator": directive.coordinator_name,
        "responsible": list(directive.responsible),
        "co_executors": list(directive.co_executors),
        "note": directive.note,
        "caution": words.caution(pack),
        "marked": words.RECONSTRUCTED if pack.reconstructed else None,
        "percent": words.percent(pack.percent),
        "change": words.points(_difference(pack)),
        "rollup": words.ROLLUPS[directive.rollup],
        "rules": list(words.rules(pack)),
        "stages": [_stage(pack, stage) for stage in Stage],
        "total": territories(len(pack.rows)),
        "at_risk": len(pack.at_risk),
        "entered": [row.name for row in pack.entered],
        "left_zone": [row.name for row in pack.left],
        "without_step": sum(row.standing.without_step for row in pack.rows),
        "late_steps": sum(len(row.late_steps) for row in pack.rows),
        "missed": words.count(sum(len(row.standing.missed_check_ins) for row in pack.rows)),
        "unanswered": sum(row.unanswered for row in pack.rows),
        "unmeasured": pack.unmeasured,
        "rows": [_row(row) for row in pack.rows],
        # Only those a hearing dwells on have a block of their own.
        "blocks": [_block(row) for row in pack.rows if row.standing.in_risk_zone],
        "answers": [
            {"name": row.name, "questions": [_question(one) for one in row.questions]}
            for row in pack.rows
            if row.questions and not row.standing.in_risk_zone
        ],
    }


def _difference(pack: MeetingPack) -> Decimal | None:
    if pack.percent is None or pack.percent_before is None:
        return None
    return pack.percent - pack.percent_before


def _stage(pack: MeetingPack, stage: Stage) -> Json:
    now, before = pack.stages[stage], pack.stages_before[stage]
    return {
        "code": stage,
        "name": words.STAGES[stage],
        "count": now,
        "change": words.points(Decimal(now - before)),
    }


def _row(row: Row) -> Json:
    standing = row.standing
    return {
        "place": row.place,
        "name": row.name,
        "stage": standing.stage,
        # For the length of a bar only; the text beside it is exact to a tenth.
        "filled": float(standing.percent),
        "was": float(row.before.percent),
        "percent": words.percent(standing.percent),
        "change": words.points(row.change),
        "fell": row.change < 0,
        "planned": words.planned(row),
        "late": row.plan_is_late,
        "risk": [reason.why for reason in standing.risk],
        "steps": len(row.open_steps),
        "late_steps": len(row.late_steps),
        "without_step": standing.without_step,
        "missed": len(standing.missed_check_ins),
        "unanswered": row.unanswered,
        "source": words.source(row),
        "reconstructed": standing.reconstructed,
    }


def _block(row: Row) -> Json:
    standing = row.standing
    found = standing.forecast
    return _row(row) | {
        "curator": row.curator,
        "stage_name": words.STAGES[standing.stage],
        "planned": words.planned(row) if standing.planned_on else None,
        "read_on": words.day(standing.last_reading_on) if standing.last_reading_on else None,
        "forecast": None if found is None else expected_on(found.expected),
        "only_whole": _only_whole(row),
        "gaps": [_gap(gap) for gap in row.gaps],
        "all_steps": [_step(step, row) for step in row.steps],
        "missed_since": words.in_a_row(row.missed_since),
        "questions": [_question(question) for question in row.questions],
    }


def _only_whole(row: Row) -> str | None:
    """What is missing in all, where of the milestones one by one nothing was read."""
    whole = next((gap for gap in row.gaps if gap.milestone.code == WHOLE), None)
    return None if whole is None else words.points(whole.lost).lstrip("+")


def _gap(gap: MilestoneState) -> Json:
    return {
        "title": gap.milestone.title,
        "weight": str(gap.milestone.weight),
        "percent": words.percent(gap.percent),
        "lost": words.points(-gap.lost),
        "why_not": gap.why_not,
        "source": words.gap_source(gap),
    }


def _step(step: Step, row: Row) -> Json:
    return {
        "title": step.title,
        "owner": step.owner,
        "due_on": words.day(step.due_on),
        "state": words.step_state(step, row.as_of),
        "late": step in row.late_steps,
        "done": step.done_on is not None,
    }


def _question(question: Question) -> Json:
    said = [question.answered_by, words.day(question.answered_on)]
    return {
        "kind": words.KINDS[question.kind],
        "title": question.title,
        "text": question.text,
        "asked_on": words.day(question.asked_on),
        "state": words.question_state(question),
        "late": question.overdue,
        "answer": words.answer(question) or None,
        "said": ", ".join(part for part in said if part) if question.answered_by else None,
    }
