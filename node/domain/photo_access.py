"""Who sees a photo: the staff who see its issue, and everybody once a person has opened it."""

from __future__ import annotations

from typing import Protocol

from node.domain.access import Access, Placed, closed_topics, is_under
from node.domain.classifier import Classifier
from node.domain.photo import Kind, State
from node.domain.rights import Right

OPENS = (Right.ISSUES_APPROVE, Right.ISSUES_MODERATE)
"""Either opens a photo to everybody, and closes it again."""
ADDS = (*OPENS, Right.ISSUES_COORDINATE, Right.ISSUES_EXECUTE)


class Opened(Protocol):
    """What of a photo its publicity depends on."""

    @property
    def public(self) -> bool: ...
    @property
    def kind(self) -> str: ...
    @property
    def state(self) -> str: ...


def sees(access: Access, issue: Placed, head: Placed | None, classifier: Classifier) -> bool:
    """Whether a photo of this issue may be looked at.

    Who works on the `head` that stands for a merged issue has to see what its residents sent, but
    merging opens no closed sector.
    """
    if access.sees(issue):
        return True
    return head is not None and access.sees(head) and not is_closed(issue, classifier)


def may(
    access: Access,
    rights: tuple[Right, ...],
    issue: Placed,
    head: Placed | None,
    classifier: Classifier,
) -> bool:
    """Whether one of the rights is held on an issue, or on the one that stands for it."""
    standing = [issue] if head is None or is_closed(issue, classifier) else [issue, head]
    return any(access.may(right, one) for right in rights for one in standing)


def is_open(photo: Opened, issue: Placed, classifier: Classifier) -> bool:
    """Whether everybody may see it. Asked anew each time: the topic may have been closed since."""
    return photo.public and can_be_open(photo, issue, classifier)


def can_be_open(photo: Opened, issue: Placed, classifier: Classifier) -> bool:
    """A re-encoded picture of an issue that is not of a closed topic. Of a document nobody knows
    what else is in it."""
    return (
        photo.state == State.READY
        and photo.kind != Kind.DOCUMENT
        and not is_closed(issue, classifier)
    )


def is_closed(issue: Placed, classifier: Classifier) -> bool:
    return is_under(issue.topic, closed_topics(classifier))
