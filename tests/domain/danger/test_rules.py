"""How words of danger are written and read: signs, exclusions, negation, slips, own rules."""

from __future__ import annotations

from typing import Any

import pytest

from node.domain.appeal import MAX_TEXT
from node.domain.danger import Danger, DangerRules, find_danger
from node.domain.lemmas import forms
from node.domain.table import InvalidTable
from tests.support.appeals import the_rulebook


def rules(**rule: Any) -> DangerRules:
    """One rule `x`, with a set `child`."""
    words = {"child": ["ребенок", "девочка"], "person": ["@child", "человек"]}
    danger = {"words": words, "rules": {"x": {"name": "Опасность", **rule}}}
    return DangerRules.from_topics({"danger": danger})


def fires(text: str, **rule: Any) -> bool:
    return bool(find_danger(text, rules(**rule)))


def shipped(text: str) -> list[str]:
    return [danger.code for danger in find_danger(text, the_rulebook().danger)]


@pytest.mark.parametrize(
    ("sign", "text", "expected"),
    [
        ("газ", "пахнет газом", True),
        ("газ", "газон, газета, магазин, газель", False),
        ("люк открыть|открытый", "Открытого люка", True),
        ("люк открыть|открытый", "Люк открыт", True),
        ("люк открыть|открытый", "Закрытый люк", False),
        ("искр*", "Искрит!", True),
        ("искр*", "выиграл", False),
        ("!закрыть люк", "люк не закрыт", True),
        ("!закрыть люк", "люк не был до конца закрыт", True),
        ("!закрыть люк", "люк закрыт", False),
        ("рухнуть крыша", "крыша не рухнула", False),
        ("рухнуть крыша", "крыша чуть не рухнула", True),
        ("рухнуть крыша", "как бы не рухнула крыша", True),
        ("тянуть газ:ablt", "тянет газом", True),
        ("тянуть газ:ablt", "тянут газ в деревню", False),
        ("(убрать|сбить):past лед", "лёд убрали", True),
        ("(убрать|сбить):past лед", "уберите лёд", False),
        ("бить @child:accs", "бьют детей", True),
        ("бить @child:accs", "дети бьют стёкла", False),
        ("упасть @person", "упал человек", True),
        ("упасть @person", "упала девочка", True),
        ("газ утечка /2", "утечка, говорят, опасного газа", False),
        ("газ утечка", "Утечка. Газа", True),
        ("газ утечка", "Утечка воды. Зато плиту поставили новую, газа хватает", False),
        ("люк открыть", "На ул. Ленина, д. 5 люк в кв. 7 открыт", True),
    ],
)
def test_a_sign_is_found_or_not(sign: str, text: str, expected: bool) -> None:
    assert fires(text, signs=[sign]) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("колодец", True),
        ("калодец", True),  # another letter
        ("колодеец", True),  # one more
        ("клодец", True),  # one less
        ("коолдец", True),  # two swapped
        ("калодезь", False),  # two slips
        ("голодец", True),
        ("холодец", False),  # a word of its own is no slip
    ],
)
def test_one_slip_of_the_finger_is_forgiven_in_words_nobody_knows(
    text: str, expected: bool
) -> None:
    assert fires(f"открыт {text}", signs=["колодец"]) is expected


def test_exclusions_hold_near_the_place_only() -> None:
    rule = {"signs": ["люк"], "unless": ["машина"]}
    assert not fires("люк машины", **rule)
    assert fires("люк во дворе. Вчера туда едва не заехала соседская старая машина", **rule)
    assert fires("люк машины. А ещё во дворе школы с осени стоит открытый люк", **rule)


def test_nothing_speaks_against_a_sign_of_always() -> None:
    rule = {"signs": ["люк"], "unless": ["закрыть:past"], "always": ["люк фанера"]}
    assert not fires("люк закрыли", **rule)
    assert fires("люк закрыли фанерой", **rule)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("пахнет газом", True),
        ("утечку газа устранили", False),
        ("утечка газа устранена", False),
        ("утечку газа не устранили", True),
        ("прошу устранить утечку газа", True),
        ("утечку газа устранили, но опять пахнет газом", True),
    ],
)
def test_what_is_over_is_no_danger_unless_it_is_there_again(text: str, expected: bool) -> None:
    found = DangerRules.from_topics(
        {
            "danger": {
                "over": ["устранить:past"],
                "again": ["опять"],
                "rules": {"gas": {"name": "Газ", "signs": ["утечка газ", "пахнуть газ"]}},
            }
        }
    )
    assert bool(find_danger(text, found)) is expected


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Газон вытоптали, в газете писали", []),
        ("как получить газ", []),
        ("газовая плита в рассрочку", []),
        ("магазин", []),
        ("люк машины", []),
        ("утечку газа устранили", []),
        ("запах газа", ["gas_leak"]),
        ("люк открыт", ["open_hatch"]),
        ("запах газа и открытый люк во дворе", ["gas_leak", "open_hatch"]),
        ("", []),
        ("🙂 \0 !!!", []),
    ],
)
def test_the_shipped_rules_on_the_plainest_cases(text: str, codes: list[str]) -> None:
    assert shipped(text) == codes


def test_the_reason_is_the_place_in_the_text_as_it_was_written() -> None:
    text = "Здравствуйте! Во дворе ОТКРЫТ люк."
    [danger] = find_danger(text, the_rulebook().danger)
    assert danger == Danger("open_hatch", "Открытый люк, колодец, траншея", 23, 33)
    assert text[danger.start : danger.end] == "ОТКРЫТ люк"


def test_the_longest_text_is_read() -> None:
    text = ("Газон, люк машины, огонь свечи; " * 400)[: MAX_TEXT - 20] + " пахнет газом"
    assert shipped(text) == ["gas_leak"]
    assert shipped("ж" * MAX_TEXT) == []


def test_every_word_of_the_shipped_rules_can_be_met_in_a_text() -> None:
    """A word that is not its own dictionary form would never be found."""
    assert [word for word in sorted(the_rulebook().danger.words()) if word not in forms(word)] == []


def test_a_node_adds_replaces_and_drops_rules() -> None:
    own = {
        "danger": {
            "words": {"mine": ["шахта", "штрек"]},
            "rules": {
                "methane": {"name": "Метан", "signs": ["метан @mine", "метан @person"]},
                "fire": {"name": "Огонь", "signs": ["зарево"]},
                "dogs": {"off": True},
            },
        }
    }
    danger = the_rulebook().danger.extended(own)
    codes = [rule.code for rule in danger.rules]
    assert "dogs" not in codes
    assert codes[-1] == "methane"
    assert [d.name for d in find_danger("метан в шахте, люди", danger)] == ["Метан"]
    assert find_danger("пожар в доме", danger) == ()
    assert [d.name for d in find_danger("над лесом зарево", danger)] == ["Огонь"]
    assert find_danger("собаки покусали ребёнка", danger) == ()
    assert find_danger("пахнет газом", danger)


def test_a_classifier_of_its_own_does_not_trip_over_the_danger_in_its_file() -> None:
    classifier = the_rulebook().classifier.extended({"danger": {"rules": {}}})
    assert classifier.topics == the_rulebook().classifier.topics


@pytest.mark.parametrize(
    ("danger", "named"),
    [
        ({"rules": {"x": {"signs": ["газ"]}}}, "danger.rules.x.name is missing"),
        ({"rules": {"x": {"name": "X"}}}, "danger.rules.x.signs is missing"),
        ({"rules": {"x": {"name": "X", "signs": ["@boy газ"]}}}, "there is no set 'boy'"),
        ({"rules": {"x": {"name": "X", "signs": ["газ /99"]}}}, "/N is a whole number up to 40"),
        ({"rules": {"x": {"name": "X", "signs": ["г*з"]}}}, r"'г\*з' is no word of a sign"),
        ({"rules": {"x": {"name": "X", "signs": ["(газ"]}}}, "'\\(газ' is no word of a sign"),
        ({"rules": {"x": {"name": "X", "signs": ["/3"]}}}, "'/3' holds no words"),
        ({"rules": {"x": {"name": "X", "signs": ["газ"], "apart": 0}}}, "at least 1"),
        ({"rules": {"x": {"name": "X", "sign": ["газ"]}}}, "signs is missing"),
        ({"rules": {"x": {"off": True}}}, "off is set for a rule that does not exist"),
        ({"rules": {"topic": {"name": "X", "signs": ["газ"]}}}, "rename the rule"),
        ({"words": {"all": ["@child"]}}, "names the set 'child'"),
        ({"over": ["(газ"]}, "danger.over"),
        ({"rule": {}}, "danger.rule is not a known key; did you mean 'rules'"),
    ],
)
def test_a_wrong_rule_is_refused_by_its_key(danger: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidTable, match=named):
        DangerRules.from_topics({"danger": danger})


def test_no_rules_find_nothing() -> None:
    assert find_danger("пожар, газ, люк открыт", DangerRules()) == ()
