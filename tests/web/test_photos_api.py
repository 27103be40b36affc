"""`…/photos` of the API: handed in, listed, opened, and refused by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from node.bootstrap import Node
from node.jobs import prepare_photos
from node.web.guard import MAX_BODY, MAX_UPLOAD
from tests.support.appeals import moved, submitted
from tests.support.people import a_grant, a_person, signs_in
from tests.support.pictures import OWNER, a_jpeg, a_telephone_jpeg
from tests.support.web import a_client, a_node

PDF = b"%PDF-1.7\n%%EOF"
APPEAL, ISSUE = "RU-MUR-26-000001", "RU-MUR-P26-000001"


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as node:
        with node.transaction() as session:
            submitted(session, topic="roads.pits")
        yield node


@pytest.fixture
def client(node: Node) -> Iterator[TestClient]:
    with a_client(node) as client:
        yield client


def sends(client: TestClient, path: str, *data: bytes, name: str = "x.jpg") -> Any:
    return client.post(path, files=[("photos", (name, one, "image/jpeg")) for one in data])


def enters(node: Node, client: TestClient, login: str, *grants: Any) -> None:
    a_person(node, login, *grants)
    assert signs_in(client, login).status_code == 303


def test_photos_are_handed_in_prepared_and_fetched(node: Node, client: TestClient) -> None:
    answer = sends(client, f"/api/v1/appeals/{APPEAL}/photos", a_telephone_jpeg(), PDF)
    assert answer.status_code == 201
    photo, document = answer.json()["photos"]
    assert (photo["kind"], photo["state"], photo["public"]) == ("before", "waiting", False)
    assert (photo["full"], photo["added_by"]) == (None, "operator")
    assert (document["kind"], document["state"]) == ("document", "ready")
    prepare_photos.run(node)
    listed = client.get(f"/api/v1/issues/{ISSUE}/photos").json()["photos"]
    assert [one["id"] for one in listed] == [photo["id"], document["id"]]
    assert (listed[0]["width"], listed[0]["height"]) == (480, 640)
    full = client.get(listed[0]["full"])
    assert full.headers["content-type"] == "image/jpeg"
    assert full.headers["x-content-type-options"] == "nosniff"
    assert full.headers["cache-control"] == "private, no-cache"
    assert OWNER not in full.content
    assert len(client.get(listed[0]["small"]).content) < len(full.content)
    file = client.get(document["document"])
    assert (file.content, file.headers["content-type"]) == (PDF, "application/pdf")
    assert file.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in file.headers["content-security-policy"]


def test_the_same_files_again_are_not_added_again(client: TestClient) -> None:
    path = f"/api/v1/issues/{ISSUE}/photos"
    assert sends(client, path, a_jpeg()).status_code == 201
    again = sends(client, path, a_jpeg())
    assert (again.status_code, again.json()) == (200, {"photos": []})
    assert len(client.get(path).json()["photos"]) == 1


def test_a_photo_is_asked_for_anew_but_sent_once(node: Node, client: TestClient) -> None:
    sends(client, f"/api/v1/issues/{ISSUE}/photos", a_jpeg())
    prepare_photos.run(node)
    [photo] = client.get(f"/api/v1/issues/{ISSUE}/photos").json()["photos"]
    first = client.get(photo["small"])
    again = client.get(photo["small"], headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(photo["full"], headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "пустой"),
        (b"GIF89a\1\0\1\0", "JPEG, PNG, WebP"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "iPhone"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "видео"),
        (b"PK\x03\x04" + b"x" * 99, "PDF"),
        (b"\xff\xd8\xff\xd9" + b"x" * 20, "повреждён"),
    ],
)
def test_a_bad_file_is_refused_with_its_number_and_the_remedy(
    node: Node, client: TestClient, data: bytes, words: str
) -> None:
    for path in (f"/api/v1/appeals/{APPEAL}/photos", f"/api/v1/issues/{ISSUE}/photos"):
        answer = sends(client, path, a_jpeg(), data, name="снимок.jpg")
        assert answer.status_code == 422
        [error] = answer.json()["errors"]
        assert error["field"] == "photos"
        assert error["message"].startswith("файл 2 (снимок.jpg): ")
        assert words in error["message"]
    assert client.get(f"/api/v1/issues/{ISSUE}/photos").json()["photos"] == []
    assert not list((node.settings.data / "files").glob("*/*"))


def test_too_many_files_are_refused_at_once_and_over_time(client: TestClient) -> None:
    path = f"/api/v1/appeals/{APPEAL}/photos"
    answer = sends(client, path, *[a_jpeg()] * 6)
    assert (answer.status_code, len(answer.json()["errors"])) == (422, 1)
    for n in range(2):
        sends(client, path, *[a_jpeg(10 + n, 10 + k) for k in range(5)])
    answer = sends(client, path, a_jpeg(99, 99))
    assert answer.status_code == 409
    assert "может быть 10" in answer.json()["detail"]


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "chunked"])
def test_a_body_with_files_has_a_limit_of_its_own(client: TestClient, announced: bool) -> None:
    def body(size: int) -> bytes:
        head = b'--b\r\nContent-Disposition: form-data; name="photos"; filename="x"\r\n\r\n'
        return head + b"GIF89a" + b"x" * size + b"\r\n--b--\r\n"

    def sent(path: str, size: int) -> Any:
        data, kind = body(size), {"Content-Type": "multipart/form-data; boundary=b"}
        return client.post(path, content=data if announced else iter([data]), headers=kind)

    path = f"/api/v1/appeals/{APPEAL}/photos"
    assert sent(path, 2 * MAX_BODY).status_code == 422  # read, and found to be no picture
    answer = sent(path, MAX_UPLOAD)
    assert answer.status_code == 413
    assert "60 МБ" in answer.json()["detail"]
    elsewhere = sent("/api/v1/appeals", 2 * MAX_BODY)  # where no files are taken
    assert elsewhere.status_code == 413
    assert str(MAX_BODY) in elsewhere.json()["detail"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "multipart/form-data"),
        (b"", "multipart/form-data; boundary=b"),
        (b"--b\r\nnonsense", "multipart/form-data; boundary=b"),
        (b'--b\r\nContent-Disposition: form-data; name="photos"\r\n\r\nx\r\n--b--', None),
        (b"photos=x", "application/x-www-form-urlencoded"),
        (b'{"photos": []}', "application/json"),
        (b"\xff\xd8\xff", "image/jpeg"),
    ],
)
def test_a_broken_form_is_refused_and_names_the_field(
    client: TestClient, content: bytes, kind: str | None
) -> None:
    answer = client.post(
        f"/api/v1/appeals/{APPEAL}/photos",
        content=content,
        headers={"Content-Type": kind or "multipart/form-data; boundary=b"},
    )
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Expected" not in answer.text


def opens(client: TestClient, photo_id: str, public: object = True) -> Any:
    return client.post(
        f"/api/v1/photos/{photo_id}/public",
        content=json.dumps({"public": public}),
        headers={"Content-Type": "application/json"},
    )


def test_a_photo_is_private_until_a_person_opens_it(node: Node, client: TestClient) -> None:
    [photo] = sends(client, f"/api/v1/appeals/{APPEAL}/photos", a_jpeg()).json()["photos"]
    prepare_photos.run(node)
    address = f"/photos/{photo['id']}/full"
    with a_client(node, signed_in=False) as visitor:
        assert visitor.get(address).status_code == 404
        answer = opens(client, photo["id"])
        assert (answer.status_code, answer.json()["public"]) == (200, True)
        assert visitor.get(address).headers["content-type"] == "image/jpeg"
        assert opens(client, photo["id"], public=False).json()["public"] is False
        assert visitor.get(address).status_code == 404
        opens(client, photo["id"])
        with node.transaction() as session:
            moved(session, ISSUE, "reclassify", 1, topic="health.queues")
        assert visitor.get(address).status_code == 404  # the topic has been closed since
    assert opens(client, photo["id"], public="да").status_code == 422
    assert opens(client, "nobody").status_code == 404


def test_people_of_another_sector_find_no_photo_of_it(node: Node, client: TestClient) -> None:
    with node.transaction() as session:
        clinic = submitted(session, topic="health.queues")
    path = f"/api/v1/issues/{clinic.issue_number}/photos"
    [photo] = sends(client, path, a_jpeg()).json()["photos"]
    prepare_photos.run(node)
    with a_client(node, signed_in=False) as other:
        for role in ("moderator", "coordinator", "executor", "approver", "analyst"):
            enters(node, other, role, a_grant(role))
            refused = {403, 404} if role == "analyst" else {404}
            assert other.get(path).status_code in refused, role
            assert sends(other, path, a_jpeg()).status_code in refused, role
            assert opens(other, photo["id"]).status_code in refused, role
            for size in ("full", "small"):
                assert other.get(f"/photos/{photo['id']}/{size}").status_code == 404, role
            added = sends(other, f"/api/v1/appeals/{clinic.number}/photos", a_jpeg())
            assert added.status_code in {403, 404}, role
        enters(node, other, "doctor", a_grant("executor", agencies=("health_ministry",)))
        assert len(other.get(path).json()["photos"]) == 1
        assert other.get(f"/photos/{photo['id']}/full").status_code == 200
        assert opens(other, photo["id"]).status_code == 403  # another role does


def test_no_address_of_a_photo_leads_anywhere_else(node: Node, client: TestClient) -> None:
    [photo, document] = sends(client, f"/api/v1/appeals/{APPEAL}/photos", a_jpeg(), PDF).json()[
        "photos"
    ]
    for size in ("sent", "document", "full", "small", "original", "..", "%00"):
        assert client.get(f"/photos/{photo['id']}/{size}").status_code == 404  # it waits
    prepare_photos.run(node)
    for size in ("sent", "document", "../full", "%2e%2e%2ffull"):
        assert client.get(f"/photos/{photo['id']}/{size}").status_code == 404
    for size in ("sent", "full", "small"):
        assert client.get(f"/photos/{document['id']}/{size}").status_code == 404
    node.blobs.delete(next(iter(node.blobs.stored(node.clock().replace(year=2100)))))
    answers = {
        client.get(f"/photos/{one}").status_code
        for one in (
            f"{photo['id']}/full",
            f"{photo['id']}/small",
            f"{document['id']}/document",
        )
    }
    assert answers == {200, 404}  # a file that is lost is not there, and breaks nothing
