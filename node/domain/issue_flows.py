"""What a move of an issue counts in the summary, and the times that are measured.

Every change of the stock `open` has its flow: open = yesterday's + opened + reopened − closed −
merged. An issue taken out of a merging again counts as `reopened`; one merged before it was
admitted never was open, and its appeals count as `repeated` instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from node.domain.issue import WAITING, Move, Outcome, State


@dataclass(frozen=True, slots=True)
class Standing:
    """What of an issue its moves depend on."""

    state: State
    topic: str
    territory: str
    executor: str | None
    arrived_at: datetime
    first_answer_at: datetime | None
    first_due_at: datetime | None
    final_due_at: datetime | None
    opened_at: datetime | None = None
    routed_at: datetime | None = None
    urgency: str = "ordinary"
    formal: bool = False
    complained_of: str | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """One counted fact: a flow of the summary, and the minutes it took where that is measured."""

    counter: str
    minutes: int | None = None


def flows(
    move: Move, to: State, fields: Mapping[str, str], standing: Standing, now: datetime
) -> tuple[Flow, ...]:
    """What a move made now, leading `to`, counts. Minutes are calendar time on the resident's
    clock.

    `opened`, `routed` and `answered_first` count an issue once in its life. A closing counts each
    time, and after a reopening as solved measures the whole time from the first appeal again.
    Lateness is counted when it is known for certain: at the answer and at the closing.
    """
    opens = standing.opened_at is None and to not in WAITING and _admits(move)
    opened = (Flow("opened"),) if opens else ()
    return opened + _flows(move, to, fields, standing, now)


def _admits(move: Move) -> bool:
    return move.name not in ("reject", "merge", "reclassify", "prioritise")


def _flows(
    move: Move, to: State, fields: Mapping[str, str], standing: Standing, now: datetime
) -> tuple[Flow, ...]:
    waited = max(0, int((now - standing.arrived_at) / timedelta(minutes=1)))
    match move.name:
        case "route" if standing.routed_at is None:
            return (Flow("routed", waited),)
        case "return":
            return (Flow("returned"),)
        case "answer" | "interim" | "approve" if (
            standing.first_answer_at is None and to is not State.APPROVAL
        ):
            late = standing.first_due_at is not None and now > standing.first_due_at
            return (Flow("answered_first", waited), *([Flow("late_first")] if late else []))
        case "close" | "forward":
            outcome = Outcome(fields.get("outcome", Outcome.EXPLAINED))
            late = standing.final_due_at is not None and now > standing.final_due_at
            return (
                Flow(f"closed_{outcome.value}", waited if outcome is Outcome.SOLVED else None),
                *([Flow("late_final")] if late else []),
            )
        case "reopen":
            return (Flow("reopened"),)
        case "reject":
            return (Flow("rejected"),)
        case "merge" if standing.opened_at is not None:
            return (Flow("merged"),)
        case "unmerge" if standing.opened_at is not None:
            return (Flow("reopened"),)
        case _:
            return ()
