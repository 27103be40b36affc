"""Directives as programs send them to the API, and what a refusal names."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient

PATH = "/api/v1/directives"
TOP, REGION = "RU", "RU-MUR"
BODY: dict[str, Any] = {
    "title": "Открыть центр управления",
    "basis": "Перечень поручений, пункт 3",
    "issued_on": "2026-03-01",
    "deadline": "2026-12-01",
    "units": [REGION, "RU-KGD"],
    "coordinator": {"code": "office", "name": "Проектный офис"},
    "milestones": [
        {"code": "staff", "title": "Штат", "weight": 60},
        {"code": "premises", "title": "Помещение", "weight": 40, "kind": "done"},
    ],
}


def an_id(client: TestClient, **overrides: Any) -> str:
    answer = client.post(PATH, json=BODY | overrides)
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id


def fields(answer: Any) -> set[str]:
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return {error["field"] for error in answer.json()["errors"]}
