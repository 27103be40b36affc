"""What is taken in, by the first bytes of a file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.domain.photo import (
    HEAD,
    MAX_FILE,
    MAX_FILES,
    REASONS,
    Format,
    Kind,
    Look,
    Reason,
    Sent,
    Unfit,
    faults_of_files,
    judged,
    kind_of,
)
from tests.support.pictures import a_jpeg, a_png_header, a_scene, a_telephone_jpeg, encoded


def looked(data: bytes) -> Look:
    return judged(data[:HEAD], len(data))


@pytest.mark.parametrize(
    ("data", "look"),
    [
        (a_jpeg(640, 480), Look(Format.JPEG, (640, 480))),
        (a_telephone_jpeg(), Look(Format.JPEG, (640, 480))),
        (a_jpeg(64, 48, progressive=True), Look(Format.JPEG, (64, 48), whole=True)),
        (encoded(a_scene(5, 7), "PNG"), Look(Format.PNG, (5, 7))),
        (encoded(a_scene(50, 70), "WEBP"), Look(Format.WEBP, (50, 70))),
        (encoded(a_scene(50, 70), "WEBP", lossless=True), Look(Format.WEBP, (50, 70))),
        (encoded(a_scene(50, 70), "WEBP", exif=b"Exif\0\0x"), Look(Format.WEBP, (50, 70))),
        (b"%PDF-1.7\n", Look(Format.PDF)),
    ],
)
def test_a_file_is_known_by_its_first_bytes(data: bytes, look: Look) -> None:
    assert looked(data) == look


def test_a_long_preamble_hides_the_size_but_not_the_kind() -> None:
    """Some telephones write more before the frame than is looked at; re-encoding looks at all."""
    segment = b"\xff\xe2\xff\xff" + b"x" * 0xFFFD
    jpeg = a_jpeg()
    assert looked(jpeg[:2] + segment * 5 + jpeg[2:]).pixels is None
    assert looked(jpeg[:2] + segment * 3 + jpeg[2:]).pixels == (640, 480)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"\xff\xd8\xff\xe0" + b"x" * MAX_FILE, Reason.TOO_BIG),
        (b"\0\0\0\x18ftypheic\0\0", Reason.HEIC),
        (b"\0\0\0\x18ftypmif1\0\0", Reason.HEIC),
        (b"\0\0\0\x18ftypavif\0\0", Reason.HEIC),
        (b"\0\0\0\x18ftypisom\0\0", Reason.VIDEO),
        (b"\0\0\0\x14ftypqt  \0\0", Reason.VIDEO),
        (b"\x1aE\xdf\xa3matroska", Reason.VIDEO),
        (b"RIFF\0\0\0\0AVI LIST", Reason.VIDEO),
        (b"PK\x03\x04word/document.xml", Reason.OFFICE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Reason.OFFICE),
        (b"GIF89a\1\0\1\0", Reason.UNKNOWN),
        (b"<svg onload='alert(1)'>", Reason.UNKNOWN),
        (b"MZ\x90\0", Reason.UNKNOWN),
        (a_png_header(4001, 4000), Reason.TOO_MANY_PIXELS),
        (a_png_header(0, 10), Reason.BROKEN),
        (b"\x89PNG\r\n\x1a\nIHDR", Reason.BROKEN),
        (b"RIFF\0\0\0\0WEBPVP8 ", Reason.BROKEN),
        (b"\xff\xd8\xff\xd9" + b"x" * 20, Reason.BROKEN),
        (b"\xff\xd8\xff\xe0", Reason.BROKEN),
        (b"\xff\xd8\xff" + b"\xff" * 2 * HEAD, Reason.BROKEN),  # nothing but filling
    ],
)
def test_what_is_not_taken_is_refused_with_a_remedy(data: bytes, reason: Reason) -> None:
    with pytest.raises(Unfit) as caught:
        looked(data)
    assert caught.value.reason is reason
    assert ":" in REASONS[reason]  # what is wrong, and what to do


def test_the_pixels_of_a_jpeg_are_limited_by_how_it_is_decoded() -> None:
    def claiming(side: int, **options: bool) -> bytes:
        jpeg = bytearray(a_jpeg(64, 48, **options))
        frame = jpeg.index(b"\xff\xc2" if options else b"\xff\xc0")
        jpeg[frame + 5 : frame + 9] = side.to_bytes(2) * 2
        return bytes(jpeg)

    assert looked(claiming(8000)).pixels == (8000, 8000)
    assert looked(claiming(5000, progressive=True)).whole
    for data in (claiming(8100), claiming(5001, progressive=True)):
        with pytest.raises(Unfit, match="too_many_pixels"):
            looked(data)


def sent(*data: bytes, name: str = "x.jpg") -> list[Sent]:
    return [Sent(name, len(one), one[:HEAD]) for one in data]


def test_every_bad_file_of_a_sending_is_named_by_its_number() -> None:
    assert list(faults_of_files(sent(a_jpeg(), b"%PDF-1.4"), "photos")) == []
    faults = list(faults_of_files(sent(a_jpeg(), b"", b"GIF89a", name="Я\0\n.gif"), "photos"))
    assert [fault.field for fault in faults] == ["photos", "photos"]
    assert faults[0].message.startswith("файл 2 (Я.gif): файл пустой")
    assert faults[1].message.startswith("файл 3 (Я.gif): принимаем")


def test_too_many_or_too_much_at_once_is_told_without_looking_further() -> None:
    [fault] = faults_of_files(sent(*[b"GIF89a"] * (MAX_FILES + 1)), "photos")
    assert "6" in fault.message
    big = [Sent("", MAX_FILE, a_jpeg())] * 4
    [fault] = faults_of_files(big, "photos")
    assert "60 МБ" in fault.message


def test_a_document_stays_one_whoever_sends_it() -> None:
    assert kind_of(Look(Format.PDF), by_staff=True) is Kind.DOCUMENT
    assert kind_of(Look(Format.PNG), by_staff=True) is Kind.AFTER
    assert kind_of(Look(Format.PNG), by_staff=False) is Kind.BEFORE


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"\xff\xd8\xff", b"RIFF1234WEBPVP8X", b"\x89PNG\r\n\x1a\n", b"0000ftyp"]),
)
def test_no_garbage_breaks_the_look(garbage: bytes, beginning: bytes) -> None:
    data = beginning + garbage
    try:
        look = looked(data)
    except Unfit:
        return
    assert data.startswith((b"\xff\xd8\xff", b"RIFF", b"\x89PNG", b"%PDF-"))
    assert look.pixels is None or 0 < look.pixels[0] * look.pixels[1] <= look.most_pixels
