"""Photos as residents and staff meet them: the form, the status link, the card. No script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from node.bootstrap import Node
from node.jobs import prepare_photos
from node.store.appeals import Appeal
from node.store.blobs import DiskBlobs
from node.store.photos import Photo
from tests.support.appeals import TOWN, UNIT, moved, submitted
from tests.support.people import a_grant, a_person, signs_in
from tests.support.pictures import OWNER, a_jpeg, a_telephone_jpeg
from tests.support.web import a_client, a_node

FILLED = {"text": "Во дворе яма.", "territory": TOWN, "topic": "roads.pits", "consent": "1"}
PDF = b"%PDF-1.7\n%%EOF"


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as node:
        yield node


@pytest.fixture
def visitor(node: Node) -> Iterator[TestClient]:
    with a_client(node, signed_in=False) as visitor:
        visitor.headers["accept"] = "text/html"
        yield visitor


@pytest.fixture
def staff(node: Node) -> Iterator[TestClient]:
    with a_client(node) as staff:
        staff.headers["accept"] = "text/html"
        yield staff


def files(*data: bytes, name: str = "снимок.jpg") -> list[tuple[str, tuple[str, bytes, str]]]:
    return [("photos", (name, one, "image/jpeg")) for one in data]


def sends(visitor: TestClient, *data: bytes, **fields: str) -> Any:
    return visitor.post("/appeal", data=FILLED | fields, files=files(*data))


def count(node: Node, table: type[Appeal] | type[Photo]) -> int:
    with node.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def pictures(page: Any) -> list[str]:
    return re.findall(r'<a (?:class="frame" )?href="([^"]+/(?:full|document))"', page.text)


# --- The form -------------------------------------------------------------------------------------


def test_the_form_tells_the_limits_before_anything_is_sent(visitor: TestClient) -> None:
    page = visitor.get("/appeal").text
    for words in ("До 5 файлов", "до 20 МБ", "60 МБ", "JPEG, PNG, WebP", "PDF"):
        assert words in page
    assert 'enctype="multipart/form-data"' in page
    assert 'accept="image/jpeg,image/png,image/webp,application/pdf"' in page
    assert "приложенных файлах" in page  # of what is consented to


def test_an_appeal_comes_with_its_photos(node: Node, visitor: TestClient) -> None:
    link = sends(visitor, a_telephone_jpeg(), PDF).headers["location"].partition("?")[0]
    page = visitor.get(link)
    assert "Готовится к показу" in page.text
    prepare_photos.run(node)
    page = visitor.get(link)
    photo, document = pictures(page)
    assert photo.startswith(f"{link}/photos/")
    assert 'alt="Фотография 1 из 1: до работ"' in page.text
    assert 'width="240" height="320"' in page.text
    shown = visitor.get(photo)
    assert shown.headers["content-type"] == "image/jpeg"
    assert OWNER not in shown.content
    assert visitor.get(document).content == PDF
    assert "снимок" not in page.text  # how the file was called there is kept nowhere


def test_a_form_without_photos_is_sent_as_before(node: Node, visitor: TestClient) -> None:
    fields = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in FILLED.items()
    )
    nothing_chosen = (  # as browsers say it
        '--b\r\nContent-Disposition: form-data; name="photos"; filename=""\r\n'
        "Content-Type: application/octet-stream\r\n\r\n\r\n--b--\r\n"
    )
    answer = visitor.post(
        "/appeal",
        content=(fields + nothing_chosen).encode(),
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )
    assert answer.status_code == 303
    assert visitor.post("/appeal", data=FILLED | {"text": "Другая яма"}).status_code == 303
    assert (count(node, Appeal), count(node, Photo)) == (2, 0)


def test_a_bad_file_is_told_beside_its_field_and_nothing_is_sent(
    node: Node, visitor: TestClient
) -> None:
    page = sends(visitor, a_jpeg(), b"GIF89a", b"")
    assert page.status_code == 422
    assert 'id="photos-error"' in page.text
    assert "файл 2 (снимок.jpg): принимаем фотографии" in page.text.lower()
    assert "файл 3 (снимок.jpg): файл пустой" in page.text
    assert "Во дворе яма." in page.text
    page = sends(visitor, a_jpeg(), consent="")
    assert page.status_code == 422
    assert "выберите файлы ещё раз" in page.text
    assert (count(node, Appeal), count(node, Photo)) == (0, 0)


def test_too_large_a_form_is_a_clear_page(visitor: TestClient) -> None:
    page = sends(visitor, *[b"\xff\xd8\xff" + b"x" * 16 * 1024 * 1024] * 4)
    assert page.status_code == 413
    assert page.headers["content-type"].startswith("text/html")
    assert "Файлы вместе больше 60 МБ" in page.text


def test_a_second_click_adds_no_photo_twice(node: Node, visitor: TestClient) -> None:
    first = sends(visitor, a_jpeg(), form_id="x" * 22)
    assert sends(visitor, a_jpeg(), form_id="x" * 22).headers == first.headers
    assert (count(node, Appeal), count(node, Photo)) == (1, 1)
    assert len(list((node.settings.data / "files").glob("*/*"))) == 1


def test_without_a_store_the_form_says_so_and_goes_without_photos(
    node: Node, visitor: TestClient
) -> None:
    node.__dict__["blobs"] = DiskBlobs(node.settings.data / "files", reserve=2**60)
    page = sends(visitor, a_jpeg())
    assert page.status_code == 503
    assert "отправьте обращение без них" in page.text
    assert count(node, Appeal) == 0
    assert visitor.post("/appeal", data=FILLED).status_code == 303


def test_one_address_cannot_fill_the_disk(node: Node, visitor: TestClient) -> None:
    link = sends(visitor).headers["location"].partition("?")[0]
    answers = [
        visitor.post(f"{link}/photos", files=files(*[a_jpeg(9, 9)] * 5)).status_code
        for _ in range(13)
    ]
    assert answers == [303] * 12 + [429]
    assert "Слишком много файлов подряд" in sends(visitor, a_jpeg()).text


# --- The status link ------------------------------------------------------------------------------


def an_appeal(node: Node, **overrides: Any) -> Any:
    with node.transaction() as session:
        return submitted(session, **{"topic": "roads.pits"} | overrides)


def test_more_is_sent_by_the_link_while_the_issue_is_worked_on(
    node: Node, visitor: TestClient
) -> None:
    sent = an_appeal(node)
    link = f"/status/{sent.status_key}"
    assert f'action="{link}/photos"' in visitor.get(link).text
    answer = visitor.post(f"{link}/photos", files=files(a_jpeg()))
    assert (answer.status_code, answer.headers["location"]) == (303, f"{link}#photos")
    refused = visitor.post(f"{link}/photos", files=files(b"GIF89a"))
    assert (refused.status_code, "принимаем фотографии" in refused.text) == (422, True)
    nothing = visitor.post(f"{link}/photos")
    assert (nothing.status_code, "хотя бы один файл" in nothing.text) == (422, True)
    assert visitor.get(f"{link}/photos").headers["location"] == link
    with node.transaction() as session:
        moved(session, sent.issue_number, "reject", 1, ground="other", reason="Причина")
    assert "Приложить файлы" not in visitor.get(link).text
    late = visitor.post(f"{link}/photos", files=files(a_jpeg(9, 9)))
    assert (late.status_code, "уже закрыта" in late.text) == (409, True)
    assert visitor.post(f"/status/{'x' * 32}/photos", files=files(a_jpeg())).status_code == 404


def test_what_could_not_be_prepared_is_told_to_both(
    node: Node, visitor: TestClient, staff: TestClient
) -> None:
    sent = an_appeal(node)
    visitor.post(f"/status/{sent.status_key}/photos", files=files(a_jpeg()[:2500]))
    prepare_photos.run(node)
    for page in (
        visitor.get(f"/status/{sent.status_key}"),
        staff.get(f"/issues/{sent.issue_number}"),
    ):
        assert "Не принято:" in page.text
        assert "сохраните заново" in page.text


def test_a_link_shows_ones_own_photos_and_what_is_open_to_all(
    node: Node, visitor: TestClient, staff: TestClient
) -> None:
    head, merged, elsewhere = an_appeal(node), an_appeal(node), an_appeal(node)
    for n, one in enumerate((head, merged, elsewhere), 1):
        visitor.post(f"/status/{one.status_key}/photos", files=files(a_jpeg(100 + n, 50)))
    with node.transaction() as session:
        moved(session, merged.issue_number, "merge", 1, into=head.issue_number)
    staff.post(f"/issues/{head.issue_number}/photos", files=files(a_jpeg(200, 100)))
    prepare_photos.run(node)
    card = staff.get(f"/issues/{head.issue_number}")
    own, of_merged, after = pictures(card)  # of the merged one too; before first, then after
    assert len(pictures(visitor.get(f"/status/{head.status_key}"))) == 1
    ids = [address.split("/")[2] for address in (own, of_merged, after)]
    link = f"/status/{merged.status_key}/photos"
    assert [visitor.get(f"{link}/{one}/full").status_code for one in ids] == [404, 200, 404]
    toggle = f"/issues/{head.issue_number}/photos/{ids[2]}/public"
    assert f'action="{toggle}"' in card.text
    assert staff.post(toggle, data={"public": "1"}).status_code == 303
    for one in (head, merged):
        page = visitor.get(f"/status/{one.status_key}")
        assert "После работ" in page.text
        assert pictures(page)[-1] == f"/status/{one.status_key}/photos/{ids[2]}/full"
    assert visitor.get(f"{link}/{ids[2]}/small").status_code == 200
    assert len(pictures(visitor.get(f"/status/{elsewhere.status_key}"))) == 1
    staff.post(toggle, data={"public": ""})
    assert visitor.get(f"{link}/{ids[2]}/small").status_code == 404
    for key in ("x" * 32, "%00", "x"):
        assert visitor.get(f"/status/{key}/photos/{ids[1]}/full").status_code == 404


# --- The card -------------------------------------------------------------------------------------


def test_the_card_offers_what_the_role_may_do(node: Node, visitor: TestClient) -> None:
    sent = an_appeal(node)
    visitor.post(f"/status/{sent.status_key}/photos", files=files(a_jpeg()))
    prepare_photos.run(node)
    card = f"/issues/{sent.issue_number}"
    offered = {}
    for role in ("executor", "approver", "head"):
        a_person(node, role, a_grant(role, UNIT))
        signs_in(visitor, role)
        text = visitor.get(card).text
        offered[role] = ("Приложить файлы" in text, "Открыть всем" in text)
    assert offered == {"executor": (True, False), "approver": (True, True), "head": (False, False)}
    refused = visitor.post(f"{card}/photos", files=files(a_jpeg(9, 9)))
    assert (refused.status_code, "другая роль" in refused.text) == (403, True)


def test_whoever_was_sent_to_sign_in_comes_back_to_the_card(
    node: Node, visitor: TestClient, staff: TestClient
) -> None:
    card = f"/issues/{an_appeal(node).issue_number}"
    asked = visitor.post(f"{card}/photos", files=files(a_jpeg()))
    assert asked.headers["location"] == f"/sign-in?next={card}/photos"
    for path in (f"{card}/photos", f"{card}/photos/x/public"):
        assert staff.get(path).headers["location"] == f"{card}#photos"
    assert staff.get("/issues/%00/photos").status_code == 404


def test_photos_that_were_erased_are_counted_and_not_shown(
    node: Node, visitor: TestClient, staff: TestClient
) -> None:
    from node.actions.erase_photos import erase_photos_of

    sent = an_appeal(node)
    link = f"/status/{sent.status_key}"
    visitor.post(f"{link}/photos", files=files(a_jpeg()))
    prepare_photos.run(node)
    [photo] = pictures(visitor.get(link))
    with node.transaction() as session:
        appeal = session.scalars(select(Appeal)).one()
        erase_photos_of(session, appeal_ids=[appeal.id], actor="retention", now=node.clock())
    for page in (visitor.get(link), staff.get(f"/issues/{sent.issue_number}")):
        assert pictures(page) == []
        assert "Удалено по сроку хранения: 1" in page.text
    assert visitor.get(photo).status_code == 404
