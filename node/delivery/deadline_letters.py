"""The letter to one of the staff of deadlines that come near, in the words of config/notices.toml.

Numbers, topics, places and deadlines; no text of a resident and nothing else of theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from node.domain.notices import Letter
from node.domain.rulebook import Rulebook
from node.store.deadline_warnings import Told

SHOWN = 50
"""Issues a letter lists; of the others it tells how many they are."""


def deadline_letter(
    told: Sequence[Told], *, rulebook: Rulebook, unit: str, url: str, now: datetime
) -> Letter:
    """`told`: the nearest deadline first. `url`: what the node is reached by, no slash."""
    directory, words = rulebook.directory, rulebook.notices.warning
    zone = directory.zone(unit)
    listed = [
        words.lines(
            {
                "issue": one.number,
                "topic": rulebook.classifier.name(one.topic),
                "place": directory.name(one.territory),
                "deadline": "первый ответ" if one.is_first else "окончательный ответ",
                "due": _due(one.due_at, zone),
                "link": f"{url}/issues/{one.number}",
            },
            late=one.due_at <= now,
        )
        for one in told[:SHOWN]
    ]
    others = len(told) - len(listed)
    late = any(one.due_at <= now for one in told)
    return words.letter.filled(
        {
            "issues": "\n\n".join(listed),
            "count": str(len(told)),
            "others": str(others) if others else "",
            "soon": f"{url}/issues?due=soon",
            "overdue": f"{url}/issues?due=overdue" if late else "",
            "account": f"{url}/account",
            "unit": directory.name(unit),
        }
    )


def _due(moment: datetime, zone: ZoneInfo) -> str:
    """`18.11.2026, 14:30`; a deadline at midnight is the end of the day before it."""
    local = moment.astimezone(zone)
    if local.time() == time(0):
        return f"конца дня {local - timedelta(days=1):%d.%m.%Y}"
    return f"{local:%d.%m.%Y, %H:%M}"
