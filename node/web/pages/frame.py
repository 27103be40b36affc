"""What the frame of a page says beside its contents: who is signed in, how the link above is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request

from node.bootstrap import Node
from node.domain.rights import Actor
from node.store.ledger import SqlLedger
from node.store.membership import membership
from node.web import auth
from node.web.locale import russian

QUIET_CALLS = 5  # so many calls of the parent may fail to come before the link is shown as down


@dataclass(frozen=True, slots=True)
class LinkAbove:
    """The link to the parent in words; `up` when its last answer is recent."""

    up: bool
    text: str
    title: str


def visitor(request: Request, node: Node) -> Actor | None:
    """Who is signed in, on a page that is shown to anybody."""
    try:
        return auth.actor(request, node)
    except auth.NotSignedIn:
        return None


def link_above(node: Node) -> LinkAbove | None:
    """None at a node that has joined nobody: the top, or before joining."""
    directory, now = node.rulebook.directory, node.clock()
    with node.reading() as session:
        above = membership(session)
        if above is None:
            return None
        link = SqlLedger(session).link(above.parent)
    name = russian.short_place(directory.name(above.parent))
    zone = directory.zone(node.code)
    if link.suspended:
        return LinkAbove(
            False,
            f"{name}: связь приостановлена",
            f"Причина: {link.suspended}. Сама связь не восстановится: нужен администратор.",
        )
    if link.heard_out is None:
        return LinkAbove(
            False, f"{name}: связи ещё не было", "Узел подключён, но ответа пока не получал."
        )
    heard = russian.moment(link.heard_out, zone)
    quiet = timedelta(seconds=node.policy.exchange_seconds * QUIET_CALLS)
    if link.failures or now - link.heard_out > quiet:
        return LinkAbove(
            False,
            f"{name}: нет связи с {heard}",
            "Узел работает как обычно; всё накопленное уйдёт само, когда связь вернётся.",
        )
    return LinkAbove(
        True,
        f"{name}: на связи, {russian.clock_time(link.heard_out, zone)}",
        f"Последний ответ вышестоящего узла: {heard}",
    )
