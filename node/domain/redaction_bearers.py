"""Names that are no private person's: of who holds a public office, and of firms.

Acts of a governor, a mayor, a deputy are public, and so is the name beside the post. A firm's name
is in a public register, also where it is a surname.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from node.domain.redaction_pieces import Piece
from node.domain.redaction_place_words import FIRM, sign_of
from node.domain.redaction_places import after_post
from node.domain.redaction_readings import Forms, agree, cases_of

FAR_OFFICE = 5  # words between the post and its holder
_QUOTES_OPENING = tuple("«\"„“'")
_CLOSING = "»\"“”'"
_CLAUSE_END = re.compile(r"[.,:;!?()\n«»\"]|\s-\s")
_OFFICES_OF_MANY = re.compile(
    r"(?:депутат|министр|мэр|губернатор|сенатор)(?:ы|ов|ам|ами|ах)|глав|главам"
)


def is_of_office(pieces: Sequence[Piece], first: int, last: int) -> bool:
    """Whether the name of pieces first … last stands beside a public office it agrees with."""
    forms = _name_forms(pieces, first, last)
    between: list[Piece] = []
    for back in range(first - 1, max(-1, first - 2 - FAR_OFFICE), -1):
        if _CLAUSE_END.search(pieces[back + 1].gap):
            break
        piece = pieces[back]
        if piece.read.office:
            if any(one.read.no_office or one.read.verb for one in between):
                return False
            if any(one.read.form == "и" for one in between) and not _OFFICES_OF_MANY.fullmatch(
                piece.read.form
            ):
                return False
            deputy = back and pieces[back - 1].read.form.startswith(("зам", "врио"))
            return bool(deputy) or agree(cases_of(piece.read.nominal), cases_of(forms))
        if (piece.read.verb and not piece.read.noun) or piece.read.person:
            break
        between.append(piece)
    if last + 1 < len(pieces) and pieces[last + 1].read.office and last + 2 <= len(pieces):
        private = last + 2 < len(pieces) and pieces[last + 2].read.no_office
        return pieces[last + 1].gap.strip() in (",", "-", "(") and not private
    return False


def _name_forms(pieces: Sequence[Piece], first: int, last: int) -> Forms:
    for piece in pieces[first : last + 1]:
        for forms in (piece.read.patronymic, piece.read.given, piece.read.surname):
            if forms and not piece.initial:
                return forms
    return frozenset()


def is_of_firm(text: str, pieces: Sequence[Piece], first: int, last: int, *, full: bool) -> bool:
    """Whether the name is that of a firm or a shop: in quotation marks, or behind «ООО»."""
    for begin in range(first, max(-1, first - 4), -1):
        if pieces[begin].gap.strip()[-1:] in _QUOTES_OPENING:
            closing = re.search(f"[{_CLOSING}]", text[pieces[last].end : pieces[last].end + 40])
            if closing is None:
                break
            before = pieces[begin - 1].read.form if begin else ""
            return not full or bool(FIRM.fullmatch(before) or sign_of(before))
        if begin < first and _CLAUSE_END.search(pieces[begin + 1].gap):
            break
    if not first or not pieces[first].joined:
        return False
    before = pieces[first - 1].read.form
    if not FIRM.fullmatch(before):
        return False
    with_partners = re.match(
        r"\s+и\s+(?:партн[её]р|К\b|Ко\b|сын|брат|компани)", text[pieces[last].end :]
    )
    return bool(with_partners) or (not full and not after_post(pieces, first - 1))
