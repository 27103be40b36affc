"""Lemmas: forms of one word meet in search, numbers stay, queries of any kind are read."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from node.domain.lemmas import (
    CACHED_WORDS,
    MAX_TERMS,
    Term,
    analyser,
    forms,
    lemmas,
    meaningful,
    parses,
    search_terms,
    search_text,
    tokens,
)


def found(query: str, text: str) -> bool:
    """Whether a query finds a text, the way both databases look."""
    stored = search_text(text)
    return all(any(needle in stored for needle in term.needles) for term in search_terms(query))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("ямы на дорогах", "Огромная яма на нашей дороге!"),
        ("детский сад", "Ребёнка не взяли в детском саду"),
        ("ЁЛКА", "упала елка"),
        ("елки", "Ёлку не убрали"),
        ("сталь", "перила из стали"),
        ("стать", "люди стали бояться"),
        ("стали", "пора стать добрее"),
        ("стали", "заржавела сталь"),
        ("открытый люк", "люк открыт третий день"),
        ("сосул", "с крыши висят сосульки"),
        ("Ленин 5а", "ул. Ленина, 5-А"),
        ("12/3", "Мира 12/3, подъезд 2"),
        ("гор вода", "отключили горячую воду"),
        ("нет света", "Света нет с утра"),
        ("«дорога»", "дорог не чистят"),
        ("% _ * дорога -- ' \" \\", "дорогу размыло"),
        ("Мухосранская", "живу на мухосранской улице"),
        ("м-4", "трасса М4"),
        ("wi-fi", "нет wi-fi в школе"),
    ],
)
def test_a_query_finds_the_text(query: str, text: str) -> None:
    assert search_terms(query)
    assert found(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("ямы на дорогах", "яма во дворе"),
        ("газ", "газон вытоптали, газета не пришла, магазин закрыт"),
        ("5", "Ленина 5а"),
        ("12", "Мира 12/3"),
        ("дом", "сломан домофон"),
        ("свет", "светофор не работает"),
        ("дорога", ""),
    ],
)
def test_a_query_does_not_find_the_text(query: str, text: str) -> None:
    assert not found(query, text)


@pytest.mark.parametrize("query", ["", "   ", "на и в", "«»!?…", "\0\0", "%%%", "\ud800", "🙂"])
def test_a_query_without_words_asks_for_nothing(query: str) -> None:
    assert search_terms(query) == ()


def test_a_query_of_any_length_is_read_within_limits() -> None:
    assert len(search_terms("слово дом вода тепло " * 500)) == 4
    assert len(search_terms(" ".join(f"{i}" for i in range(5000)))) == MAX_TERMS
    assert search_terms("ж" * 10_000) == ()
    assert len(search_terms("ж" * 500)) == 1
    assert len(search_text("ж" * 10_000)) < 50


def test_what_is_stored_is_padded_and_holds_each_lemma_once() -> None:
    assert search_text("Снег, снега, снегом. Дом 5а!") == " снег дом 5а "
    assert search_text("!!!") == " "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ямы на дорогах", ("ям", "на", "дорога")),
        ("д.5а, корп.12/3", ("д", "5а", "корп", "12/3")),
        ("5-А и 5 а", ("5а", "и", "5", "а")),
        ("14.02.2026 в 9:30", ("14.02.2026", "в", "9", "30")),
        ("ещё ёлки", ("еще", "елка")),
        ("90-е годы, 3-я школа", ("90е", "год", "3я", "школа")),
        ("5кв и 10см", ("5", "кв", "и", "10", "см")),
    ],
)
def test_lemmas_of_a_text_in_its_order(text: str, expected: tuple[str, ...]) -> None:
    assert lemmas(text) == expected


def test_stop_words_are_dropped_apart() -> None:
    assert meaningful(lemmas("яма на дороге и нет света")) == ("яма", "дорога", "нет", "свет")


def test_a_token_tells_where_it_stood() -> None:
    text = "Кв. 5-А: ЁЛКА"
    assert [(token.word, text[token.start : token.end]) for token in tokens(text)] == [
        ("кв", "Кв"),
        ("5а", "5-А"),
        ("елка", "ЁЛКА"),
    ]


def test_readings_come_likeliest_first_with_their_grammemes() -> None:
    first, *others = parses("Стали")
    assert (first.lemma, first.known) == ("стать", True)
    assert "VERB" in first.grammemes
    assert [p.score for p in (first, *others)] == sorted(
        (p.score for p in (first, *others)), reverse=True
    )
    assert parses("12/3") == () == parses("ж" * 100)
    assert forms("при") == ("при",)


def test_a_prefix_goes_with_unknown_and_unfinished_words_only() -> None:
    assert search_terms("сосул") == (Term(("сосул",), "сосул"),)
    assert search_terms("дом") == (Term(("дом",)),)
    assert [term.prefix for term in search_terms("гор сосулька ж")] == ["гор", None, None]


def test_the_cache_of_words_is_bounded() -> None:
    assert parses.cache_info().maxsize == CACHED_WORDS


def test_threads_share_one_analyser_and_agree() -> None:
    words = ["ямы", "дорогой", "стали", "люка", "газом"] * 20
    with ThreadPoolExecutor(8) as pool:
        analysers = set(pool.map(lambda _: id(analyser()), range(16)))
        answers = list(pool.map(forms, words))
    assert len(analysers) == 1
    assert answers == [forms(word) for word in words]


def test_importing_the_module_loads_no_dictionary() -> None:
    code = "import sys, node.domain.lemmas; sys.exit('pymorphy3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("text", ["\U00017000", "вода \U00017000 нет", "а\U00017000"])
def test_letters_without_a_name_in_unicode_are_no_words_to_the_dictionary(text: str) -> None:
    assert search_text(text)
    assert search_terms(text)
