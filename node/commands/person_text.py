"""The copy of what is held on a resident as a text to be read and printed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from node.domain.person_file import AppealCopy, ContactCopy, PersonFile
from node.domain.rulebook import Rulebook
from node.web.locale import issue_words, journal_words, retention_words, russian, status_words

REQUESTS = {"export": "выдана копия данных", "correct": "исправлены контакты", "erase": "удаление"}
REPLIES = {"interim": "Промежуточный ответ", "final": "Ответ", "question": "Вопрос жителю"}
REPLY_BY = {"email": "по электронной почте", "phone": "по телефону", "status_page": "на странице"}
SAID = {"mark": "Оценка", "contest": "«Не решено»", "answer": "Ответ жителя на вопрос"}
DELIVERIES = {"waiting": "ждёт", "delivered": "доставлено", "failed": "не доставлено"}
NOTHING = "не указано"


def readable(made: PersonFile, rulebook: Rulebook, zone: ZoneInfo) -> str:
    """Everything in the copy, in the unit's time."""
    return "\n".join(_lines(made, rulebook, zone)) + "\n"


def _lines(made: PersonFile, rulebook: Rulebook, zone: ZoneInfo) -> Iterator[str]:
    yield "Копия данных, которые хранятся по обращениям жителя"
    yield f"Кто хранит: {made.operator}"
    yield f"Узел: {rulebook.directory.name(made.unit)} ({made.unit})"
    yield f"Составлена: {_moment(made.made_at, zone)}"
    for warning in made.warnings:
        yield f"ВНИМАНИЕ: {warning}"
    for appeal in made.appeals:
        yield ""
        yield f"=== Обращение {appeal.number}"
        yield from _appeal(appeal, rulebook, zone)


def _appeal(appeal: AppealCopy, rulebook: Rulebook, zone: ZoneInfo) -> Iterator[str]:
    channel = issue_words.CHANNELS.get(appeal.channel, appeal.channel)
    kind = "по 59-ФЗ" if appeal.kind == "formal" else "сообщение"
    yield f"Вид: {kind}. Канал: {channel}. Имя в канале: {appeal.external_id or NOTHING}"
    yield f"Отправлено: {_moment(appeal.received_at, zone)}"
    yield f"Зарегистрировано: {_moment(appeal.registered_at, zone)}"
    yield f"Территория: {rulebook.directory.name(appeal.territory)}"
    if appeal.topic:
        yield f"Тема: {rulebook.classifier.name(appeal.topic)}"
    if appeal.place:
        yield f"Место на карте: {appeal.place.lat:.6f}, {appeal.place.lon:.6f}"
    yield from _contact(appeal.contact, zone)
    yield "Текст:"
    yield appeal.text
    outcome = issue_words.state(appeal.issue_state, appeal.issue_outcome)
    yield f"Проблема {appeal.issue}: {outcome}"
    if appeal.merged_into:
        yield f"Объединена с {appeal.merged_into}"
    for move in appeal.moves:
        what = issue_words.HAPPENED.get(move.move, move.move)
        reason = f" – {move.reason}" if move.reason else ""
        yield f"  {_moment(move.at, zone)}  {what}{reason}"
    for reply in appeal.replies:
        yield f"{REPLIES.get(reply.kind, reply.kind)}, {_moment(reply.sent_at, zone)}:"
        yield reply.text
    for said in appeal.said:
        mark = f" ({status_words.MARKS.get(said.mark, said.mark)})" if said.mark else ""
        yield f"{SAID.get(said.kind, said.kind)}{mark}, {_moment(said.at, zone)}:"
        yield said.text or "без пояснения"
    for sent in appeal.deliveries:
        state = DELIVERIES[sent.state] + (f" ({sent.failure})" if sent.failure else "")
        yield f"Отправка ({sent.stage}, {sent.way}), {_moment(sent.created_at, zone)}: {state}"
        for tried in sent.attempts:
            yield f"  {_moment(tried.at, zone)}  {tried.way}: {tried.result} {tried.code}"
    for photo in appeal.photos:
        kept = "удалено" if photo.state == "erased" else "хранится"
        yield f"Файл ({photo.kind}), прислан {_moment(photo.added_at, zone)}: {kept}"
    yield from _history(appeal, zone)


def _contact(contact: ContactCopy | None, zone: ZoneInfo) -> Iterator[str]:
    if contact is None:
        yield "Контакты: не хранятся"
        return
    yield f"Имя: {contact.name or NOTHING}"
    yield f"Телефон: {contact.phone or NOTHING}"
    yield f"Электронная почта: {contact.email or NOTHING}"
    yield f"Адрес или ориентир: {contact.address or NOTHING}"
    yield f"Как отвечать: {REPLY_BY.get(contact.reply_by or '', NOTHING)}"
    if contact.consent_version and contact.consented_at:
        when = _moment(contact.consented_at, zone)
        yield f"Согласие: версия {contact.consent_version}, дано {when}"


def _history(appeal: AppealCopy, zone: ZoneInfo) -> Iterator[str]:
    for request in appeal.requests:
        fields = f": {', '.join(request.fields)}" if request.fields else ""
        yield f"Запрос, {_moment(request.at, zone)}: {REQUESTS[request.kind]}{fields}"
    for stone in appeal.erased:
        what = f"{retention_words.DATA[stone.data]} – {retention_words.DONE[stone.fate]}"
        yield f"{stone.number}: {what} {_moment(stone.at, zone)}, {stone.rule_name}"
        if stone.consent_version and stone.consented_at:
            when = _moment(stone.consented_at, zone)
            yield f"  согласие было: версия {stone.consent_version}, дано {when}"
    yield "Журнал:"
    for entry in appeal.journal:
        details = ", ".join(f"{k}={v}" for k, v in entry.details.items() if v is not None)
        word = journal_words.action(entry.action)
        what = f"{entry.subject}  {word}  {details}".rstrip()
        yield f"  №{entry.id}  {_moment(entry.at, zone)}  {what}"


def _moment(value: datetime, zone: ZoneInfo) -> str:
    local = value.astimezone(zone)
    return f"{russian.day(local.date())}, {local:%H:%M}".replace(russian.SPACE, " ")
