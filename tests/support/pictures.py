"""Pictures as telephones and their tricks make them."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image

PLACE = "Кольский проспект 1"
OWNER = b"Owner Ownerov"


def a_scene(width: int = 640, height: int = 480, mode: str = "RGB") -> Image.Image:
    """Red above on the left, blue elsewhere: so it is seen how a picture is turned."""
    scene = Image.new("RGB", (width, height), "blue")
    scene.paste("red", (0, 0, width // 2, height // 2))
    return scene.convert(mode)


def encoded(picture: Image.Image, format: str = "JPEG", **options: Any) -> bytes:
    written = BytesIO()
    picture.save(written, format, **options)
    return written.getvalue()


def a_jpeg(width: int = 640, height: int = 480, **options: Any) -> bytes:
    return encoded(a_scene(width, height), **options)


def a_telephone_jpeg(orientation: int = 6) -> bytes:
    """With all a telephone writes beside the picture: place, owner, comment, preview, profile."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Telefon"
    exif[0xA430] = OWNER.decode()
    exif.get_ifd(0x8825).update({1: "N", 2: (68.0, 58.0, 12.0), 3: "E", 4: (33.0, 5.0, 9.0)})
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{PLACE}</x:xmpmeta>".encode()
    return a_jpeg(exif=exif, comment=OWNER, xmp=xmp, icc_profile=OWNER * 40) + a_jpeg(64, 48)


def a_png_header(width: int, height: int) -> bytes:
    """A picture of any size by its header; of its rows there is not one."""
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            (b"IDAT", zlib.compress(b"")),
            (b"IEND", b""),
        )
    )


def a_jpeg_of_scans(scans: int) -> bytes:
    """One picture that asks to be passed over so many times."""
    whole = a_jpeg(64, 48, progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:last] + whole[last:-2] * scans + whole[-2:]


def segments(jpeg: bytes) -> set[int]:
    """The markers of a JPEG up to its first scan."""
    found, at = set(), 2
    while jpeg[at + 1] != 0xDA:
        found.add(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    return found
