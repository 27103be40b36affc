"""A photo or a document that comes with an appeal: what is taken in, and what its first bytes say.

Nothing here decodes a picture (`domain/picture.py` does): a file is judged by its size, its
signature and the pixels its header declares, so that a bomb is refused before it is opened.
Sentences are read by residents, so they are Russian and say what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from node.domain.errors import Conflict, Fault, NotFound

MEGABYTE = 1024 * 1024
MAX_FILE = 20 * MEGABYTE  # bytes of one file
MAX_FILES = 5  # in one sending
MAX_SENT = 60 * MEGABYTE  # bytes of one sending, all its files together
MAX_OF_APPEAL = 10  # files of one appeal, whenever they came
MAX_OF_ISSUE = 30  # files the staff may add to one issue
HEAD = 256 * 1024  # bytes from the beginning that are enough to judge a file by

# What each takes to decode was measured: 120 MB of memory for either JPEG, 250 MB for the others.
MAX_PIXELS = 64_500_000  # of a JPEG, decoded at a part of its scale: telephones of 64 Mpx
MAX_PIXELS_WHOLE = 25_000_000  # of a progressive JPEG, whose scans are gathered first
MAX_PIXELS_OTHER = 16_000_000  # of PNG and WebP, decoded whole; a screen of 5K has 15 Mpx
MAX_FILLING = 4096  # bytes between the segments of a JPEG: each is a step to look past

LIMITS = (
    f"До {MAX_FILES} файлов за раз: фотографии JPEG, PNG, WebP или документы PDF, каждый до "
    f"{MAX_FILE // MEGABYTE} МБ, вместе до {MAX_SENT // MEGABYTE} МБ."
)


class Kind(StrEnum):
    """`before`: what a resident sent; `after`: what the staff show was done; `document`: a PDF."""

    BEFORE = "before"
    AFTER = "after"
    DOCUMENT = "document"


class State(StrEnum):
    """`waiting`: stored as it was sent and shown to nobody until it has been re-encoded."""

    WAITING = "waiting"
    READY = "ready"
    REFUSED = "refused"
    ERASED = "erased"


class Format(StrEnum):
    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"
    PDF = "PDF"


class Reason(StrEnum):
    """Why a file is not taken, as stored; `REASONS` has the sentence."""

    EMPTY = "empty"
    TOO_BIG = "too_big"
    HEIC = "heic"
    VIDEO = "video"
    OFFICE = "office"
    UNKNOWN = "unknown"
    TOO_MANY_PIXELS = "too_many_pixels"
    BROKEN = "broken"
    LOST = "lost"
    FAILED = "failed"


REASONS: Mapping[Reason, str] = {
    Reason.EMPTY: "файл пустой: выберите его ещё раз",
    Reason.TOO_BIG: (
        f"файл больше {MAX_FILE // MEGABYTE} МБ: уменьшите снимок или пришлите его снимок экрана"
    ),
    Reason.HEIC: (
        "снимки HEIC и AVIF не читаются: сохраните снимок как JPEG или пришлите его снимок экрана "
        "(на iPhone: Настройки, Камера, Форматы, «Наиболее совместимые»)"
    ),
    Reason.VIDEO: "видео не принимаем: пришлите кадр из него фотографией",
    Reason.OFFICE: "такие документы и архивы не принимаем: сохраните документ как PDF",
    Reason.UNKNOWN: (
        "принимаем фотографии JPEG, PNG, WebP и документы PDF: сохраните файл в одном из этих видов"
    ),
    Reason.TOO_MANY_PIXELS: (
        f"в снимке слишком много точек (JPEG – до {MAX_PIXELS // 1_000_000} мегапикселей, "
        f"прогрессивный – до {MAX_PIXELS_WHOLE // 1_000_000}, PNG и WebP – до "
        f"{MAX_PIXELS_OTHER // 1_000_000}): уменьшите его или пришлите снимок экрана"
    ),
    Reason.BROKEN: (
        "файл повреждён или обрывается: откройте его у себя, сохраните заново и пришлите ещё раз"
    ),
    Reason.LOST: "файл не сохранился на сервере: пришлите его ещё раз",
    Reason.FAILED: "обработать снимок не удалось: пришлите его снимок экрана",
}


def parts_of(kind: str, state: str) -> frozenset[str]:
    """Which files of a photo are to be kept: what came, until it is re-encoded, then the pictures.

    A document is kept as it came, and of what is refused or erased nothing is.
    """
    if state == State.WAITING or (state == State.READY and kind == Kind.DOCUMENT):
        return frozenset(["sent"])
    return frozenset(["full", "small"] if state == State.READY else [])


class NoSuchPhoto(NotFound):
    """Такой фотографии здесь нет, или она не открыта: проверьте ссылку."""


class NotToBePublic(Conflict):
    """По закрытой теме (здоровье, социальная помощь) фотографии не публикуют."""


class TooManyFiles(Conflict):
    """Здесь уже столько файлов, сколько можно: напишите, что ещё важно, текстом."""


class Unfit(Exception):
    """A file cannot be taken; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Look:
    """What the first bytes of a file say. `pixels` None: a document, or not said within them.

    `whole`: a JPEG whose scans have to be gathered before any of it can be decoded.
    """

    format: Format
    pixels: tuple[int, int] | None = None
    whole: bool = False

    @property
    def most_pixels(self) -> int:
        if self.format is not Format.JPEG:
            return MAX_PIXELS_OTHER
        return MAX_PIXELS_WHOLE if self.whole else MAX_PIXELS


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as somebody sent it: what it was called there, its size in bytes, its first bytes."""

    name: str
    size: int
    head: bytes


def judged(head: bytes, size: int) -> Look:
    """What a file of `size` bytes beginning with `head` is. Unfit when it is not taken."""
    if size == 0:
        raise Unfit(Reason.EMPTY)
    if size > MAX_FILE:
        raise Unfit(Reason.TOO_BIG)
    look = _look(head)
    if look.pixels is None and look.format is not Format.PDF and size <= len(head):
        raise Unfit(Reason.BROKEN)  # all of it was looked at, and no picture is described
    if look.pixels is not None:
        width, height = look.pixels
        if width == 0 or height == 0:
            raise Unfit(Reason.BROKEN)
        if width * height > look.most_pixels:
            raise Unfit(Reason.TOO_MANY_PIXELS)
    return look


def faults_of_files(sent: Sequence[Sent], field: str) -> Iterator[Fault]:
    """What is wrong with the files of one sending, each fault with the number and the remedy."""
    if len(sent) > MAX_FILES:
        yield Fault(
            field,
            f"файлов {len(sent)}, за раз можно {MAX_FILES}: остальные пришлите потом, по ссылке",
        )
        return
    if sum(file.size for file in sent) > MAX_SENT:
        yield Fault(
            field,
            f"вместе файлы больше {MAX_SENT // MEGABYTE} МБ: часть пришлите потом, по ссылке",
        )
    for number, file in enumerate(sent, 1):
        try:
            judged(file.head, file.size)
        except Unfit as unfit:
            yield Fault(field, f"{_called(number, file.name)}: {REASONS[unfit.reason]}")


def kind_of(look: Look, *, by_staff: bool) -> Kind:
    if look.format is Format.PDF:
        return Kind.DOCUMENT
    return Kind.AFTER if by_staff else Kind.BEFORE


def _called(number: int, name: str) -> str:
    """«файл 2 (IMG_1.HEIC)»: the name goes back to whoever sent it, and nowhere else."""
    shown = "".join(letter for letter in name if letter.isprintable())[-40:].strip()
    return f"файл {number} ({shown})" if shown else f"файл {number}"


# --- Signatures -----------------------------------------------------------------------------------

_OFFICE = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"{\\rtf", b"Rar!", b"7z\xbc\xaf")
_VIDEO = (b"\x1aE\xdf\xa3", b"FLV\x01", b"\x00\x00\x01\xba")
_STILL = re.compile(rb"hei[cxms]|hev[cxms]|mif1|msf1|avi[fs]")


def _look(head: bytes) -> Look:
    if head.startswith(b"\xff\xd8\xff"):
        return _look_at_jpeg(head)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        if head[12:16] != b"IHDR" or len(head) < 24:
            raise Unfit(Reason.BROKEN)
        return Look(Format.PNG, (_big(head, 16, 4), _big(head, 20, 4)))
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return Look(Format.WEBP, _webp_pixels(head))
    if head.startswith(b"%PDF-"):
        return Look(Format.PDF)
    if head[4:8] == b"ftyp":
        raise Unfit(Reason.HEIC if _STILL.match(head, 8) else Reason.VIDEO)
    if head.startswith(_VIDEO) or (head.startswith(b"RIFF") and head[8:12] == b"AVI "):
        raise Unfit(Reason.VIDEO)
    raise Unfit(Reason.OFFICE if head.startswith(_OFFICE) else Reason.UNKNOWN)


def _look_at_jpeg(head: bytes) -> Look:
    """Walk the segments up to the first scan (ITU-T T.81, B.1.1.4, B.2.2 and B.2.3)."""
    at, found, colours, filling = 2, Look(Format.JPEG, whole=True), 0, 0
    while at + 10 <= len(head):
        marker = head[at + 1]
        if head[at] != 0xFF or marker == 0xFF:
            at += 1  # between segments fill bytes are lawful, and decoders forgive others
            filling += 1
            if filling > MAX_FILLING:
                raise Unfit(Reason.BROKEN)
        elif marker in (0x00, 0x01) or 0xD0 <= marker <= 0xD7:
            at += 2
        elif marker in (0xD9, 0xDA):
            if found.pixels is None:
                raise Unfit(Reason.BROKEN)  # the picture begins before its frame is described
            # A scan of fewer colours than the frame has: all the scans are gathered first.
            return found if head[at + 4] >= colours else replace(found, whole=True)
        else:
            if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
                if found.pixels is not None:
                    raise Unfit(Reason.BROKEN)  # two frames: a decoder might take the other one
                pixels = (_big(head, at + 7, 2), _big(head, at + 5, 2))
                found = Look(Format.JPEG, pixels, whole=marker not in (0xC0, 0xC1))
                colours = head[at + 9]
            at += 2 + max(2, _big(head, at + 2, 2))
    return found


def _webp_pixels(head: bytes) -> tuple[int, int]:
    """From the first chunk: the canvas (VP8X), a lossy or a lossless frame (RFC 9649)."""
    chunk = head[12:16]
    if len(head) >= 30:
        if chunk == b"VP8X":
            return _little(head, 24, 3) + 1, _little(head, 27, 3) + 1
        if chunk == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
            return _little(head, 26, 2) & 0x3FFF, _little(head, 28, 2) & 0x3FFF
        if chunk == b"VP8L" and head[20] == 0x2F:
            bits = _little(head, 21, 4)
            return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    raise Unfit(Reason.BROKEN)


def _big(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "big")


def _little(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "little")
