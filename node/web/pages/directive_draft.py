"""A directive as a form: what it starts with, what was typed, the draft it comes to.

Rows can be added without a script: a button sends the form and it comes back with more of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from node.domain.directive import (
    RULE_NUMBERS,
    Condition,
    Directive,
    Milestone,
    MilestoneKind,
    Rank,
    RiskKind,
    RiskRule,
    Rollup,
    Stages,
)
from node.domain.errors import Fault, Invalid
from node.domain.new_directive import MAX_MILESTONES, MAX_RULES, TIER, UNITS, NewDirective
from node.domain.readiness_defaults import ReadinessDefaults
from node.domain.wording import plain

FIRST_ROWS, MORE_ROWS, SPARE_RULES = 6, 4, 1
MORE = "more"


@dataclass(frozen=True, slots=True)
class DraftForm:
    """What a browser sent, or would send: every field a text, but the units that are ticked."""

    typed: Mapping[str, str]
    units: frozenset[str] = field(default_factory=frozenset)

    def text(self, name: str) -> str:
        # Browsers send line ends as CR LF; one line end is one character to the one who typed it.
        return self.typed.get(name, "").replace("\r\n", "\n").strip()

    def lines(self, name: str) -> tuple[str, ...]:
        return tuple(line.strip() for line in self.text(name).split("\n") if line.strip())

    @property
    def rows(self) -> int:
        """How many rows of milestones are shown."""
        shown = self._number("rows") or FIRST_ROWS
        return min(shown + (MORE_ROWS if self.text("act") == MORE else 0), MAX_MILESTONES)

    @property
    def rule_rows(self) -> int:
        return min(self._number("rule_rows") or SPARE_RULES, MAX_RULES)

    @property
    def asks_for_rows(self) -> bool:
        return self.text("act") == MORE

    @property
    def version(self) -> int:
        return self._number("version") or 0

    def draft(self) -> NewDirective:
        """What is to be issued. Invalid names every field that cannot be read."""
        faults: list[Fault] = []
        addressed = self.text("addressed")
        new = NewDirective(
            title=self.text("title"),
            basis=self.text("basis"),
            issued_on=self._day("issued_on", faults),
            deadline=self._day("deadline", faults),
            addressed=addressed,
            tier=self.text("tier") or None if addressed == TIER else None,
            units=tuple(sorted(self.units)) if addressed == UNITS else (),
            coordinator=self.text("coordinator"),
            coordinator_name=self.text("coordinator_name"),
            responsible=self.lines("responsible"),
            co_executors=self.lines("co_executors"),
            milestones=self._milestones(faults),
            stages=Stages(
                self._percent("complete", faults) or Decimal(100),
                self._percent("close", faults) or Decimal(0),
            ),
            rollup=self._rollup(faults),
            risk_rules=self._rules(faults),
            note=self.text("note") or None,
        )
        if faults:
            raise Invalid(*faults)
        return new

    def _milestones(self, faults: list[Fault]) -> tuple[Milestone, ...]:
        """The rows with a title or a weight, in their order; a code once given stays."""
        found: list[Milestone] = []
        taken = {self.text(f"code.{row}") for row in range(self.rows)}
        for row in range(self.rows):
            title, weight = self.text(f"title.{row}"), self.text(f"weight.{row}")
            if not title and not weight:
                continue
            if not (weight.isascii() and weight.isdigit() and len(weight) <= 3):
                faults.append(Fault(f"milestones.{row}.weight", "нужно целое число от 1 до 100"))
                continue
            code = self.text(f"code.{row}") or _free_code(taken)
            taken.add(code)
            is_done = self.text(f"kind.{row}") == MilestoneKind.DONE
            found.append(
                Milestone(
                    code=code,
                    title=title,
                    weight=int(weight),
                    kind=MilestoneKind.DONE if is_done else MilestoneKind.PROGRESS,
                    condition=self._condition(row, faults),
                )
            )
        return tuple(found)

    def _condition(self, row: int, faults: list[Fault]) -> Condition | None:
        """A scale of ranks, a line each, the highest first; codes are kept for titles that stay."""
        titles = self.lines(f"scale.{row}")
        if not titles:
            return None
        kept = dict(line.split("=", 1)[::-1] for line in self.lines(f"ranks.{row}") if "=" in line)
        taken = set(kept.values())
        scale = []
        for title in titles:
            code = kept.get(title) or _free_code(taken, "r")
            taken.add(code)
            scale.append(Rank(code, title))
        least = self.text(f"least.{row}")
        chosen = next((rank.code for rank in scale if rank.title == least), None)
        if chosen is None:
            remedy = "напишите одну из ступеней шкалы, так же как в ней"
            faults.append(Fault(f"milestones.{row}.condition", remedy))
            return None
        return Condition(tuple(scale), chosen)

    def _rules(self, faults: list[Fault]) -> tuple[RiskRule, ...]:
        found = []
        for row in range(self.rule_rows):
            kind = self.text(f"rule.{row}")
            if not kind:
                continue
            if kind not in set(RiskKind):
                faults.append(Fault(f"risk_rules.{row}", "такого правила нет"))
                continue
            asked = RULE_NUMBERS[RiskKind(kind)]
            found.append(
                RiskRule(
                    RiskKind(kind),
                    percent=self._percent(f"rule_percent.{row}", faults)
                    if "percent" in asked
                    else None,
                    days=self._number(f"rule_days.{row}") if "days" in asked else None,
                    weeks=self._number(f"rule_weeks.{row}") if "weeks" in asked else None,
                )
            )
        return tuple(found)

    def _rollup(self, faults: list[Fault]) -> Rollup | None:
        text = self.text("rollup")
        if not text:
            return None
        if text not in set(Rollup):
            faults.append(Fault("rollup", "выберите из списка"))
            return None
        return Rollup(text)

    def _percent(self, name: str, faults: list[Fault]) -> Decimal | None:
        text = self.text(name).replace(",", ".")
        if not text:
            return None
        try:
            return Decimal(text)
        except InvalidOperation:
            faults.append(Fault(name, "нужно число от 0 до 100"))
            return None

    def _number(self, name: str) -> int | None:
        text = self.text(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None

    def _day(self, name: str, faults: list[Fault]) -> date:
        try:
            return date.fromisoformat(self.text(name))
        except ValueError:
            faults.append(Fault(name, "нужна дата"))
            return date.max


def blank(defaults: ReadinessDefaults, *, today: date, coordinator: str) -> DraftForm:
    """A form for a new directive, its rules those the country ships."""
    return DraftForm(
        {
            "issued_on": today.isoformat(),
            "addressed": TIER,
            "coordinator": coordinator,
            "rows": f"{FIRST_ROWS}",
            **_of_rules(defaults.stages, defaults.rollup, defaults.risk_rules),
        }
    )


def of_directive(directive: Directive, version: int) -> DraftForm:
    """A form that holds a directive as it is."""
    rows: dict[str, str] = {}
    for row, one in enumerate(directive.milestones):
        rows |= {
            f"code.{row}": one.code,
            f"title.{row}": one.title,
            f"weight.{row}": f"{one.weight}",
            f"kind.{row}": one.kind.value,
        }
        if one.condition is not None:
            titles = {rank.code: rank.title for rank in one.condition.scale}
            rows |= {
                f"scale.{row}": "\n".join(titles.values()),
                f"ranks.{row}": "\n".join(f"{code}={title}" for code, title in titles.items()),
                f"least.{row}": titles[one.condition.at_least],
            }
    return DraftForm(
        {
            "version": f"{version}",
            "title": directive.title,
            "basis": directive.basis,
            "issued_on": directive.issued_on.isoformat(),
            "deadline": directive.deadline.isoformat(),
            "addressed": directive.addressed,
            "tier": directive.tier or "",
            "coordinator": directive.coordinator,
            "coordinator_name": directive.coordinator_name,
            "responsible": "\n".join(directive.responsible),
            "co_executors": "\n".join(directive.co_executors),
            "note": directive.note or "",
            "rows": f"{len(directive.milestones)}",
            **rows,
            **_of_rules(directive.stages, directive.rollup, directive.risk_rules),
        },
        frozenset(directive.to) if directive.addressed == UNITS else frozenset(),
    )


def _of_rules(stages: Stages, rollup: Rollup, rules: Sequence[RiskRule]) -> dict[str, str]:
    found = {
        "complete": _written(stages.complete),
        "close": _written(stages.close),
        "rollup": rollup.value,
        "rule_rows": f"{len(rules) + SPARE_RULES}",
    }
    for row, rule in enumerate(rules):
        found |= {
            f"rule.{row}": rule.kind.value,
            f"rule_percent.{row}": "" if rule.percent is None else _written(rule.percent),
            f"rule_days.{row}": "" if rule.days is None else f"{rule.days}",
            f"rule_weeks.{row}": "" if rule.weeks is None else f"{rule.weeks}",
        }
    return found


def _written(value: Decimal) -> str:
    return f"{plain(value)}".replace(".", ",")


def _free_code(taken: set[str], letter: str = "m") -> str:
    number = 1
    while f"{letter}{number}" in taken:
        number += 1
    return f"{letter}{number}"
