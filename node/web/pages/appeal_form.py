"""`/appeal`: the public form. No sign-in, no script, no cookie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

import structlog
from fastapi import APIRouter, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from node.actions.add_photos import ByLink, add_photos
from node.actions.submit_appeal import Submitted, submit_appeal
from node.actions.take_files import give_back, take_files
from node.bootstrap import Node
from node.domain.appeal import MAX_ADDRESS, MAX_EMAIL, MAX_NAME, MAX_TEXT, NewAppeal, require_intake
from node.domain.errors import DomainError, Invalid
from node.domain.photo import faults_of_files
from node.intake import web_form
from node.store.blobs import BlobsUnavailable
from node.web.deps import BrakesDep, NodeDep
from node.web.pages.frame import visitor
from node.web.pages.photo_views import FileField
from node.web.pages.rendering import render
from node.web.uploads import FIELD, brake, uploads

router = APIRouter(include_in_schema=False)
log = structlog.get_logger("cur.web")

UNAVAILABLE = (
    "файлы сейчас не принимаются: отправьте обращение без них, их можно приложить позже по ссылке"
)
LIMITS = {"text": MAX_TEXT, "address": MAX_ADDRESS, "name": MAX_NAME, "email": MAX_EMAIL}
# Every field a fault may name, in the order of the page.
LABELS = {
    "text": "Что случилось",
    "territory": "Где это произошло",
    "address": "Адрес или ориентир",
    "topic": "Тема",
    "photos": "Фотографии или документы",
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
    photos: list[UploadFile] = []

    def typed(self) -> dict[str, str]:
        return self.model_dump(exclude={"photos"})


@router.get("/appeal")
def blank_form(request: Request, node: NodeDep) -> Response:
    require_intake(node.policy)
    form = AppealForm(form_id=web_form.new_form_id())
    return _page(request, node, form, {})


@router.post("/appeal")
def send_form(
    request: Request, node: NodeDep, brakes: BrakesDep, form: Annotated[AppealForm, Form()]
) -> Response:
    """On to the status link, which is all a resident needs to keep; or the form with its faults."""
    now = node.clock()
    errors = {FIELD: "; ".join(_file_faults(form))} if _file_faults(form) else {}
    try:
        appeal = web_form.read(
            form.typed(), agreed_to=_consent(node), rulebook=node.rulebook, unit=node.code, now=now
        )
    except Invalid as refusal:
        if form.photos:
            errors.setdefault(FIELD, "выберите файлы ещё раз: браузер их не хранит")
        return _page(request, node, form, web_form.by_form_field(refusal) | errors)
    if errors:
        return _page(request, node, form, errors)
    brake(request, node, brakes, form.photos)
    try:
        submitted = _submit(node, appeal, form, now)
    except BlobsUnavailable as fault:
        return _page(request, node, form, {FIELD: UNAVAILABLE}, fault)
    return RedirectResponse(f"/status/{submitted.status_key}?new=1", status_code=303)


def _file_faults(form: AppealForm) -> list[str]:
    sent = [upload.sent() for upload in uploads(form.photos)]
    return [fault.message for fault in faults_of_files(sent, FIELD)]


def _submit(node: Node, appeal: NewAppeal, form: AppealForm, now: datetime) -> Submitted:
    """The appeal and its files, in one transaction; the files are stored before it."""
    taken = take_files(node.blobs, uploads(form.photos), field=FIELD)
    unused: Sequence[str] = ()
    try:
        with node.transaction() as session:
            submitted = submit_appeal(
                session, node.rulebook, unit=node.code, appeal=appeal, actor="resident", now=now
            )
            if taken:
                unused = add_photos(
                    session,
                    node.rulebook,
                    unit=node.code,
                    to=ByLink(submitted.status_key),
                    files=taken,
                    actor=None,
                    now=now,
                ).unused
    except DomainError:
        give_back(node.blobs, [one.key for one in taken])
        raise
    give_back(node.blobs, unused)
    return submitted


def _page(
    request: Request,
    node: Node,
    form: AppealForm,
    errors: Mapping[str, str],
    fault: BlobsUnavailable | None = None,
) -> Response:
    if fault is not None:
        log.error("unavailable", why=type(fault).__name__, error=repr(fault.__cause__))
    classifier, directory = node.rulebook.classifier, node.rulebook.directory
    below = [directory[code] for code in directory.subtree(node.code)[1:]]
    return render(
        request,
        "appeal_form.html",
        actor=visitor(request, node),
        status_code=503 if fault else 422 if errors else 200,
        file_field=FileField(),
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
