"""What a browser sends to the pages on routing, and what is looked at afterwards."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from node.bootstrap import Node
from node.domain.routing import RuleSet
from node.store import routings
from tests.support.appeals import TOWN, submitted, the_rulebook

PATH = "/routing"
DRAFT = f"{PATH}/draft"
RULE = {
    "revision": "1",
    "name": "Ямы в центре",
    "code": "",
    "position": "1",
    "executor": "amenities_service",
    "reserve": "",
    "topics": "roads.pits",
    "territories": TOWN,
    "channels": "api, vk",
    "kinds": "message",
    "urgencies": "ordinary",
    "place": "circle",
    "lat": "68,97",
    "lon": "33.08",
    "km": "5",
    "south": "",
    "west": "",
    "north": "",
    "east": "",
    "address": "",
    "words_all": "яма",
    "words_any": "двор\nдом 5",
    "words_none": "трасса",
}
TRIAL = {
    "number": "",
    "by_draft": "",
    "text": "Течёт крыша",
    "topic": "utilities.roof",
    "territory": TOWN,
    "channel": "api",
    "urgency": "ordinary",
    "kind": "message",
    "lat": "",
    "lon": "",
    "address": "",
    "complained_of": "",
}
GARBAGE = {
    "NUL": b"\x00",
    "half of a pair": b"\xed\xa0\x80",
    "no UTF-8": b"\xff\xfe",
    "a huge number": b"1" + b"0" * 400,
    "a huge exponent": b"1e999999999",
    "no number": b"NaN",
    "infinity": b"-Infinity",
    "digits of elsewhere": "٣".encode(),
    "below nothing": b"-1",
    "markup": b'"><script>alert(1)</script>',
    "commas": b"," * 5000,
    "long": "ы".encode() * 40_000,
}


def text_of(answer: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def an_issue(node: Node, **values: Any) -> str:
    with node.transaction() as session:
        return submitted(session, **values).issue_number


def in_force(node: Node) -> RuleSet:
    with node.reading() as session:
        return routings.in_force(session, the_rulebook().routing)


def draft(node: Node) -> RuleSet:
    with node.reading() as session:
        found = routings.draft(session)
        assert found is not None
        return found.rules
