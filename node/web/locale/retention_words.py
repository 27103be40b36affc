"""What is held of residents and what became of it, in words."""

from __future__ import annotations

from collections.abc import Mapping

from node.domain.retention import Data, Fate

DATA: Mapping[str, str] = {
    Data.CONTACT: "контакты",
    Data.TEXT: "текст обращения",
    Data.MESSAGES: "сообщения по ссылке",
    Data.PHOTOS: "фотографии",
    Data.REPLIES: "ответы",
    Data.REASONS: "пояснения к ходам",
    Data.DRAFTS: "черновики",
}
FATES: Mapping[str, str] = {Fate.REDACT: "обезличить", Fate.ERASE: "удалить"}
DONE: Mapping[str, str] = {Fate.REDACT: "обезличено", Fate.ERASE: "удалено"}
