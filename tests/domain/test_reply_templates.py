"""Beginnings of answers: which suit a topic, how they are filled, what of the file is refused."""

from __future__ import annotations

import pytest

from node.domain.reply_templates import ReplyTemplate, ReplyTemplates, left_open
from node.domain.table import InvalidTable
from tests.support.appeals import the_rulebook

CLASSIFIER = the_rulebook().classifier
SHIPPED = the_rulebook().reply_templates


def read(**values: object) -> ReplyTemplates:
    entry = {"code": "one", "title": "Один", "text": "Готово"} | values
    return ReplyTemplates.from_table({"templates": [entry]}, CLASSIFIER)


def test_about_twenty_are_shipped_for_every_kind_and_outcome() -> None:
    assert len(SHIPPED.templates) >= 20
    assert {one.kind for one in SHIPPED.templates} == {"final", "interim", "question"}
    finals = [one for one in SHIPPED.templates if one.kind == "final"]
    assert {one.outcome for one in finals} == {"solved", "explained", "refused"}


def test_every_shipped_one_leaves_its_facts_to_a_person_or_is_whole() -> None:
    """Nobody can send «Сделано» untouched: what was done is a gap that is warned of."""
    for one in SHIPPED.templates:
        filled = one.filled({"until": "25.11.2026", "place": "Мурманск"})
        assert "{" not in filled
        assert filled.strip()
        assert one.kind == "question" or left_open(filled), one.code


def test_the_nearest_to_a_topic_stand_first_and_others_not_at_all() -> None:
    listed = SHIPPED.suitable("roads.pits", ("final",))
    assert listed[0].code == "pits"
    assert {"done", "refused"} < {one.code for one in listed}
    assert not {"heating", "doctor"} & {one.code for one in listed}
    assert SHIPPED.suitable("family.payments", ("final",))[0].code == "payment"  # by its sector
    assert {one.kind for one in SHIPPED.suitable("unsorted", ("question",))} == {"question"}


def test_a_line_whose_field_is_not_known_is_left_out() -> None:
    one = ReplyTemplate("x", "X", "interim", "Делаем.\nОтветим не позже {until}.\n{place}: ждите")
    assert one.filled({"until": "25.11.2026", "place": "Кола"}) == (
        "Делаем.\nОтветим не позже 25.11.2026.\nКола: ждите"
    )
    assert one.filled({"until": "", "place": "Кола"}) == "Делаем.\nКола: ждите"


def test_what_was_left_to_be_put_in_is_found_once_each() -> None:
    assert left_open("С [день] по [день] [что]\n[не\nто] [] готово") == ("[день]", "[что]")


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"code": "Один"}, "code"),
        ({"kind": "last"}, "kind"),
        ({"outcome": "done"}, "outcome"),
        ({"kind": "interim", "outcome": "solved"}, "outcome"),
        ({"topics": ["roads.pitts"]}, "roads.pitts"),
        ({"text": "{phone}"}, "phone"),
        ({"text": "{until!r}"}, "until"),
        ({"text": "{"}, "brace"),
        ({"text": " "}, "text"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_key_is_named(values: dict[str, object], named: str) -> None:
    with pytest.raises(InvalidTable, match=named):
        read(**values)


def test_a_code_stands_once() -> None:
    entry = {"code": "one", "title": "Один", "text": "Готово"}
    with pytest.raises(InvalidTable, match="one stands twice"):
        ReplyTemplates.from_table({"templates": [entry, entry]}, CLASSIFIER)
