"""What stands before every word on a help: it is here, takes answers, and who speaks for whom."""

from __future__ import annotations

from sqlalchemy.orm import Session

from node.domain.errors import Conflict, NotFound
from node.domain.help import Help, HelpState
from node.domain.rulebook import Rulebook
from node.store import help_requests
from node.store.help_bodies import help_of
from node.store.help_dossiers import with_nodes

CLOSED = {
    HelpState.CLOSED: "Закрыто тем, кто спросил: ответы больше не принимаются.",
    HelpState.WITHDRAWN: "Отозвано тем, кто спросил: ответы больше не принимаются.",
}


class NoSuchHelp(NotFound):
    """Вопроса или обучения с таким номером на этом узле нет: проверьте адрес."""


class NotAsked(NotFound):
    """Эту территорию об этом не спрашивали: отвечают только те, кому адресовано."""


class NotOpen(Conflict):
    """Ответы больше не принимаются."""


class SpeaksForItself(Conflict):
    """У территории есть свой узел: она отвечает сама, отсюда её ответ только читают."""


def open_help(session: Session, id: str) -> Help:
    """A help that still takes answers, its row held. NoSuchHelp, NotOpen."""
    row = help_requests.for_change(session, id)
    if row is None:
        raise NoSuchHelp
    asked = help_of(row.id, row.issuer, row.body)
    if not asked.is_open:
        raise NotOpen(CLOSED[asked.state], state=asked.state.value, version=row.version)
    return asked


def on_behalf_of(session: Session, rulebook: Rulebook, asked: Help, *, me: str, unit: str) -> bool:
    """Whether this node speaks on behalf of the unit. NotAsked, SpeaksForItself."""
    if unit not in asked.to or not rulebook.directory.is_within(unit, me):
        raise NotAsked
    if unit == me:
        return False
    if with_nodes(session, rulebook.directory, [unit]):
        raise SpeaksForItself
    return True
