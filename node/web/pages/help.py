"""`/help` and `/help/NAME`: the guides of node/help as pages. They need no sign-in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response
from markdown_it import MarkdownIt
from markupsafe import Markup

from node.bootstrap import Node
from node.domain.errors import NotFound
from node.domain.issue import MOVES
from node.domain.workflow_diagram import WHO, workflow_svg
from node.web.deps import NodeDep
from node.web.locale import issue_words
from node.web.pages.frame import visitor
from node.web.pages.rendering import render

router = APIRouter(include_in_schema=False)
FOLDER = Path(__file__).resolve().parents[2] / "help"
# The order of the list beside a guide: what a newcomer needs first stands first.
NAMES = (
    *(
        "start",
        "people",
        "top",
        "directives",
        "issues",
        "workflow",
        "routing",
        "replies",
        "resolution",
        "questions",
        "appeal",
    ),
    *("photos", "danger", "redaction", "import", "join", "directory", "journal", "retention"),
)


class NoSuchGuide(NotFound):
    """Такого раздела справки нет. Выберите раздел из списка."""


@dataclass(frozen=True, slots=True)
class Guide:
    name: str
    title: str
    html: Markup


@cache
def guides() -> dict[str, Guide]:
    """Every guide by name. Read at the first request, not at import."""
    # Raw HTML is switched off: a guide is text, and stays so when a deployment writes its own.
    renderer = MarkdownIt("commonmark", {"html": False}).enable("table")
    return {name: _guide(name, renderer) for name in NAMES}


def _guide(name: str, renderer: MarkdownIt) -> Guide:
    text = (FOLDER / f"{name}.ru.md").read_text(encoding="utf-8")
    title = text.splitlines()[0].removeprefix("# ").strip()
    # The renderer escapes text and refuses javascript: links; its output is safe as it stands.
    return Guide(name, title, Markup(renderer.render(text)))


@dataclass(frozen=True, slots=True)
class MoveLine:
    """A move in words."""

    title: str
    who: str
    requires: str
    clocks: str
    tells: str


@dataclass(frozen=True, slots=True)
class Workflow:
    """The table of states and moves for its guide."""

    picture: Markup
    lines: tuple[MoveLine, ...]


@cache
def workflow() -> Workflow:
    """Drawn at the first request. What the picture holds is escaped where it is made."""
    return Workflow(
        Markup(workflow_svg(styled=False)),
        tuple(
            MoveLine(
                title=move.title,
                who=", ".join(WHO[right] for right in move.rights),
                requires=", ".join(issue_words.FIELDS[name].lower() for name in move.requires),
                clocks=issue_words.CLOCKS[move.clocks],
                tells=issue_words.TELLS[move.tells] if move.tells else "ничего",
            )
            for move in MOVES.values()
        ),
    )


@router.get("/help")
def start(request: Request, node: NodeDep) -> Response:
    return _page(request, node, NAMES[0])


@router.get("/help/{name}")
def guide(request: Request, node: NodeDep, name: str) -> Response:
    return _page(request, node, name)


def _page(request: Request, node: Node, name: str) -> Response:
    known = guides()
    if name not in known:
        raise NoSuchGuide
    return render(
        request,
        "help.html",
        actor=visitor(request, node),
        guide=known[name],
        guides=known.values(),
        workflow=workflow() if name == "workflow" else None,
    )
