"""What helps to write a reply on the page of an issue: beginnings, a look at the letter, a draft
that is kept while one types. Each is a part for htmx, and a button where there is no script."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from node.actions.dismiss_repeat import NoSuchRepeat, dismiss_repeat
from node.actions.save_draft import NoDraft, drop_draft, save_draft
from node.bootstrap import Node
from node.domain.access import Access
from node.domain.appeal import is_number
from node.domain.errors import Conflict, Fault, Invalid
from node.domain.local_day import day_of
from node.domain.move_fields import as_day
from node.domain.rights import Actor
from node.store import case_files, replies
from node.store.case_files import CaseFile
from node.store.replies import Reply
from node.web.deps import NodeDep, PageActorDep
from node.web.locale import russian
from node.web.pages.issue_card import issue_page, known, readable, seen
from node.web.pages.issue_filters import PATH
from node.web.pages.issue_moves import KINDS, Attempt, Known, MoveForm, forms
from node.web.pages.issue_replies import Preview, filled, inserted, preview
from node.web.pages.issues import require_issues
from node.web.pages.rendering import render

router = APIRouter(prefix=PATH, include_in_schema=False)


@router.get("/{number}/reply")
@router.get("/{number}/draft")
def back(_actor: PageActorDep, number: str) -> Response:
    """Whoever was sent to sign in meanwhile comes back to the card."""
    return RedirectResponse(f"{PATH}/{known(number)}", status_code=303)


@router.post("/{number}/reply")
def reply(
    request: Request,
    node: NodeDep,
    actor: PageActorDep,
    number: str,
    form: Annotated[MoveForm, Form()],
) -> Response:
    """`act`: template (put a beginning into the text), draft (keep it), anything else a look at
    the letter. What was typed stands in the form again."""
    if form.act == "template":
        return _begun(request, node, actor, number, form)
    if form.act == "draft":
        _keep(node, actor, number, form)
        return RedirectResponse(f"{PATH}/{number}", status_code=303)
    case, shown = _letter(node, actor, number, form)
    if _is_htmx(request):
        return render(request, "_reply_preview.html", actor=actor, letter=shown, issue=case.issue)
    return issue_page(request, node, actor, number, Attempt(form), shown)


@router.post("/{number}/draft")
def draft(
    request: Request,
    node: NodeDep,
    actor: PageActorDep,
    number: str,
    form: Annotated[MoveForm, Form()],
) -> Response:
    """Kept while its author types; the answer is a line under the field, also when it was not."""
    try:
        words, tone = _keep(node, actor, number, form), "soft"
    except (Invalid, Conflict) as refusal:
        words, tone = f"Черновик не сохранён. {refusal.message}", "worse"
    return render(request, "_draft_kept.html", actor=actor, words=words, tone=tone)


@router.get("/{number}/repeats/{other}/dismiss")
def back_from_repeat(_actor: PageActorDep, number: str) -> Response:
    return RedirectResponse(f"{PATH}/{known(number)}", status_code=303)


@router.post("/{number}/repeats/{other}/dismiss")
def dismiss(node: NodeDep, actor: PageActorDep, number: str, other: str) -> Response:
    """«Не то»."""
    if not is_number(other):
        raise NoSuchRepeat
    with node.transaction() as session:
        dismiss_repeat(
            session,
            node.rulebook,
            unit=node.code,
            number=known(number),
            other=other,
            actor=actor,
            now=node.clock(),
        )
    return RedirectResponse(f"{PATH}/{number}#repeats", status_code=303)


def _keep(node: Node, actor: Actor, number: str, form: MoveForm) -> str:
    """The words for it. An emptied field forgets the draft."""
    now, text = node.clock(), form.fields().get("text", "")
    access = Access(actor, node.rulebook, node.code)
    with node.transaction() as session:
        waiting = replies.proposed(session, seen(session, number, access).id)
        kind = _kind(form, waiting)
        if not text.strip():
            try:
                drop_draft(
                    session,
                    node.rulebook,
                    unit=node.code,
                    number=known(number),
                    kind=kind,
                    actor=actor,
                )
            except NoDraft:
                return ""
            return "Черновик удалён."
        save_draft(
            session,
            node.rulebook,
            unit=node.code,
            number=known(number),
            kind=kind,
            text=text,
            # A day half typed is none yet: the text must not be lost for it.
            until=form.until if as_day(form.until) else None,
            outcome=form.outcome or None,
            actor=actor,
            now=now,
        )
    return f"Черновик сохранён в {russian.clock_time(now, node.zone)}."


def _begun(request: Request, node: Node, actor: Actor, number: str, form: MoveForm) -> Response:
    case, access = _case(node, actor, number)
    appeals = [appeal for appeal, _ in readable(case, access, node)]
    template = node.rulebook.reply_templates.get(form.template)
    if template is None and _is_htmx(request):
        return Response(status_code=204)  # the choice was taken back: the text stays as it is
    if template is None:
        refusal = Invalid(Fault("text", "выберите заготовку из списка"))
        return issue_page(request, node, actor, number, Attempt(form, refusal))
    issue, until = case.issue, as_day(form.until)
    others = [
        filled(one, issue, appeals, until, node) for one in node.rulebook.reply_templates.templates
    ]
    text = inserted(
        form.text.replace("\r\n", "\n"), filled(template, issue, appeals, until, node), others
    )
    chosen = form.outcome or (template.outcome.value if template.outcome else "")
    begun = Attempt(form.model_copy(update={"text": text, "outcome": chosen}))
    if not _is_htmx(request):
        return issue_page(request, node, actor, number, begun)
    known_now = Known(today=day_of(node.clock(), node.zone), promise_by=until)
    views = forms(issue, access.moves(issue), node.rulebook, node.code, known_now, begun)
    view = next((one for one in views if one.name == form.move), None)
    if view is None:  # somebody has moved the issue on: the text must stay where it is
        return Response(status_code=204)
    return render(request, "_issue_fields.html", actor=actor, move=view)


def _letter(
    node: Node, actor: Actor, number: str, form: MoveForm
) -> tuple[CaseFile, Preview | None]:
    case, access = _case(node, actor, number)
    appeals = [appeal for appeal, _ in readable(case, access, node)]
    shown = preview(
        case.issue,
        appeals,
        kind=_kind(form, case.waiting),
        text=form.fields().get("text", ""),
        until=as_day(form.until),
        outcome=None,
        node=node,
    )
    return case, shown


def _case(node: Node, actor: Actor, number: str) -> tuple[CaseFile, Access]:
    require_issues(node)
    access = Access(actor, node.rulebook, node.code)
    with node.reading() as session:
        issue = seen(session, number, access)
        return case_files.case_file(session, issue, shown=access.shown), access


def _kind(form: MoveForm, waiting: Reply | None) -> str:
    """Of the reply a form sends; an approval sends what waits."""
    if form.move == "approve" and waiting is not None:
        return waiting.kind
    return KINDS.get(form.move, "final")


def _is_htmx(request: Request) -> bool:
    return request.headers.get("hx-request") == "true"
