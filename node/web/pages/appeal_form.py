"""`/appeal`: the public form. No sign-in, no script, no cookie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from node.actions.submit_appeal import submit_appeal
from node.bootstrap import Node
from node.domain.appeal import MAX_ADDRESS, MAX_EMAIL, MAX_NAME, MAX_TEXT, require_intake
from node.domain.errors import Invalid
from node.intake import web_form
from node.web.deps import NodeDep
from node.web.pages.frame import visitor
from node.web.pages.rendering import render

router = APIRouter(include_in_schema=False)

LIMITS = {"text": MAX_TEXT, "address": MAX_ADDRESS, "name": MAX_NAME, "email": MAX_EMAIL}
# Every field a fault may name, in the order of the page.
LABELS = {
    "text": "Что случилось",
    "territory": "Где это произошло",
    "address": "Адрес или ориентир",
    "topic": "Тема",
    "reply_by": "Как вам ответить",
    "name": "Как к вам обращаться",
    "email": "Электронная почта",
    "phone": "Телефон",
    "website": "Не заполняйте это поле",
    "consent": "Согласие на обработку персональных данных",
}


class AppealForm(BaseModel):
    """The form as a browser sends it: every field a text, an empty one the same as none."""

    text: str = ""
    territory: str = ""
    topic: str = ""
    address: str = ""
    name: str = ""
    phone: str = ""
    email: str = ""
    reply_by: str = "status_page"
    consent: str = ""
    form_id: str = ""
    website: str = ""


@router.get("/appeal")
def blank_form(request: Request, node: NodeDep) -> Response:
    require_intake(node.policy)
    form = AppealForm(form_id=web_form.new_form_id())
    return _page(request, node, form, {})


@router.post("/appeal")
def send_form(request: Request, node: NodeDep, form: Annotated[AppealForm, Form()]) -> Response:
    """On to the status link, which is all a resident needs to keep; or the form with its faults."""
    now = node.clock()
    try:
        appeal = web_form.read(
            form.model_dump(),
            agreed_to=_consent(node),
            rulebook=node.rulebook,
            unit=node.code,
            now=now,
        )
    except Invalid as refusal:
        return _page(request, node, form, web_form.by_form_field(refusal))
    with node.transaction() as session:
        submitted = submit_appeal(
            session, node.rulebook, unit=node.code, appeal=appeal, actor="resident", now=now
        )
    return RedirectResponse(f"/status/{submitted.status_key}?new=1", status_code=303)


def _page(request: Request, node: Node, form: AppealForm, errors: Mapping[str, str]) -> Response:
    classifier, directory = node.rulebook.classifier, node.rulebook.directory
    below = [directory[code] for code in directory.subtree(node.code)[1:]]
    return render(
        request,
        "appeal_form.html",
        actor=visitor(request, node),
        status_code=422 if errors else 200,
        form=form,
        errors={name: errors[name] for name in sorted(errors, key=list(LABELS).index)},
        labels=LABELS,
        limits=LIMITS,
        below=sorted(below, key=lambda unit: unit.name),
        sectors=[
            (sector.name, [topic for topic in classifier.topics if topic.sector == sector.code])
            for sector in classifier.sectors
        ],
        consent=_consent(node),
    )


def _consent(node: Node) -> web_form.Consent:
    operator = node.settings.operator
    name = operator.name or f"Администрация, {node.unit.name}"
    return web_form.consent(name, operator.address, operator.email, operator.term)
