"""Reports and risk marks at the API: what is taken, how it reads again, what is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.support.directives_api import PATH, REGION, TOP, an_id, fields
from tests.support.web import a_client, a_node


@pytest.fixture
def client(tmp_path: Path, database_url: str) -> Iterator[TestClient]:
    with a_node(tmp_path, database_url, unit=TOP) as node, a_client(node) as client:
        yield client


def test_a_report_is_put_and_read_as_one_history(client: TestClient) -> None:
    id = an_id(client)
    path = f"{PATH}/{id}/reports/{REGION}"
    answer = client.put(
        path,
        json={
            "readings": [
                {"milestone": "staff", "percent": 41},
                {"milestone": "premises", "percent": "100.0", "as_of": "2026-11-17"},
            ],
            "planned_on": "2026-11-30",
            "steps": [{"title": "Принять", "owner": "Глава", "due_on": "2026-11-20"}],
            "check_ins": ["2026-11-17", {"day": "2026-11-18"}],
            "acknowledged": True,
            "version": 0,
        },
    )
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert client.get(path).json() == body
    assert (body["unit"], body["origins"], body["on_behalf"], body["version"]) == (
        REGION,
        [TOP],
        True,
        1,
    )
    assert [(one["milestone"], one["as_of"], one["percent"]) for one in body["readings"]] == [
        ("premises", "2026-11-17", "100"),
        ("staff", "2026-11-18", "41"),
    ]
    assert body["planned_on"] == [{"as_of": "2026-11-18", "day": "2026-11-30", "precision": "day"}]
    assert [one["day"] for one in body["check_ins"]] == ["2026-11-17", "2026-11-18"]
    assert body["check_ins"][0]["post"] == "администратор узла"
    assert body["acknowledged_at"] == "2026-11-18T09:30:00Z"
    step = body["steps"][0] | {"done_on": "2026-11-18"}
    answer = client.put(path, json={"steps": [step], "version": 1})
    assert answer.json()["steps"] == [step]
    assert client.put(path, json={"version": 1, "check_ins": "2026-11-16"}).status_code == 409
    known = client.get(path).json()
    assert client.put(path, json={"planned_on": None, "check_ins": None}).json() == known


@pytest.mark.parametrize(
    ("percent", "written"),
    [(41, "41"), (52.5, "52.5"), ("52.50", "52.5"), (0, "0"), ("-0", "0"), (1e2, "100")],
)
def test_a_per_cent_may_be_a_number_or_a_string(
    client: TestClient, percent: Any, written: str
) -> None:
    id = an_id(client)
    body = {"readings": [{"milestone": "staff", "percent": percent}]}
    answer = client.put(f"{PATH}/{id}/reports/{REGION}", json=body)
    assert answer.json()["readings"][0]["percent"] == written


@pytest.mark.parametrize("percent", [True, None, "", "41 %", "1e2", "４１", 1e300, 41.005, -1, 101])
def test_what_is_no_per_cent_is_named(client: TestClient, percent: Any) -> None:
    id = an_id(client)
    body = {"readings": [{"milestone": "staff", "percent": percent}]}
    answer = client.put(f"{PATH}/{id}/reports/{REGION}", json=body)
    assert fields(answer) == {"readings.0.percent"}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"colour": 1}, {"colour"}),
        ({"readings": [{"percent": 1}]}, {"readings.0.milestone"}),
        (
            {"readings": [{"milestone": "staff", "percent": 1, "as_of": "2026-11-19"}]},
            {"readings.0.as_of"},
        ),
        ({"planned_on": "soon"}, {"planned_on.0.day"}),
        ({"planned_on": {"day": "2026-11-30", "precision": "week"}}, {"planned_on.0.precision"}),
        ({"check_ins": [5]}, {"check_ins.0"}),
        ({"check_ins": ["2026-11-19"]}, {"check_ins.0.day"}),
        ({"steps": [{"title": "a"}]}, {"steps.0.owner", "steps.0.due_on"}),
        ({"acknowledged": "yes"}, {"acknowledged"}),
        ({"version": -1}, {"version"}),
    ],
)
def test_every_wrong_field_of_a_report_is_named(
    client: TestClient, body: dict[str, Any], named: set[str]
) -> None:
    id = an_id(client)
    assert fields(client.put(f"{PATH}/{id}/reports/{REGION}", json=body)) == named


def test_who_is_not_addressed_is_told_so(client: TestClient) -> None:
    id = an_id(client)
    body = {"acknowledged": True}
    assert fields(client.put(f"{PATH}/{id}/reports/RU-TVE", json=body)) == {"unit"}
    assert fields(client.put(f"{PATH}/{id}/reports/%00", json=body)) == {"unit"}
    assert client.get(f"{PATH}/{id}/reports/RU-TVE").status_code == 404


def test_the_risk_zone_is_marked_with_a_reason(client: TestClient) -> None:
    id = an_id(client)
    path = f"{PATH}/{id}/risk"
    mark = {"unit": REGION, "change": "added", "reason": "Не отвечают"}
    body = client.post(path, json=mark).json()
    assert [one["rule"] for one in body["risk"]][:1] == ["marked"]
    assert body["marks"] == [
        {
            "change": "added",
            "on": "2026-11-18",
            "at": "2026-11-18T09:30:00Z",
            "post": "администратор узла",
            "reason": "Не отвечают",
            "evidence": None,
        }
    ]
    assert fields(client.post(path, json=mark | {"change": "removed"})) == {"evidence"}
    assert fields(client.post(path, json=mark | {"change": "lost"})) == {"change"}
    left = mark | {"change": "removed", "evidence": "Акт № 1", "on": "2026-11-18"}
    assert client.post(path, json=left).json()["risk"] == []
