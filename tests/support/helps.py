"""Questions and trainings for tests: asked, answered and followed at real nodes."""

from __future__ import annotations

from datetime import date
from typing import Any

from node.actions.answer_help import HelpEntries, answer_help
from node.actions.ask_help import NewHelp, ask_help
from node.actions.see_help import see_help
from node.bootstrap import Node
from node.domain.help_progress import HelpProgress
from node.domain.rights import unlimited
from node.store import help_dossiers, help_requests


def a_question(**overrides: Any) -> NewHelp:
    values: dict[str, Any] = {
        "kind": "question",
        "title": "Когда будет назначен руководитель центра?",
        "to": ("RU-MUR",),
    }
    return NewHelp(**values | overrides)


def a_training(planned_on: date, **overrides: Any) -> NewHelp:
    values: dict[str, Any] = {
        "kind": "training",
        "title": "Семинар для сотрудников центров",
        "addressed": "below",
        "planned_on": planned_on,
    }
    return NewHelp(**values | overrides)


def asked(node: Node, new: NewHelp) -> str:
    with node.transaction() as session:
        return ask_help(
            session,
            node.rulebook,
            me=node.code,
            new=new,
            actor=unlimited("координатор", node.code),
            now=node.clock(),
        )


def answered(
    node: Node, help: str, unit: str | None = None, *, post: str = "глава", **entries: Any
) -> None:
    with node.transaction() as session:
        answer_help(
            session,
            node.rulebook,
            me=node.code,
            help=help,
            unit=unit or node.code,
            entries=HelpEntries(**entries),
            actor=unlimited("сотрудник", node.code, post=post),
            now=node.clock(),
        )


def seen(node: Node, help: str) -> None:
    with node.transaction() as session:
        see_help(
            session,
            me=node.code,
            help=help,
            actor=unlimited("сотрудник", node.code),
            now=node.clock(),
        )


def followed(node: Node, help: str) -> HelpProgress:
    """How far a help has come, as one node knows it."""
    with node.reading() as session:
        file = help_requests.load(session, help)
        assert file is not None, f"{node.code} does not hold {help}"
        return help_dossiers.dossier(session, node.rulebook, file, me=node.code, now=node.clock())
