"""Words an issue is found by: what is kept of its texts, and what a query asks for.

Kept are the lemmas of what was written about the matter and the numbers it goes by. Nobody is
found by who they are: contacts are not among the texts, and what a text itself says of a person
(names, phones, mails, documents, flats) is taken out first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from node.domain.lemmas import MAX_TERMS, MAX_WORD, Term, search_terms, search_text

MAX_QUERY = 200
DIGITS_OF_A_PERSON = 7  # the shortest telephone number; houses, roads and years are shorter
# Of an appeal or an issue: «RU-MUR-26-000123», «RU-MUR-P26-000123», and without the unit. Typed by
# hand the P is often the Russian letter.
_NUMBER = re.compile(r"(?<![\w-])(?:[\w.]+-)*?([PР]?)(\d\d-\d{6,10})(?![\w-])", re.IGNORECASE)


def words_of(texts: Iterable[str], numbers: Iterable[str]) -> tuple[str, ...]:
    """Every word an issue is found by, once. `numbers`: its own and those of its appeals."""
    found = [word for number in numbers for word in _numbers(number)]
    for text in texts:
        found += filter(_is_kept, search_text(text).split())
    return tuple(dict.fromkeys(word[:MAX_WORD] for word in found))


def _is_kept(word: str) -> bool:
    """Not digits that can only be a telephone, a document or a card; a number quoted is kept."""
    return sum(map(str.isdigit, word)) < DIGITS_OF_A_PERSON or bool(_NUMBER.fullmatch(word))


def search_for(query: str) -> tuple[Term, ...]:
    """The terms of a query, all of which must fit; () when it asks for nothing."""
    named = [Term((word,)) for word in _numbers(query)]
    terms = dict.fromkeys([*named, *search_terms(_NUMBER.sub(" ", query))])
    return tuple(terms)[:MAX_TERMS]


def _numbers(text: str) -> list[str]:
    """Numbers as they are kept: «26-000123» of an appeal, «p26-000123» of an issue."""
    return [("p" if sign else "") + digits for sign, digits in _NUMBER.findall(text)]
