"""Re-encoding: whatever a telephone sent becomes a plain JPEG that says nothing but its pixels.

EXIF with the place and the owner, comments, previews, profiles and whatever was hidden behind the
picture stay behind, because the answer is painted anew on an empty sheet. Pillow is imported only
when something is re-encoded.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from node.domain.photo import Format, Look, Reason, Unfit, judged

if TYPE_CHECKING:
    from PIL.Image import Image

FULL_SIDE = 2560  # pixels of the longer side: a house number on a photo of a yard can be read
SMALL_SIDE = 320
FULL_QUALITY = 85
SMALL_QUALITY = 75
MAX_SCANS = 100
"""Of a JPEG: encoders write ten or so. A file of 20 MB could ask for half a million passes over
the whole picture, an hour of work."""

# What Pillow and its codecs raise on bytes that are no picture; a warning is raised where warnings
# are errors. A process that is killed by one is the job's matter: it counts attempts.
_UNREADABLE = (
    *(OSError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, EOFError),
    *(SyntaxError, RuntimeError, MemoryError, AssertionError, Warning, struct.error, zlib.error),
)
_TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
"""EXIF orientation → `PIL.Image.Transpose`."""


@dataclass(frozen=True, slots=True)
class Reencoded:
    """A picture and its thumbnail, both JPEG. `width`, `height`: pixels of the picture."""

    full: bytes
    small: bytes
    width: int
    height: int


def reencode(data: bytes) -> Reencoded:
    """Unfit when the bytes are no picture, or one that is refused by its header."""
    look = judged(data, len(data))
    if look.pixels is None:
        raise Unfit(Reason.UNKNOWN)  # a document
    if look.format is Format.JPEG and data.count(b"\xff\xda") > MAX_SCANS:
        raise Unfit(Reason.BROKEN)
    try:
        picture = _painted(data, look, look.pixels)
        small = picture.copy()
        small.thumbnail((SMALL_SIDE, SMALL_SIDE), reducing_gap=3.0)
        return Reencoded(
            full=_jpeg(picture, FULL_QUALITY),
            small=_jpeg(small, SMALL_QUALITY),
            width=picture.width,
            height=picture.height,
        )
    except _UNREADABLE as error:
        raise Unfit(Reason.BROKEN) from error


def small_size(width: int, height: int) -> tuple[int, int]:
    """Pixels of the thumbnail of a picture, for a page that keeps its place free."""
    part = min(1.0, SMALL_SIDE / max(width, height, 1))
    return max(1, round(width * part)), max(1, round(height * part))


def _painted(data: bytes, look: Look, pixels: tuple[int, int]) -> Image:
    """The picture upright, of at most `FULL_SIDE`, in RGB, carrying nothing else."""
    from PIL import Image, ImageFile

    ImageFile.LOAD_TRUNCATED_IMAGES = False  # anybody in this process may have set it
    try:
        opened = Image.open(BytesIO(data), formats=(look.format.value,))
    except Image.DecompressionBombError as error:
        raise Unfit(Reason.TOO_MANY_PIXELS) from error
    with opened:
        if opened.size != pixels:
            raise Unfit(Reason.BROKEN)  # two readers of one header that disagree
        turn = _orientation(opened)
        part = min(1.0, FULL_SIDE / max(pixels))
        # JPEG alone can be decoded at an eighth, a quarter or a half: of 64 Mpx 16 Mpx are held.
        opened.draft("RGB", (max(1, int(pixels[0] * part)), max(1, int(pixels[1] * part))))
        opened.load()
        picture = _in_colours(opened)
        picture.thumbnail((FULL_SIDE, FULL_SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0)
        sheet = Image.new("RGB", picture.size, "white")
        sheet.paste(picture, mask=picture if picture.mode == "RGBA" else None)
    return sheet if turn is None else sheet.transpose(Image.Transpose(turn))


def _orientation(opened: Image) -> int | None:
    """How to turn the picture upright. A broken EXIF block says nothing, the picture stands."""
    try:
        value = opened.getexif().get(0x0112)
    except _UNREADABLE:
        return None
    return _TURNS.get(value) if isinstance(value, int) else None


def _in_colours(opened: Image) -> Image:
    """RGB, or RGBA where something is transparent. Of 16 bits the upper eight are kept."""
    if opened.mode.startswith("I"):
        eight = opened.convert("I").point(lambda value: value * (1 / 256) + 0)
        return eight.convert("L").convert("RGB")
    wanted = "RGBA" if opened.has_transparency_data else "RGB"
    return opened if opened.mode == wanted else opened.convert(wanted)


def _jpeg(picture: Image, quality: int) -> bytes:
    written = BytesIO()
    picture.save(written, "JPEG", quality=quality, progressive=True)
    return written.getvalue()
