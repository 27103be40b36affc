"""`/journal`: who did what when on this node, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from node.bootstrap import Node
from node.domain.appeal import faults_of_line
from node.domain.errors import Fault, Invalid
from node.domain.rights import Right
from node.store import journal
from node.store.journal import JournalEntry
from node.web.deps import NodeDep, PageActorDep
from node.web.locale import journal_words, russian
from node.web.pages.frame import link_above
from node.web.pages.rendering import render

router = APIRouter(include_in_schema=False)

PATH = "/journal"
PAGE = 50
MAX_SUBJECT = 120


@dataclass(frozen=True, slots=True)
class Line:
    """An entry in words. `same`: the address of all entries on its subject."""

    id: int
    at: str
    actor: str
    action: str
    subject: str
    same: str
    details: tuple[tuple[str, str], ...]
    sha256: str


@router.get(PATH)
def index(
    request: Request,
    node: NodeDep,
    actor: PageActorDep,
    subject: str = "",
    after: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    actor.require_whole(Right.JOURNAL_READ, node.code)
    wanted = subject.strip()
    if faults := tuple(faults_of_line("subject", wanted, MAX_SUBJECT)):
        raise Invalid(*faults)
    if after and not (after.isascii() and after.isdigit() and 0 < int(after) < 2**31):
        raise Invalid(Fault("after", "такого места в журнале нет: начните с первой страницы"))
    with node.reading() as session:
        found = journal.page(
            session, subject=wanted or None, before=int(after) if after else None, limit=PAGE + 1
        )
        head = journal.newest(session)
    return render(
        request,
        "journal.html",
        actor=actor,
        link=link_above(node),
        lines=[_line(entry, node) for entry in found[:PAGE]],
        head=head,
        subject=wanted,
        after=after,
        beginning=_address(wanted),
        following=_address(wanted, found[PAGE - 1].id) if len(found) > PAGE else None,
    )


def _line(entry: JournalEntry, node: Node) -> Line:
    local = entry.at.astimezone(node.zone)
    return Line(
        id=entry.id,
        at=f"{russian.day(local.date())}, {local:%H:%M:%S}",
        actor=journal_words.ACTORS.get(entry.actor, entry.actor),
        action=journal_words.action(entry.action),
        subject=entry.subject,
        same=_address(entry.subject),
        details=tuple(
            (name, str(value)) for name, value in entry.details.items() if value is not None
        ),
        sha256=entry.sha256,
    )


def _address(subject: str = "", after: int | None = None) -> str:
    given = {"subject": subject, "after": after or ""}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"{PATH}?{query}" if query else PATH
