"""How surely a word beside a given name, a patronymic or initials is their surname."""

from __future__ import annotations

from node.domain.redaction_pieces import Piece
from node.domain.redaction_readings import Forms, Reading, agree

SURE, LIKELY, MAYBE, NOT = 3, 2, 1, 0
EVEN_SHARE = 0.5  # of the uses of a form that are a surname


def surname_by_initials(piece: Piece, *, pair: bool, upper: bool) -> int:
    """How surely a word beside initials is their surname. `pair`: there are two initials; `upper`:
    written with capitals."""
    read = piece.read
    if piece.initial or read.person or read.function or read.office or piece.abbreviation:
        return NOT
    if read.is_surname and not (read.sign and not piece.capital):
        if read.firm_surname or piece.capital:
            return SURE if read.firm_surname else LIKELY
        noun = read.noun and not read.listed_surname
        return LIKELY if (pair and (upper or not noun)) or not read.plain else NOT
    if read.patronymic and pair:
        return LIKELY
    if read.verb or not pair or not upper or len(piece.word) < 3 or read.sign:
        return NOT
    if not piece.capital:
        return MAYBE if piece.word.isupper() and (read.noun or not read.known) else NOT
    return MAYBE if not read.known or not piece.opens or read.given else NOT


def surname_beside(
    piece: Piece, neighbour: Piece, *, before: bool, forms: Forms, firm: bool
) -> int:
    """How surely `piece`, before or behind `neighbour`, is the surname of that given name.

    `forms` are those of the given name or patronymic; `firm`: the two stand together, so that a
    word needs less to be their surname.
    """
    read = piece.read
    if not read.firm_surname and (piece.read.sign or piece.abbreviation):
        return NOT
    if piece.initial or read.person or read.office or read.kin or not _may_be_surname(read):
        return NOT
    if read.function and not (piece.capital and read.is_surname and len(piece.word) > 3):
        return NOT
    if read.patronymic and not read.is_surname:
        return LIKELY
    if read.is_surname:
        return _told_surname(piece, forms, firm)
    if read.verb or piece.word.isascii():
        return NOT
    if not read.known:
        if piece.capital and agree(forms, read.nominal):
            return LIKELY if firm or neighbour.read.listed_given else MAYBE
        return MAYBE if firm and not read.plain and len(piece.word) > 3 else NOT
    if not piece.capital or not agree(forms, read.nominal):
        return NOT
    if before and (piece.opens or read.place):
        return MAYBE if firm and read.noun and not read.place and not read.adjective else NOT
    if read.given and not read.plain:
        return MAYBE
    if not (firm or neighbour.read.listed_given):
        return NOT
    return LIKELY if read.noun or read.adjective else NOT


def _told_surname(piece: Piece, forms: Forms, firm: bool) -> int:
    """Of a word that the dictionary, a list or its ending calls a surname."""
    read = piece.read
    if not agree(forms, read.surname) and not (
        read.plain and piece.capital and agree(forms, read.nominal)
    ):
        return NOT
    if read.firm_surname:
        return SURE
    if piece.capital:
        return LIKELY
    if not read.plain or not read.plain_single or read.surname_share >= EVEN_SHARE:
        return LIKELY
    if firm or read.listed_surname:
        return MAYBE
    return NOT


def _may_be_surname(read: Reading) -> bool:
    """A patronymic is one only in the form of a man's: «Рабинович»."""
    return (
        read.is_surname or not read.patronymic or any(sex == "masc" for _, sex in read.patronymic)
    )
