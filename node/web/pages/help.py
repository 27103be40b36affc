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
from node.web.deps import NodeDep
from node.web.pages.frame import visitor
from node.web.pages.rendering import render

router = APIRouter(include_in_schema=False)
FOLDER = Path(__file__).resolve().parents[2] / "help"
# The order of the list beside a guide: what a newcomer needs first stands first.
NAMES = (
    *("start", "people", "top", "directives", "issues", "replies", "questions", "appeal"),
    *("danger", "import", "join", "directory", "journal"),
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
    )
