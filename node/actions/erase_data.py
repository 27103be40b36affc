"""Erase or redact what is held on residents, and leave of it a tombstone and a journal entry.

Whether it is due (`apply_retention.py`) or asked for (`erase_person.py`) is decided before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from node.actions.erase_photos import erase_photos_of
from node.domain.redaction import redact
from node.domain.retention import REDACTABLE, Data, Fate, Held, marker
from node.store import erasure, journal, tombstones
from node.store.erasure import Consent

FOUND_BY = frozenset({Data.TEXT, Data.REPLIES, Data.DRAFTS})
"""What the words are taken from by which an issue is found."""
NO_CONSENT = Consent(None, None)


@dataclass(frozen=True, slots=True)
class Order:
    """To do away with one kind of what is held. `why`: in the words of whoever reads the place of
    an erased text; `rule`: in the code of its rule."""

    held: Held
    data: Data
    fate: Fate
    rule: str
    why: str


def erase_data(
    session: Session, orders: Sequence[Order], *, day: str, actor: str, now: datetime
) -> None:
    """Carry the orders out: a fixed number of statements for any number of them, and one entry in
    the journal for each number. `day`: the local day, as texts have it."""
    grouped: dict[tuple[Data, Fate], list[Order]] = defaultdict(list)
    for order in orders:
        grouped[order.data, order.fate].append(order)
    consents: dict[int, Consent] = {}
    for (data, fate), given in grouped.items():
        ids = [order.held.id for order in given]
        if data is Data.CONTACT:
            consents = erasure.shred_contacts(session, ids)
        elif data is Data.DRAFTS:
            erasure.drop_drafts(session, ids)
        elif data is Data.PHOTOS:
            erase_photos_of(
                session,
                appeal_ids=[order.held.id for order in given if not order.held.of_issue],
                issue_ids=[order.held.id for order in given if order.held.of_issue],
                actor=actor,
                now=now,
            )
        elif data in REDACTABLE:
            _rewrite(session, data, fate, given, day)
    rewritten = [order.held for order in orders if order.data in FOUND_BY]
    if rewritten:
        erasure.find_by_what_is_left(
            session,
            appeal_ids=[held.id for held in rewritten if not held.of_issue],
            issue_ids=[held.id for held in rewritten if held.of_issue],
        )
    tombstones.write(session, [_tombstone(order, consents, actor, now) for order in orders])
    entries: dict[str, dict[str, str]] = defaultdict(dict)
    for order in orders:
        entries[order.held.subject][order.data.value] = f"{order.fate}:{order.rule}"
    for subject, done in entries.items():
        journal.write(session, action="data_erased", subject=subject, actor=actor, now=now, **done)


def _rewrite(session: Session, data: Data, fate: Fate, orders: list[Order], day: str) -> None:
    by_why: dict[str, list[int]] = defaultdict(list)
    for order in orders:
        by_why[order.why if fate is Fate.ERASE else ""].append(order.held.id)
    for why, ids in by_why.items():
        change = _redacted if fate is Fate.REDACT else _always(marker(why, day))
        found = erasure.texts(session, data, ids)
        changed = {row: change(text) for row, text in found.items()}
        erasure.write_texts(
            session, data, {row: new for row, new in changed.items() if new != found[row]}
        )


def _redacted(text: str) -> str:
    return redact(text).text


def _always(text: str) -> Callable[[str], str]:
    return lambda _text: text


def _tombstone(
    order: Order, consents: dict[int, Consent], actor: str, now: datetime
) -> dict[str, object]:
    agreed = NO_CONSENT
    if order.data is Data.CONTACT:
        agreed = consents.get(order.held.id, NO_CONSENT)
    return {
        "subject": order.held.subject,
        "data": order.data.value,
        "fate": order.fate.value,
        "rule": order.rule,
        "items": order.held.items.get(order.data, 1),
        "consent_version": agreed.version,
        "consented_at": agreed.at,
        "actor": actor,
        "at": now,
    }
