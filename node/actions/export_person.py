"""Make the copy of all that is held on a resident, who has asked for it by numbers of appeals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from node.actions.erase_person import owned_by
from node.actions.hold_issue import checked_reason
from node.domain.person_file import (
    VERSION,
    AppealCopy,
    AttemptCopy,
    ContactCopy,
    DeliveryCopy,
    EntryCopy,
    ErasureCopy,
    MoveCopy,
    PersonFile,
    PhotoCopy,
    PlaceCopy,
    ReplyCopy,
    RequestCopy,
    SaidCopy,
    strangers,
)
from node.domain.redaction import redact
from node.domain.retention import ON_REQUEST
from node.domain.rights import Actor, Right
from node.domain.rulebook import Rulebook
from node.store import data_requests, journal, person_files
from node.store.appeals import Appeal, Resident
from node.store.delivery_attempts import DeliveryAttempt
from node.store.outbox import OutboxMessage
from node.store.person_files import Dossier
from node.store.tombstones import Tombstone


def export_person(
    session: Session,
    rulebook: Rulebook,
    *,
    unit: str,
    operator: str,
    numbers: Sequence[str],
    reason: str,
    actor: Actor,
    now: datetime,
) -> PersonFile:
    """The copy. NoRight; Invalid names numbers nobody knows. That it was made is put on record.

    `operator`: who answers for the data, as residents are told.
    """
    actor.require_whole(Right.RESIDENTS_MANAGE, unit)
    told = checked_reason(reason)
    owned = owned_by(session, numbers)
    known = [one.appeal.number for one in owned]
    data_requests.write(
        session, kind="export", subjects=known, reason=told, actor=actor.name, now=now
    )
    for number in known:
        journal.write(session, action="person_exported", subject=number, actor=actor.name, now=now)
    appeals = tuple(_appeal(one, rulebook) for one in person_files.gather(session, owned))
    made = PersonFile(VERSION, now, unit, operator, (), appeals)
    return replace(made, warnings=strangers(appeals))


def _appeal(dossier: Dossier, rulebook: Rulebook) -> AppealCopy:
    appeal, issue, head = dossier.owned.appeal, dossier.owned.issue, dossier.owned.head
    return AppealCopy(
        number=appeal.number,
        channel=appeal.channel,
        external_id=appeal.external_id,
        kind=appeal.kind,
        territory=appeal.territory,
        topic=appeal.topic,
        text=appeal.text,
        place=_place(appeal),
        received_at=appeal.received_at,
        registered_at=appeal.registered_at,
        contact=_contact(dossier.resident),
        issue=issue.number,
        issue_state=head.state,
        issue_outcome=head.outcome,
        issue_closed_at=head.closed_at,
        merged_into=None if head is issue else head.number,
        moves=tuple(
            MoveCopy(one.move, one.state, one.at, redact(one.reason).text if one.reason else None)
            for one in dossier.moves
        ),
        replies=tuple(
            ReplyCopy(one.kind, one.text, one.sent_at or one.at) for one in dossier.replies
        ),
        said=tuple(SaidCopy(one.kind, one.mark, one.text, one.at) for one in dossier.said),
        deliveries=tuple(_delivery(message, tried) for message, tried in dossier.deliveries),
        photos=tuple(PhotoCopy(one.kind, one.state, one.added_at) for one in dossier.photos),
        requests=tuple(
            RequestCopy(one.kind, tuple(one.fields), one.at) for one in dossier.requests
        ),
        erased=tuple(erasure_copy(one, rulebook) for one in dossier.tombstones),
        journal=tuple(
            EntryCopy(one.id, one.at, one.action, one.subject, one.details)
            for one in dossier.journal
        ),
    )


def erasure_copy(stone: Tombstone, rulebook: Rulebook) -> ErasureCopy:
    """A tombstone as whoever asks is told of it."""
    by_rule = stone.rule != ON_REQUEST
    return ErasureCopy(
        number=stone.subject,
        data=stone.data,
        fate=stone.fate,
        rule=stone.rule,
        rule_name=rulebook.retention.named(stone.rule) if by_rule else "по запросу жителя",
        at=stone.at,
        consent_version=stone.consent_version,
        consented_at=stone.consented_at,
    )


def _delivery(message: OutboxMessage, tried: Sequence[DeliveryAttempt]) -> DeliveryCopy:
    return DeliveryCopy(
        kind=message.kind,
        stage=message.stage,
        way=message.way,
        state=message.state,
        failure=message.failure,
        created_at=message.created_at,
        delivered_at=message.delivered_at,
        attempts=tuple(AttemptCopy(one.way, one.result, one.code, one.at) for one in tried),
    )


def _contact(resident: Resident | None) -> ContactCopy | None:
    if resident is None:
        return None
    return ContactCopy(
        resident.name,
        resident.phone,
        resident.email,
        resident.address,
        resident.reply_by,
        resident.consent_version,
        resident.consented_at,
    )


def _place(appeal: Appeal) -> PlaceCopy | None:
    if appeal.lat is None or appeal.lon is None:
        return None
    return PlaceCopy(appeal.lat, appeal.lon)
