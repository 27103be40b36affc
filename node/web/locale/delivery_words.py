"""How what was sent down fares, in words: of one unit, and why a node has not taken something."""

from __future__ import annotations

from collections.abc import Mapping

from federation.ledger import NEWER_THERE
from node.domain.delivery import Delivered, DeliveryState
from node.domain.directory import Directory
from node.web.locale import russian

WHY: Mapping[str, str] = {
    "unsupported_type": "узел старой версии",
    "malformed": "узел не смог прочесть это: сравните версии программ",
    "sig_invalid": "подпись не подошла",
    "not_yours": "там считают, что это не им: сравните справочники",
    "unknown_territory": "там не знают территории: сравните справочники",
    "not_addressed": "там не видят, что поручение адресовано этой территории",
    "disputed": "ключ отправителя там оспорен",
    "too_large": "слишком велико для того узла",
    NEWER_THERE: "редакция новее здешней: эта база из старой копии, сверьте и выпустите новую",
}
"""Codes of quarantine a person can do something about; others are shown as they are."""


def why_refused(code: str | None) -> str:
    """«узел старой версии, … (unsupported_type)»."""
    if code is None:
        return "причина не названа"
    return f"{WHY[code]} ({code})" if code in WHY else code


def delivery_words(found: Delivered, directory: Directory) -> str:
    """One line for a table: «получено», «ждёт: узел … ещё не забрал»."""
    at = directory.name(found.stuck_at) if found.stuck_at is not None else ""
    who = "" if found.stuck_at in (None, found.unit) else f" {russian.short_place(at)}"
    match found.state:
        case DeliveryState.STORED:
            return "получено"
        case DeliveryState.WAITING:
            return f"ждёт: узел {russian.short_place(at)} ещё не забрал"
        case DeliveryState.PENDING:
            return f"ждёт: узел {russian.short_place(at)} пока не может проверить подпись"
        case DeliveryState.QUARANTINED if found.code == NEWER_THERE:
            return f"не взято: у узла {russian.short_place(at)} {why_refused(found.code)}"
        case DeliveryState.QUARANTINED:
            return f"не понято{who and f' узлом{who}'}: {why_refused(found.code)}"
        case DeliveryState.NO_NODE:
            return "узла нет: отчёт вносит куратор сверху"
