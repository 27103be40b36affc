"""`/directives/{id}/pack.xlsx` and `pack.pdf`: the meeting pack of a directive, to be saved.

For the day and against the day of the board whose button leads here, with the same defaults.
"""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Response

from node.actions.directive_check import NoSuchDirective
from node.bootstrap import Node
from node.dashboards.directive_board import standing_of
from node.dashboards.meeting_pack import MeetingPack, make_pack
from node.dashboards.meeting_pack.print import MEDIA_TYPE as PDF
from node.dashboards.meeting_pack.print import as_pdf
from node.dashboards.meeting_pack.sheet import MEDIA_TYPE as XLSX
from node.dashboards.meeting_pack.sheet import as_xlsx
from node.dashboards.meeting_pack.words import file_name
from node.domain.local_day import day_of
from node.domain.rights import Actor, Right
from node.store import directives, help_requests
from node.web.deps import NodeDep, PageActorDep
from node.web.pages.directive_view import PATH, View, ViewDep

router = APIRouter(include_in_schema=False)


@router.get(f"{PATH}/{{id}}/pack.xlsx")
def sheet(node: NodeDep, actor: PageActorDep, view: ViewDep, id: str) -> Response:
    now = node.clock()
    pack = pack_of(node, actor, id, view, now=now)
    return _saved(as_xlsx(pack, made_at=now), XLSX, file_name(pack, "xlsx"))


@router.get(f"{PATH}/{{id}}/pack.pdf")
def printed(node: NodeDep, actor: PageActorDep, view: ViewDep, id: str) -> Response:
    now = node.clock()
    pack = pack_of(node, actor, id, view, now=now)
    return _saved(as_pdf(pack, made_at=now), PDF, file_name(pack, "pdf"))


def pack_of(node: Node, actor: Actor, id: str, view: View, *, now: datetime) -> MeetingPack:
    """The pack of the days `view` asks for; NoSuchDirective, NoRight, Invalid by name."""
    actor.require(Right.DIRECTIVES_READ)
    with node.reading() as session:
        file = directives.load(session, id)
        if file is None:
            raise NoSuchDirective
        helps = help_requests.of_directive(session, id)
    as_of, since = view.days(
        file.directive, day_of(now, node.zone), history=file.scenario is not None
    )
    rulebook = node.rulebook
    return make_pack(
        standing_of(rulebook, file, node.code, as_of),
        standing_of(rulebook, file, node.code, since),
        helps,
        directory=rulebook.directory,
        home=node.code,
        scenario=file.scenario,
    )


def _saved(content: bytes, media_type: str, name: str) -> Response:
    return Response(
        content,
        media_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
