"""Names that stand alone: «Миша», «Петров», «Вадик», told by a word before them or by themselves.

A lone name is the hardest: «Вера» opens a sentence about faith, «Жукова» is a street. So a name
that may be something else needs a word about a person beside it (`spoken_to`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from node.domain.redaction_pieces import Piece
from node.domain.redaction_places import is_listed_place, is_place_alone, is_ruler
from node.domain.redaction_readings import agree, cases_of
from node.domain.redaction_words import TOWNS

SHY_IN_SMALL_LETTERS = 0.05  # share of uses as a name from which «сын роман» is one
SHY_WITH_A_CAPITAL = 0.2  # … and «спросите Веру» is one
SURNAME_WITH_A_CAPITAL = 0.6
_PAUSE = re.compile(r"[.,;:!?()]")
_ADJECTIVAL = re.compile(r".*[сц]к(?:ий|ой|ого|ому|им|ом|ая|ую|их|ими|ие|ое)")
_LONE_ENDING = re.compile(r".{2,}(?:ов|ев|ин|ын)")


def is_lone(text: str, pieces: Sequence[Piece], places: list[bool], at: int) -> bool:
    """Whether the word at `at`, of no full name, is a person's name by itself.

    `places`, by pieces, tells which lone surnames were streets; it is written on, so that the
    words must be asked about in their order.
    """
    read = pieces[at].read
    if is_ruler(pieces, at):
        return False
    if (
        read.lemmas & TOWNS
        and not any(spoken_to(pieces, at))
        and not (read.given and _acts(pieces, at))
    ):
        return False
    if read.given and _is_lone_given(text, pieces, at):
        return True
    return read.is_surname and _is_lone_surname(text, pieces, places, at)


def spoken_to(pieces: Sequence[Piece], at: int) -> tuple[bool, bool]:
    """Whether a word about a person that agrees, and whether any such word, stands before."""
    person = addressed = False
    forms = pieces[at].read.given | pieces[at].read.surname
    for back in (at - 1, at - 2):
        if back < 0 or _PAUSE.search(pieces[back + 1].gap):
            break
        read = pieces[back].read
        if back < at - 1 and (pieces[at - 1].read.verb or pieces[at - 1].read.function):
            addressed |= read.addressing and pieces[at - 1].read.function
            break
        if read.person:
            person |= agree(cases_of(read.nominal), cases_of(forms))
        addressed |= read.addressing and back == at - 1
    behind = at + 1 < len(pieces) and pieces[at + 1].read.form in ("зовут", "звать")
    return person, addressed or behind


def _is_lone_given(text: str, pieces: Sequence[Piece], at: int) -> bool:
    piece = pieces[at]
    read = piece.read
    if piece.start and text[piece.start - 1].isdigit():  # «дом 26Алина»
        return False
    person, addressed = spoken_to(pieces, at)
    if person and not (read.function and not piece.capital) and not piece.abbreviation:
        return (
            piece.capital
            or read.firm_given
            or (read.listed_given and read.given_share >= SHY_IN_SMALL_LETTERS)
        )
    if is_place_alone(text, pieces, at):
        return False
    if read.firm_given:
        return not piece.abbreviation
    if not piece.capital or read.function or len(piece.word) < 3:
        return False
    if addressed:
        return read.given_share >= SHY_IN_SMALL_LETTERS
    if read.place:  # «Владимир уехал»
        return read.listed_given and _acts(pieces, at)
    if piece.word.isupper() or read.historic or piece.abbreviation:
        return False
    if read.plain:
        return not piece.opens and read.listed_given and read.given_share >= SHY_WITH_A_CAPITAL
    return len(piece.word) >= 4 and not piece.opens


def _stands_last(pieces: Sequence[Piece], at: int) -> bool:
    """Whether no noun follows that an adjective may belong to: «жители Рыльского района»."""
    if at + 1 >= len(pieces) or not pieces[at + 1].joined:
        return True
    read = pieces[at + 1].read
    return not (read.noun or read.adjective or read.sign)


def _acts(pieces: Sequence[Piece], at: int) -> bool:
    """«Сердюков обещал»: a verb follows. «Токенов нет» is no person."""
    return at + 1 < len(pieces) and pieces[at + 1].joined and pieces[at + 1].read.verb


def _is_lone_surname(text: str, pieces: Sequence[Piece], places: list[bool], at: int) -> bool:
    piece = pieces[at]
    read = piece.read
    if piece.abbreviation:
        return False
    person, addressed = spoken_to(pieces, at)
    adjacent = person and pieces[at - 1].read.person
    if read.known and not read.surname_share and not read.firm_surname:
        # «сосед Лямин», «гражданка Волк»: only the word before tells them from a town, a wolf
        return (
            adjacent and piece.capital and (not read.plain or (read.listed_surname and read.noun))
        )
    adjectival = bool(_ADJECTIVAL.fullmatch(read.form)) or read.adjective
    if is_listed_place(pieces, places, at) or (
        not (adjacent and not adjectival) and is_place_alone(text, pieces, at)
    ):
        places[at] = True
        return False
    if adjectival and not (adjacent and _stands_last(pieces, at)):
        return False
    if person:
        return piece.capital or (read.firm_surname and read.known)
    if read.historic:
        return False
    if addressed:
        return piece.capital and not (read.place and read.plain)
    if read.place or not (
        read.firm_surname or (piece.capital and read.surname_share >= SURNAME_WITH_A_CAPITAL)
    ):
        return False
    ending = _LONE_ENDING.fullmatch(piece.read.form)
    if piece.capital and not piece.word.isupper():
        return read.known or (bool(ending) and (not piece.opens or _acts(pieces, at)))
    return bool(ending) and read.known
