"""Letters: the facts of a message put into the words of config/notices.toml."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from node.domain.issue import (
    OUTCOME_NAMES,
    REJECTION_GROUNDS,
    WAYS_OF_FORWARDING,
    Outcome,
)
from node.domain.local_day import day_of
from node.domain.notices import ALERT, Letter
from node.domain.rulebook import Rulebook
from node.store.letters import Facts


def letter(
    stage: str, facts: Facts, *, rulebook: Rulebook, unit: str, url: str, operator_email: str
) -> Letter:
    """What is written on a stage, or of an alert. `url`: what the node is reached by, no slash."""
    directory, zone = rulebook.directory, rulebook.directory.zone(unit)
    common = {
        "unit": directory.name(unit),
        "topic": rulebook.classifier.name(facts.topic),
        "place": directory.name(facts.territory),
    }
    if stage == ALERT:
        return rulebook.notices.alert.filled(
            common
            | {
                "issue": facts.issue,
                "link": f"{url}/issues/{facts.issue}",
                "received": _moment(facts.arrived_at, zone),
            }
        )
    given = facts.given
    return rulebook.notices.letter(
        stage,
        common
        | {
            "number": facts.number or "",
            "link": f"{url}/status/{facts.status_key}",
            "received": _day(facts.received_at, zone),
            "executor": rulebook.agencies.name(facts.executor) if facts.executor else "",
            "due": _last_day(facts.final_due_at, zone),
            "text": facts.text or "",
            "until": f"{facts.until:%d.%m.%Y}" if facts.until else "",
            "outcome": OUTCOME_NAMES[Outcome(facts.outcome)] if facts.outcome else "",
            "reason": _reason(stage, facts),
            # An agency of this node by its name; any other body as it was named.
            "responsible": rulebook.agencies.name(given.get("responsible", "")),
            "addressee": given.get("addressee", ""),
            "forwarded_by": WAYS_OF_FORWARDING.get(given.get("way", ""), ""),
            "forwarded_on": _iso_day(given.get("sent_on", "")),
            "operator_email": operator_email,
        },
    )


def _reason(stage: str, facts: Facts) -> str:
    """What the resident is told of why. The reason of any other move is for colleagues."""
    reason = facts.reason or ""
    if stage == "rejected":
        ground = REJECTION_GROUNDS.get(facts.given.get("ground", ""), "")
        return "; ".join(part for part in (ground, reason) if part)
    return reason if facts.outcome == Outcome.REFUSED else ""


def _iso_day(text: str) -> str:
    return f"{date.fromisoformat(text):%d.%m.%Y}" if text else ""


def _day(moment: datetime | None, zone: ZoneInfo) -> str:
    return f"{day_of(moment, zone):%d.%m.%Y}" if moment else ""


def _last_day(moment: datetime | None, zone: ZoneInfo) -> str:
    """A deadline is the midnight after the day to name."""
    return _day(moment - timedelta(microseconds=1), zone) if moment else ""


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%d.%m.%Y, %H:%M}"
