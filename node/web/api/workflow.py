"""`/api/v1/workflow`: the table of states and moves as data. What of it is open in an issue to
whoever asks stands with that issue."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from node.domain.issue import (
    ENDED,
    MOVES,
    OUTCOME_NAMES,
    REJECTION_GROUNDS,
    STATE_NAMES,
    URGENCIES,
    WAITING,
    WAYS_OF_FORWARDING,
    Clocks,
    Move,
    Notice,
    Outcome,
    State,
    leads_to,
)
from node.domain.rights import Right
from node.web.deps import ActorDep

router = APIRouter(prefix="/api/v1/workflow", tags=["issues"])


class WorkflowStateView(BaseModel):
    """A state. `stage`: waiting (not admitted yet), open (counted as such) or ended."""

    state: State
    name: str
    stage: str


class WorkflowMoveView(BaseModel):
    """A move. `to` null: the state stays; `leads_to`: every state it may lead to. `rights`: one of
    them is needed. `unapproved`: where it leads for somebody who may not approve answers."""

    move: str
    title: str
    sources: list[State]
    to: State | None
    unapproved: State | None
    leads_to: list[State]
    rights: list[Right]
    requires: list[str]
    optional: list[str]
    clocks: Clocks
    tells: Notice | None


class WorkflowView(BaseModel):
    """The whole table, and the choices its fields have: code → name."""

    states: list[WorkflowStateView]
    moves: list[WorkflowMoveView]
    outcomes: dict[Outcome, str]
    urgencies: dict[str, str]
    grounds: dict[str, str]
    ways: dict[str, str]


@router.get("")
def read(actor: ActorDep) -> WorkflowView:
    """Every state and move there is."""
    actor.require(Right.ISSUES_READ)
    return WorkflowView(
        states=[
            WorkflowStateView(state=state, name=STATE_NAMES[state], stage=_stage(state))
            for state in State
        ],
        moves=[_move(move) for move in MOVES.values()],
        outcomes=dict(OUTCOME_NAMES),
        urgencies=dict(URGENCIES),
        grounds=dict(REJECTION_GROUNDS),
        ways=dict(WAYS_OF_FORWARDING),
    )


def _stage(state: State) -> str:
    if state in WAITING:
        return "waiting"
    return "ended" if state in ENDED else "open"


def _move(move: Move) -> WorkflowMoveView:
    reached = leads_to(move)
    return WorkflowMoveView(
        move=move.name,
        title=move.title,
        sources=[state for state in State if state in move.sources],
        to=move.to,
        unapproved=move.unapproved,
        leads_to=[state for state in State if state in reached],
        rights=list(move.rights),
        requires=list(move.requires),
        optional=list(move.optional),
        clocks=move.clocks,
        tells=move.tells,
    )
