"""Adding, opening and erasing photos: who may, what stays, what the journal says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from node.actions.add_photos import (
    ByLink,
    NobodysPhotos,
    ToAppeal,
    ToIssue,
    TooLate,
)
from node.actions.erase_photos import erase_photos_of
from node.actions.move_issue import NoSuchIssue
from node.actions.show_photo import show_photo
from node.actions.submit_appeal import Submitted
from node.actions.take_files import give_back, take_files
from node.bootstrap import Node
from node.domain.errors import Invalid
from node.domain.photo import MAX_OF_APPEAL, NoSuchPhoto, NotToBePublic, TooManyFiles
from node.domain.rights import Actor, NoRight, Permit, Right, unlimited
from node.jobs import prepare_photos
from node.store import appeals, issues, journal, photos
from node.store.blobs import BlobsUnavailable, DiskBlobs, named
from node.store.issues import Issue
from node.store.journal import JournalEntry
from node.store.photos import Photo
from tests.support.appeals import ELSEWHERE, NOW, UNIT, moved, submitted
from tests.support.people import a_grant, a_person, actor_of
from tests.support.photos import added, files_of, hung, uploads
from tests.support.pictures import a_jpeg, a_telephone_jpeg
from tests.support.web import a_node

ALL = unlimited("boss", UNIT)
PDF = b"%PDF-1.7\n%%EOF"


@pytest.fixture
def node(tmp_path: Path, database_url: str) -> Iterator[Node]:
    with a_node(tmp_path, database_url) as node:
        yield node


def an_appeal(node: Node, topic: str = "roads.pits", **overrides: object) -> Submitted:
    with node.transaction() as session:
        return submitted(session, topic=topic, **overrides)


def somebody(node: Node, role: str, **limits: object) -> Actor:
    a_person(node, f"{role}.{len(limits)}", a_grant(role, **limits))
    return actor_of(node, f"{role}.{len(limits)}")


def told(node: Node, action: str) -> list[tuple[str, str, dict[str, object]]]:
    with node.reading() as session:
        query = select(JournalEntry).where(JournalEntry.action == action).order_by(JournalEntry.id)
        return [(one.subject, one.actor, one.details) for one in session.scalars(query)]


# --- Adding ---------------------------------------------------------------------------------------


def test_a_resident_adds_by_the_link_and_it_waits_private(node: Node) -> None:
    sent = an_appeal(node)
    picture, document = added(node, ByLink(sent.status_key), a_jpeg(), PDF).photos
    assert (picture.kind, picture.state, picture.public) == ("before", "waiting", False)
    assert (document.kind, document.state) == ("document", "ready")
    assert (picture.added_by, picture.added_at) == ("resident", NOW)
    assert files_of(node, [picture.public_id, document.public_id]) == ["sent", "sent"]
    assert told(node, "add_photos") == [(sent.number, "resident", {"files": 2})]
    found = hung(node, picture.public_id)
    assert (found.issue.number, found.appeal) == (sent.issue_number, sent.number)


def test_the_same_file_twice_is_one_and_the_second_is_given_back(node: Node) -> None:
    to = ByLink(an_appeal(node).status_key)
    first = added(node, to, a_jpeg(), a_jpeg())
    again = added(node, to, a_jpeg(), a_jpeg(64, 48))
    assert (len(first.photos), len(first.unused)) == (1, 1)
    assert (len(again.photos), len(again.unused)) == (1, 1)
    give_back(node.blobs, again.unused)
    assert not node.blobs.exists(named(again.unused[0], "sent"))


def test_there_may_be_so_many_files_and_no_more(node: Node) -> None:
    to = ByLink(an_appeal(node).status_key)
    for n in range(MAX_OF_APPEAL):
        added(node, to, a_jpeg(10 + n, 10))
    with pytest.raises(TooManyFiles, match="может быть 10, уже есть 10"):
        added(node, to)
    added(node, to, a_jpeg(10, 10))  # one of those that are there
    with node.transaction() as session:
        [first, *_] = session.scalars(select(Photo)).all()
        erase_photos_of(session, appeal_ids=[first.appeal_id or 0], actor="x", now=NOW)
    added(node, to)


def test_nothing_is_added_to_what_is_not_there_or_has_ended(node: Node) -> None:
    for to in (ByLink("x" * 32), ByLink("\0"), ByLink("../" * 9)):
        with pytest.raises(NobodysPhotos):
            added(node, to)
    for number in ("RU-MUR-26-000099", "\0", "x" * 999):
        with pytest.raises(NobodysPhotos):
            added(node, ToAppeal(number), actor=ALL)
        with pytest.raises(NoSuchIssue):
            added(node, ToIssue(number), actor=ALL)
    sent = an_appeal(node)
    with node.transaction() as session:
        moved(session, sent.issue_number, "reject", 1, ground="other", reason="spam")
    with pytest.raises(TooLate):
        added(node, ByLink(sent.status_key))


def test_a_resident_of_a_merged_issue_adds_while_its_head_is_worked_on(node: Node) -> None:
    head, merged = an_appeal(node), an_appeal(node)
    with node.transaction() as session:
        moved(session, merged.issue_number, "merge", 1, into=head.issue_number)
    [photo] = added(node, ByLink(merged.status_key)).photos
    found = hung(node, photo.public_id)
    assert found.head is not None
    assert (found.issue.number, found.head.number) == (merged.issue_number, head.issue_number)


def test_staff_show_what_was_done_where_their_role_reaches(node: Node) -> None:
    road = an_appeal(node)
    clinic = an_appeal(node, "health.queues")
    executor = somebody(node, "executor")
    with pytest.raises(NoSuchIssue):
        added(node, ToIssue(clinic.issue_number), actor=executor)
    [photo] = added(node, ToIssue(road.issue_number), actor=executor).photos
    assert (photo.kind, photo.added_by) == ("after", executor.name)
    assert told(node, "add_photos") == [(road.issue_number, executor.name, {"files": 1})]
    reader = somebody(node, "head")
    with pytest.raises(NoRight):
        added(node, ToIssue(road.issue_number), actor=reader)
    with pytest.raises(NoRight):
        added(node, ToIssue(road.issue_number), actor=somebody(node, "analyst"))


def test_who_hands_appeals_in_adds_to_them_where_it_may(node: Node) -> None:
    road, clinic = an_appeal(node), an_appeal(node, "health.queues")
    moderator = somebody(node, "moderator")
    [photo] = added(node, ToAppeal(road.number), actor=moderator).photos
    assert photo.kind == "before"
    with pytest.raises(NobodysPhotos):  # of a sector closed to the moderator
        added(node, ToAppeal(clinic.number), actor=moderator)
    portal = Actor("portal", "портал", (Permit(frozenset([Right.APPEALS_SUBMIT]), UNIT),))
    added(node, ToAppeal(clinic.number), actor=portal)
    elsewhere = Actor(
        "other",
        "портал",
        (Permit(frozenset([Right.APPEALS_SUBMIT]), ELSEWHERE),),
        within=node.rulebook.directory.is_within,
    )
    with pytest.raises(NobodysPhotos):
        added(node, ToAppeal(road.number), actor=elsewhere)
    with pytest.raises(NoRight):
        added(node, ToAppeal(road.number), actor=somebody(node, "executor"))


def test_bad_files_are_named_and_none_is_kept(node: Node) -> None:
    with pytest.raises(Invalid) as caught:
        take_files(node.blobs, uploads(a_jpeg(), b"GIF89a"), field="photos")
    assert [fault.field for fault in caught.value.faults] == ["photos"]
    assert not (node.settings.data / "files").exists()


def test_a_store_that_fails_halfway_keeps_nothing(tmp_path: Path) -> None:
    class Fails(DiskBlobs):
        def put(self, name: str, data: object) -> None:
            if list((tmp_path / "files").glob("*/*")):
                raise BlobsUnavailable
            super().put(name, data)  # type: ignore[arg-type]

    with pytest.raises(BlobsUnavailable):
        take_files(Fails(tmp_path / "files"), uploads(a_jpeg(), a_jpeg(9, 9)), field="photos")
    assert list((tmp_path / "files").glob("*/*")) == []


# --- Opening --------------------------------------------------------------------------------------


def shown(node: Node, photo_id: str, actor: Actor, *, public: bool = True) -> Photo:
    with node.transaction() as session:
        return show_photo(
            session,
            node.rulebook,
            unit=UNIT,
            photo_id=photo_id,
            public=public,
            actor=actor,
            now=node.clock(),
        )


def a_ready_photo(node: Node, topic: str = "roads.pits") -> str:
    [photo] = added(node, ByLink(an_appeal(node, topic).status_key)).photos
    prepare_photos.run(node)
    return photo.public_id


def test_a_person_opens_a_photo_and_closes_it_again(node: Node) -> None:
    photo_id = a_ready_photo(node)
    approver = somebody(node, "approver")
    for _ in range(2):  # the second changes nothing
        photo = shown(node, photo_id, approver)
        assert (photo.public, photo.made_public_by, photo.made_public_at) == (
            True,
            approver.name,
            NOW,
        )
    photo = shown(node, photo_id, somebody(node, "moderator"), public=False)
    assert (photo.public, photo.made_public_by, photo.made_public_at) == (False, None, None)
    number = hung(node, photo_id).issue.number
    assert told(node, "show_photo") == [(number, approver.name, {"photo": photo_id})]
    assert told(node, "hide_photo") == [(number, "moderator.0", {"photo": photo_id})]


def test_only_those_with_the_right_open_a_photo_and_only_what_they_see(node: Node) -> None:
    road, clinic = a_ready_photo(node), a_ready_photo(node, "health.queues")
    for role in ("executor", "coordinator", "head"):
        with pytest.raises(NoRight):
            shown(node, road, somebody(node, role))
    for photo_id in (clinic, "x" * 22, "\0", "%"):
        with pytest.raises(NoSuchPhoto):
            shown(node, photo_id, somebody(node, "approver") if photo_id == clinic else ALL)


def test_what_is_closed_unread_or_not_ready_is_not_opened(node: Node) -> None:
    clinic = a_ready_photo(node, "health.queues")
    picture, document = added(node, ByLink(an_appeal(node).status_key), a_jpeg(), PDF).photos
    for photo_id, words in (
        (clinic, "закрытой теме"),
        (document.public_id, "Документ"),
        (picture.public_id, "не готова"),
    ):
        with pytest.raises(NotToBePublic, match=words):
            shown(node, photo_id, ALL)
    prepare_photos.run(node)
    assert shown(node, picture.public_id, ALL).public


def test_whoever_works_on_the_head_sees_what_was_merged_into_it(node: Node) -> None:
    head, other, clinic = an_appeal(node), an_appeal(node), an_appeal(node, "health.queues")
    ids = [added(node, ByLink(one.status_key)).photos[0].public_id for one in (other, clinic)]
    prepare_photos.run(node)
    with node.transaction() as session:
        for one in (other, clinic):
            moved(session, one.issue_number, "merge", 1, into=head.issue_number)
        of_head = issues.by_number(session, head.issue_number)
        of_other = issues.by_number(session, other.issue_number)
        assert of_head is not None
        assert of_other is not None
        of_other.executor = "social_ministry"
    agency = of_head.executor
    assert agency is not None
    approver = somebody(node, "approver", agencies=(agency,))
    assert shown(node, ids[0], approver).public
    with pytest.raises(NoSuchPhoto):  # merging opens no closed sector
        shown(node, ids[1], approver)


# --- Erasing --------------------------------------------------------------------------------------


def test_of_an_erased_photo_only_that_it_was_stays(node: Node) -> None:
    sent = an_appeal(node)
    [photo] = added(node, ByLink(sent.status_key)).photos
    [after] = added(node, ToIssue(sent.issue_number), actor=ALL).photos
    prepare_photos.run(node)
    shown(node, photo.public_id, ALL)
    with node.transaction() as session:
        found = appeals.by_number(session, sent.number)
        assert found is not None
        ids = {"appeal_ids": [found[0].id], "actor": "retention", "now": NOW}
        assert erase_photos_of(session, **ids) == 1
        assert erase_photos_of(session, **ids) == 0
    erased = hung(node, photo.public_id).photo
    assert (erased.state, erased.sha256, erased.public, erased.bytes) == ("erased", None, False, 0)
    assert told(node, "erase_photos") == [(sent.issue_number, "retention", {"files": 1})]
    prepare_photos.run(node)
    assert files_of(node, [photo.public_id]) == []
    assert files_of(node, [after.public_id]) == ["full", "small"]
    with node.transaction() as session:
        issue = session.scalars(select(Issue)).one()
        assert (
            erase_photos_of(
                session, appeal_ids=[], issue_ids=[issue.id], actor="retention", now=NOW
            )
            == 1
        )
    prepare_photos.run(node)
    assert files_of(node, [after.public_id]) == []
    with node.reading() as session:
        assert journal.broken_at(session) is None


def test_photos_are_listed_by_issue_and_by_appeal(node: Node) -> None:
    one, two = an_appeal(node), an_appeal(node)
    first = added(node, ByLink(one.status_key), a_jpeg(), a_telephone_jpeg()).photos
    [after] = added(node, ToIssue(one.issue_number), actor=ALL).photos
    added(node, ByLink(two.status_key))
    with node.reading() as session:
        of_issue = photos.of_issues(session, [after.issue_id])
        assert [hung.photo.id for hung in of_issue] == [photo.id for photo in (*first, after)]
        assert [hung.appeal for hung in of_issue] == [one.number, one.number, None]
        of_appeal = photos.of_appeals(session, [first[0].appeal_id or 0])
        assert [photo.id for photo in of_appeal] == [photo.id for photo in first]
        assert photos.of_issues(session, []) == []
