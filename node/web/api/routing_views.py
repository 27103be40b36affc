"""What `/api/v1/routing` answers: sets of rules, what came of trying them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from node.actions.try_routing import Trial
from node.domain.routing import Rule, RuleSet
from node.domain.routing_check import Problem
from node.domain.routing_comparison import Comparison
from node.domain.routing_values import place_values
from node.domain.rulebook import Rulebook
from node.store.routings import Hits, RoutingSet
from node.web.locale import routing_words


class ProblemView(BaseModel):
    """`serious`: the set cannot be published with it. `field` may lie within: `words.none`."""

    field: str
    message: str
    serious: bool


class WordsView(BaseModel):
    all: list[str]
    any: list[str]
    none: list[str]


class RuleView(BaseModel):
    """As it is sent, and beside it the agency of its executor, on how many issues it fired in 30
    days (null where it was not counted), and what is wrong with it. `place` is null, or one of
    box, circle, address."""

    code: str
    name: str
    executor: str | None
    agency: str | None
    reserve: bool
    topics: list[str]
    territories: list[str]
    channels: list[str]
    kinds: list[str]
    urgencies: list[str]
    place: dict[str, Any] | None
    words: WordsView
    hits: int | None
    problems: list[ProblemView]


class RuleSetView(BaseModel):
    """`version` null: a draft, whose `revision` goes with the next saving; 0: the shipped rules."""

    version: int | None
    revision: int | None
    state: str
    rules: list[RuleView]
    fallback: str | None
    problems: list[ProblemView]
    sha256: str
    note: str | None
    again: int | None
    made_at: datetime | None
    published_at: datetime | None


class VersionView(BaseModel):
    """A line of the history. `again`: the version that was published anew as this one."""

    version: int
    state: str
    note: str | None
    again: int | None
    published_by: str | None
    published_at: datetime | None
    retired_at: datetime | None
    sha256: str


class RoutingView(BaseModel):
    in_force: RuleSetView
    draft: RuleSetView | None
    versions: list[VersionView]


class StepView(BaseModel):
    """One way tried. `by`: rule, topic or fallback; `failed`: the first condition that did not fit,
    null when it fired; `says`: the same in words."""

    by: str
    rule: str | None
    executor: str | None
    failed: str | None
    says: str


class TrialView(BaseModel):
    """`basis`: rule, topic, fallback or queue. `executor` null: the coordinator's queue."""

    version: int | None
    issue: str | None
    executor: str | None
    agency: str | None
    basis: str
    rule: str | None
    to_and_fro: bool
    says: str
    why: list[str]
    trail: list[StepView]


class PairView(BaseModel):
    before: str | None
    after: str | None
    issues: int


class ChangedView(BaseModel):
    """`now`: who has the issue at present, whatever the rules say."""

    issue: str
    now: str | None
    before: str | None
    after: str | None
    rule_before: str | None
    rule_after: str | None


class ComparisonView(BaseModel):
    """`checked` of `total` issues since `since`; `changed` in all, of which the first 500 are
    listed. `next` is null when all were checked."""

    since: datetime
    total: int
    checked: int
    changed: int
    pairs: list[PairView]
    issues: list[ChangedView]
    next: str | None


def set_view(
    rules: RuleSet,
    found: RoutingSet | None,
    *,
    state: str,
    sha256: str,
    problems: Sequence[Problem],
    hits: Hits | None,
    rulebook: Rulebook,
) -> RuleSetView:
    """`found` None: the shipped rules."""
    return RuleSetView(
        version=rules.version,
        revision=found.revision if found and rules.version is None else None,
        state=state,
        rules=[
            _rule_view(
                rule,
                [one for one in problems if one.row == row],
                hits.rules.get(rule.code, 0) if hits else None,
                rulebook,
            )
            for row, rule in enumerate(rules.rules)
        ],
        fallback=rules.fallback,
        problems=[_problem_view(one) for one in problems if one.row is None],
        sha256=sha256,
        note=found.note if found else None,
        again=found.again if found else None,
        made_at=found.made_at if found else None,
        published_at=found.published_at if found else None,
    )


def version_view(found: RoutingSet) -> VersionView:
    return VersionView(
        version=found.version or 0,
        state=found.state,
        note=found.note,
        again=found.again,
        published_by=found.published_by,
        published_at=found.published_at,
        retired_at=found.retired_at,
        sha256=found.sha256,
    )


def trial_view(trial: Trial, rulebook: Rulebook) -> TrialView:
    made = trial.decision
    return TrialView(
        version=made.version,
        issue=trial.number,
        executor=made.executor,
        agency=made.agency,
        basis=made.basis.value,
        rule=made.rule,
        to_and_fro=made.to_and_fro,
        says=routing_words.decision(made, trial.rules, rulebook),
        why=list(routing_words.why(made, trial.rules, trial.case, rulebook)),
        trail=[
            StepView(
                by=step.by.value,
                rule=step.rule,
                executor=step.executor,
                failed=step.failed and step.failed.value,
                says=routing_words.step(step, rulebook),
            )
            for step in made.trail
        ],
    )


def comparison_view(found: Comparison, since: datetime) -> ComparisonView:
    return ComparisonView(
        since=since,
        total=found.total,
        checked=found.checked,
        changed=found.changed,
        pairs=[
            PairView(before=before, after=after, issues=count)
            for (before, after), count in found.pairs.most_common()
        ],
        issues=[
            ChangedView(
                issue=one.number,
                now=one.now,
                before=one.before.executor,
                after=one.after.executor,
                rule_before=one.before.rule,
                rule_after=one.after.rule,
            )
            for one in found.listed
        ],
        next=found.stopped_at,
    )


def _rule_view(
    rule: Rule, problems: Sequence[Problem], hits: int | None, rulebook: Rulebook
) -> RuleView:
    asked = rule.conditions
    return RuleView(
        code=rule.code,
        name=rule.name,
        executor=rule.executor,
        agency=None if rule.executor is None else rulebook.agencies.agency_of(rule.executor),
        reserve=rule.reserve,
        topics=list(asked.topics),
        territories=list(asked.territories),
        channels=list(asked.channels),
        kinds=list(asked.kinds),
        urgencies=list(asked.urgencies),
        place=place_values(asked.place) or None,
        words=WordsView(
            all=list(asked.words.every), any=list(asked.words.some), none=list(asked.words.none)
        ),
        hits=hits,
        problems=[_problem_view(one) for one in problems],
    )


def _problem_view(problem: Problem) -> ProblemView:
    return ProblemView(field=problem.field, message=problem.message, serious=problem.serious)
