"""Good bodies of what goes down from a coordinator and of what is said about it, with their keys.

They are the examples of the protocol's document and of its golden statements.
"""

from __future__ import annotations

from typing import Any

DIRECTIVE = "d7f3a1c09b2e4c58"
HELP = "h41c8e6a2b7d90f35"

BODIES: dict[str, tuple[str, dict[str, Any]]] = {
    "directive": (
        DIRECTIVE,
        {
            "title": "Открыть центр управления",
            "basis": "Перечень поручений от 1 марта 2020 года, пункт 3",
            "issued_on": "2020-03-01",
            "deadline": "2020-12-01",
            "addressed": "units",
            "tier": None,
            "to": ["47701000", "47712000"],
            "coordinator": {"code": "office", "name": "Проектный офис"},
            "responsible": ["Глава муниципального образования"],
            "co_executors": [],
            "milestones": [
                {
                    "code": "head",
                    "title": "Назначен руководитель",
                    "weight": 40,
                    "kind": "done",
                    "condition": {
                        "scale": [
                            {"code": "head", "title": "Глава"},
                            {"code": "deputy", "title": "Заместитель главы"},
                            {"code": "chief", "title": "Начальник отдела"},
                        ],
                        "at_least": "deputy",
                    },
                },
                {
                    "code": "rooms",
                    "title": "Готовы помещения",
                    "weight": 60,
                    "kind": "progress",
                    "condition": None,
                },
            ],
            "stages": {"complete": "100", "close": "60"},
            "roll_up": "own",
            "risk_rules": [
                {"rule": "planned_late", "percent": None, "days": None, "weeks": None},
                {"rule": "behind", "percent": "52.5", "days": 30, "weeks": None},
            ],
            "note": None,
            "states": [{"state": "in_force", "at": "2020-03-01T09:00:00Z", "reason": None}],
        },
    ),
    "directive_risk": (
        f"{DIRECTIVE}.47701000",
        {
            "directive": DIRECTIVE,
            "unit": "47701000",
            "marks": [
                {
                    "change": "added",
                    "on": "2020-11-01",
                    "at": "2020-11-01T07:00:00Z",
                    "post": "Координатор проектного офиса",
                    "reason": "Помещения не переданы",
                    "evidence": None,
                },
                {
                    "change": "removed",
                    "on": "2020-11-17",
                    "at": "2020-11-17T07:00:00Z",
                    "post": "Координатор проектного офиса",
                    "reason": "Помещения переданы",
                    "evidence": "Акт от 16 ноября 2020 года",
                },
            ],
        },
    ),
    "directive_report": (
        f"{DIRECTIVE}.47701000",
        {
            "directive": DIRECTIVE,
            "issuer": "RU-MUR",
            "unit": "47701000",
            "on_behalf": False,
            "acknowledged_at": "2020-03-02T06:10:00Z",
            "readings": [
                {
                    "milestone": "rooms",
                    "as_of": "2020-10-31",
                    "percent": "52.5",
                    "value": None,
                    "reason": None,
                    "reconstructed": False,
                },
                {
                    "milestone": "head",
                    "as_of": "2020-10-31",
                    "percent": "100",
                    "value": "deputy",
                    "reason": None,
                    "reconstructed": False,
                },
            ],
            "planned_on": [{"as_of": "2020-10-31", "day": "2020-11-30", "precision": "day"}],
            "steps": [
                {
                    "id": "s1",
                    "title": "Принять помещения",
                    "owner": "Заместитель главы",
                    "added_on": "2020-11-01",
                    "due_on": "2020-11-15",
                    "done_on": "2020-11-16",
                }
            ],
            "check_ins": [
                {"day": "2020-11-02", "at": "2020-11-02T05:58:00Z", "post": "Заместитель главы"}
            ],
        },
    ),
    "help": (
        HELP,
        {
            "kind": "question",
            "to": ["47701000"],
            "directive": DIRECTIVE,
            "title": "Когда будут помещения",
            "text": "Что мешает передать помещения и кто отвечает?",
            "asked_on": "2020-11-01",
            "due_on": "2020-11-05",
            "planned_on": None,
            "states": [{"state": "open", "at": "2020-11-01T08:00:00Z", "reason": None}],
        },
    ),
    "help_report": (
        f"{HELP}.47701000",
        {
            "help": HELP,
            "issuer": "RU-MUR",
            "unit": "47701000",
            "on_behalf": False,
            "seen_at": "2020-11-01T08:02:00Z",
            "answers": [
                {
                    "at": "2020-11-03T12:00:00Z",
                    "post": "Заместитель главы",
                    "text": "Ремонт окончен, акт подпишут 16 ноября.",
                }
            ],
            "held_on": None,
            "attended": None,
        },
    ),
    "directory": (
        "directory",
        {
            "units": [
                {
                    "code": "RU",
                    "tier": "national",
                    "parent": None,
                    "name": "Россия",
                    "name_en": None,
                    "lat": None,
                    "lon": None,
                    "population": None,
                    "timezone": "Europe/Moscow",
                    "opened_on": None,
                    "closed_on": None,
                    "node_from": None,
                    "node_until": None,
                    "curator": None,
                },
                {
                    "code": "RU-MUR",
                    "tier": "regional",
                    "parent": "RU",
                    "name": "Мурманская область",
                    "name_en": "Murmansk Oblast",
                    "lat": 68.97,
                    "lon": 33.07,
                    "population": 732864,
                    "timezone": "Europe/Moscow",
                    "opened_on": "2020-12-01",
                    "closed_on": None,
                    "node_from": "2026-01-01",
                    "node_until": None,
                    "curator": "Заместитель руководителя",
                },
            ]
        },
    ),
    "delivery": (
        DIRECTIVE,
        {
            "origin": "RU",
            "type": "directive",
            "key": DIRECTIVE,
            "epoch": 1795251600,
            "rev": 3,
            "sha256": "2ecab7ee73be7913ca982aba92f174aa0e420722b1be45173e974494560d1530",
            "results": [
                {
                    "unit": "47701000",
                    "result": "stored",
                    "code": None,
                    "at": "2026-11-21T09:00:00Z",
                },
                {
                    "unit": "47712000",
                    "result": "quarantined",
                    "code": "unsupported_type",
                    "at": "2026-11-21T09:00:00Z",
                },
                {"unit": "47715000", "result": "waiting", "code": None, "at": None},
            ],
        },
    ),
}
