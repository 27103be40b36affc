"""Re-encoding: what stays of a picture, what does not, and what is refused."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from node.domain.photo import Reason, Unfit
from node.domain.picture import FULL_SIDE, SMALL_SIDE, reencode, small_size
from tests.support.pictures import (
    OWNER,
    PLACE,
    a_jpeg,
    a_jpeg_of_scans,
    a_png_header,
    a_scene,
    a_telephone_jpeg,
    encoded,
    segments,
)

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def opened(jpeg: bytes) -> Image.Image:
    picture = Image.open(BytesIO(jpeg), formats=["JPEG"])
    picture.load()
    return picture


def is_near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 40 for a, b in zip(pixel, colour, strict=True))


def test_nothing_a_telephone_writes_beside_the_picture_stays() -> None:
    sent = a_telephone_jpeg()
    assert OWNER in sent
    assert PLACE.encode() in sent
    assert Image.open(BytesIO(sent)).getexif().get_ifd(0x8825)
    made = reencode(sent)
    for jpeg in (made.full, made.small):
        assert OWNER not in jpeg
        assert PLACE.encode() not in jpeg
        assert b"Exif" not in jpeg
        assert not opened(jpeg).getexif()
        # JFIF, tables, frame: no application data, no comment; and nothing after the end.
        assert segments(jpeg) <= {0xE0, 0xDB, 0xC0, 0xC2, 0xC4}
        assert jpeg.endswith(b"\xff\xd9")
        assert jpeg.count(b"\xff\xd8\xff") == 1


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [(1, 0), (2, 1), (3, 3), (4, 2), (5, 0), (6, 1), (7, 3), (8, 2)],
)
def test_the_picture_stands_upright(orientation: int, corner: int) -> None:
    """EXIF 2.32, 4.6.4: where the first row and column of the pixels are to be seen."""
    made = reencode(a_telephone_jpeg(orientation))
    assert (made.width, made.height) == ((640, 480) if orientation < 5 else (480, 640))
    picture = opened(made.full)
    width, height = picture.size
    places = [(5, 5), (width - 5, 5), (5, height - 5), (width - 5, height - 5)]
    red = [is_near(picture.getpixel(place), RED) for place in places]
    assert red == [n == corner for n in range(4)]
    assert opened(made.small).size == small_size(made.width, made.height)


@pytest.mark.parametrize(
    ("data", "colour"),
    [
        (encoded(a_scene(mode="CMYK")), RED),
        (encoded(a_scene(mode="L")), (76, 76, 76)),
        (encoded(a_scene(mode="1"), "PNG"), None),
        (encoded(a_scene(mode="P"), "PNG"), RED),
        (encoded(a_scene(mode="RGBA"), "PNG"), RED),
        (encoded(a_scene(), "PNG", transparency=(255, 0, 0)), WHITE),
        (encoded(Image.new("LA", (64, 48), (90, 0)), "PNG"), WHITE),
        (encoded(Image.new("RGBA", (64, 48), (255, 0, 0, 0)), "WEBP", lossless=True), WHITE),
        (encoded(Image.new("I;16", (64, 48), 200 * 256), "PNG"), (200, 200, 200)),
        (encoded(a_scene(), "WEBP"), RED),
        (encoded(a_scene(), progressive=True), RED),
        (encoded(Image.new("RGB", (1, 1), "red")), RED),
    ],
    ids=[
        *("CMYK", "grey", "bits", "palette", "alpha", "colour-key", "LA", "clear-webp"),
        *("16-bit", "webp", "progressive", "dot"),
    ],
)
def test_every_kind_of_pixels_becomes_plain_colours(
    data: bytes, colour: tuple[int, int, int] | None
) -> None:
    made = opened(reencode(data).full)
    assert (made.format, made.mode) == ("JPEG", "RGB")
    assert colour is None or is_near(made.getpixel((0, 0)), colour)


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_of_a_moving_picture_the_first_frame_is_kept(format: str) -> None:
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "blue", "blue")]
    moving = encoded(frames[0], format, save_all=True, append_images=frames[1:], duration=100)
    assert is_near(opened(reencode(moving).full).getpixel((9, 9)), RED)


@pytest.mark.parametrize(
    ("size", "full", "small"),
    [
        ((4000, 3000), (2560, 1920), (320, 240)),
        ((8000, 500), (2560, 160), (320, 20)),
        ((300, 200), (300, 200), (300, 200)),
        ((1, 12_000), (1, 2560), (1, 320)),
    ],
)
def test_sizes_are_bounded_and_never_grow(
    size: tuple[int, int], full: tuple[int, int], small: tuple[int, int]
) -> None:
    made = reencode(a_jpeg(*size))
    assert (made.width, made.height) == opened(made.full).size == full
    assert opened(made.small).size == small == small_size(*full)
    assert max(full) <= FULL_SIDE
    assert max(small) <= SMALL_SIDE


def refusal(data: bytes) -> Reason:
    with pytest.raises(Unfit) as caught:
        reencode(data)
    return caught.value.reason


def test_a_bomb_is_refused_by_its_header() -> None:
    assert refusal(a_png_header(50_000, 50_000)) is Reason.TOO_MANY_PIXELS
    assert refusal(a_png_header(2**31, 2**31)) is Reason.TOO_MANY_PIXELS
    huge = bytearray(encoded(Image.new("RGB", (64, 48)), "WEBP", exif=b"Exif\0\0x"))
    assert huge[12:16] == b"VP8X"
    huge[24:30] = b"\xff\xff\xff\xff\xff\xff"
    assert refusal(bytes(huge)) is Reason.TOO_MANY_PIXELS


def test_a_picture_that_asks_for_a_thousand_passes_is_refused() -> None:
    assert reencode(a_jpeg_of_scans(3)).width == 64
    assert refusal(a_jpeg_of_scans(1000)) is Reason.BROKEN


def test_two_frames_in_one_file_are_refused() -> None:
    """The first is small and is judged; the second, which a decoder would take, is a bomb."""
    jpeg = a_jpeg(64, 48)
    frame = jpeg.index(b"\xff\xc0")
    second = bytearray(jpeg[frame : frame + 19])
    second[5:9] = b"\xff\xff\xff\xff"
    assert refusal(jpeg[: frame + 19] + bytes(second) + jpeg[frame + 19 :]) is Reason.BROKEN


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_file_that_breaks_off_is_refused(format: str) -> None:
    whole = encoded(Image.effect_noise((300, 200), 90).convert("RGB"), format)
    for part in (0.1, 0.5, 0.9):
        assert refusal(whole[: int(len(whole) * part)]) is Reason.BROKEN


def test_what_hides_behind_a_picture_is_left_behind() -> None:
    """A page, a program or an archive that is also a picture."""
    for hidden in (b"<script>alert(1)</script>", b"PK\x03\x04" + b"archive" * 99, b"MZ\x90"):
        made = reencode(a_jpeg(64, 48) + hidden)
        assert hidden not in made.full + made.small


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")  # as where warnings are not errors
def test_a_broken_exif_block_does_not_spoil_the_picture() -> None:
    broken = encoded(a_scene(), exif=b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\xff" * 40)
    assert reencode(broken).width == 640


def test_a_document_is_no_picture() -> None:
    assert refusal(b"%PDF-1.7\n%%EOF") is Reason.UNKNOWN


SAMPLES = [
    a_telephone_jpeg(),
    a_jpeg(64, 48, progressive=True),
    encoded(a_scene(64, 48, "P"), "PNG"),
    encoded(a_scene(64, 48, "RGBA"), "PNG", exif=Image.Exif()),
    encoded(a_scene(64, 48), "WEBP", exif=Image.Exif()),
    encoded(a_scene(64, 48), "WEBP", lossless=True),
]


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(SAMPLES),
    st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=8)), max_size=6
    ),
    st.floats(0.05, 1),
)
def test_no_spoiled_picture_does_more_than_be_refused(
    sample: bytes, changes: list[tuple[float, bytes]], kept: float
) -> None:
    spoiled = bytearray(sample[: int(len(sample) * kept)])
    for place, junk in changes:
        at = int(place * len(spoiled))
        spoiled[at : at + len(junk)] = junk
    try:
        made = reencode(bytes(spoiled))
    except Unfit:
        return
    assert opened(made.small).size == small_size(made.width, made.height)


@given(st.binary(max_size=400), st.sampled_from([b"", *(sample[:30] for sample in SAMPLES)]))
def test_no_garbage_does_more_than_be_refused(garbage: bytes, beginning: bytes) -> None:
    assert refusal(beginning + garbage) in Reason
