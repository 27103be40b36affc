"""Names of people in a text, in any case form and any letter case.

Found in four passes, the surest first: round a patronymic, round initials, round a given name, and
what stands alone. A word that the dictionary calls a surname, or that ends like one, joins a given
name beside it when their cases agree; so does any word with a capital that is nobody's post.
What is named after people is left (`redaction_places`).
"""

from __future__ import annotations

from collections.abc import Sequence

from node.domain.redaction_bearers import is_of_firm, is_of_office
from node.domain.redaction_lone_names import SHY_IN_SMALL_LETTERS, is_lone, spoken_to
from node.domain.redaction_numbers import Place
from node.domain.redaction_pieces import Piece, pieces_of
from node.domain.redaction_places import is_initialled_street, is_street_pair, kept_in
from node.domain.redaction_readings import Forms, agree
from node.domain.redaction_surnames import (
    LIKELY,
    NOT,
    SURE,
    surname_beside,
    surname_by_initials,
)
from node.domain.redaction_words import TOWNS

SHY_IN_PAIRS = 0.3  # share of uses as a name from which «надежда мороз» is one
_FUNCTION_LETTERS = frozenset("аиоувксяжб")
_ABBREVIATIONS = frozenset(("тк", "те", "тч", "тн", "ио"))


def names_in(text: str) -> tuple[list[Place], list[Place]]:
    """Full names (a surname with a given name, patronymic or initials) and lone names."""
    pieces = pieces_of(text)
    naming = [at for at, piece in enumerate(pieces) if piece.read.naming or piece.initial]
    # Most texts name nobody, and most words nobody in the others.
    return _Names(text, pieces).found(naming) if naming else ([], [])


class _Names:
    """One text while its names are looked for; `taken` are pieces that are spoken for."""

    def __init__(self, text: str, pieces: Sequence[Piece]) -> None:
        self.text = text
        self.pieces = pieces
        self.taken = kept_in(text, pieces)
        self.places = list(self.taken)
        self.full: list[tuple[int, int]] = []
        self.lone: list[tuple[int, int]] = []

    def found(self, naming: Sequence[int]) -> tuple[list[Place], list[Place]]:
        """What is named; `naming` are the places of words that may be parts of names."""
        for look in (self._at_patronymic, self._at_initials, self._at_given, self._at_unknown):
            for at in naming:
                if not self.taken[at]:
                    look(at)
        for at in naming:
            if not self.taken[at] and is_lone(self.text, self.pieces, self.places, at):
                self._take(at, at, full=False)
        return [self._place(*run) for run in self.full], [self._place(*run) for run in self.lone]

    def _place(self, first: int, last: int) -> Place:
        end = self.pieces[last].end
        dotted = self.pieces[last].initial and self._has_dot(last)
        return self.pieces[first].start, end + 1 if dotted else end

    def _take(self, first: int, last: int, *, full: bool) -> None:
        for at in range(first, last + 1):
            self.taken[at] = True
        if is_of_office(self.pieces, first, last):
            return
        if is_initialled_street(self.text, self.pieces, first, last):
            return
        if is_of_firm(self.text, self.pieces, first, last, full=full):
            return
        (self.full if full else self.lone).append((first, last))

    def _free(self, at: int) -> bool:
        return 0 <= at < len(self.pieces) and not self.taken[at]

    def _beside(self, at: int, of: int) -> bool:
        """Whether the piece `at` is free and only blanks part it from its neighbour `of`."""
        return self._free(at) and self.pieces[max(at, of)].joined

    # Round a patronymic: «Дадаева Хеди Султановна», «Мамедов Эльчин Рашид оглы», «Петровна».

    def _at_patronymic(self, at: int) -> None:
        read = self.pieces[at].read
        first, last, forms = at, at, read.patronymic
        if read.kin:
            forms = frozenset()
            if "-" not in read.form:  # «Рашид оглы», and «Рашид-оглы» by itself
                if not self._beside(at - 1, at) or self.pieces[at - 1].read.function:
                    return
                first = at - 1
        elif not forms or self._is_surname_here(at):
            return
        given = first - 1
        if self._beside(given, first) and self._is_given_of(given, forms):
            first = given
            told = self.pieces[given].read.given
            left = self._surname(first - 1, first, told, firm=True)
            right = self._surname(last + 1, last, told, firm=True)
            if left and left >= right:
                self._take(first - 1, last, full=True)
            elif right:
                self._take(first, last + 1, full=True)
            else:
                self._take(first, last, full=read.kin)
            return
        left = self._surname(first - 1, first, forms, firm=False)
        right = self._surname(last + 1, last, forms, firm=False)
        if left >= LIKELY and left >= right:
            self._take(first - 1, last, full=True)
        elif right >= LIKELY:
            self._take(first, last + 1, full=True)
        elif read.lemmas & TOWNS and not any(spoken_to(self.pieces, at)):
            return
        elif self.pieces[at].capital or read.known:
            self._take(first, last, full=False)

    def _is_surname_here(self, at: int) -> bool:
        """«Абрамович Иван», «Петрович А. И.», «Анна Рабинович»: no given name of a man before."""
        forms = self.pieces[at].read.patronymic
        if self._beside(at - 1, at) and self.pieces[at - 1].read.given:
            return not agree(self.pieces[at - 1].read.given, forms)
        if self._free(at + 1) and self.pieces[at + 1].joined and self._begins_initials(at + 1):
            return True
        if self._free(at - 1) and self.pieces[at].after_initial and self._has_dot(at - 1):
            return self._begins_initials(at - 1)
        return self._beside(at + 1, at) and bool(self.pieces[at + 1].read.given)

    def _begins_initials(self, at: int) -> bool:
        piece = self.pieces[at]
        return (
            piece.initial
            and (piece.word.isupper() or self._has_dot(at))
            and not piece.word.isascii()
        )

    def _is_given_of(self, at: int, patronymic: Forms) -> bool:
        piece = self.pieces[at]
        read = piece.read
        if read.given:
            return agree(read.given, patronymic)
        if read.person or read.function or read.verb or read.office or piece.initial:
            return False
        if not read.known:
            return not read.firm_surname
        return (
            piece.capital
            and not piece.opens
            and not read.is_surname
            and agree(read.nominal, patronymic)
        )

    # Round initials: «Галкин В.», «Ю.А. Плотниковой», «Воробьёвой А С», «хромова п и».

    def _is_initial(self, at: int) -> bool:
        piece = self.pieces[at]
        return piece.initial and piece.word.isupper() and not piece.word.isascii()

    def _has_dot(self, at: int) -> bool:
        return self.text[self.pieces[at].end : self.pieces[at].end + 1] == "."

    def _at_initials(self, at: int) -> None:
        if not self.pieces[at].initial or (at and self._starts_before(at)):
            return
        pair = self._is_pair(at)
        last = at + 1 if pair else at
        if any(self.pieces[one].word.isascii() for one in range(at, last + 1)):
            return
        upper = all(self._is_initial(one) for one in range(at, last + 1))
        if not upper and not (pair and self._is_small_pair(at)):
            return
        left = right = NOT
        if self._beside(at - 1, at):
            left = surname_by_initials(self.pieces[at - 1], pair=pair, upper=upper)
        if self._free(last + 1) and self._has_dot(last) and self.pieces[last + 1].after_initial:
            right = surname_by_initials(self.pieces[last + 1], pair=pair, upper=upper)
        if not pair and not self._has_dot(at) and left < SURE:
            return
        if not pair and right and self._beside(at - 1, at) and self.pieces[at - 1].read.firm_given:
            return  # «Ольга Н. Петрова»
        if left and left >= right:
            self._take(at - 1, last, full=True)
        elif right:
            self._take(at, last + 1, full=True)

    def _is_pair(self, at: int) -> bool:
        """Whether a second initial follows, written as the first."""
        if not self._free(at + 1):
            return False
        one, two = self.pieces[at], self.pieces[at + 1]
        if not self._has_dot(at) and self._has_dot(at + 1):  # «с А. Ивановым»
            return False
        return two.initial and two.after_initial and one.word.isupper() == two.word.isupper()

    def _starts_before(self, at: int) -> bool:
        """Whether the initial at `at` is the second of a pair."""
        return self._free(at - 1) and self.pieces[at - 1].initial and self._is_pair(at - 1)

    def _is_small_pair(self, at: int) -> bool:
        """«п и» but not «и в»; with dots any letters but «и. о.» before a post."""
        one, two = (self.pieces[place].read.form for place in (at, at + 1))
        if one + two in _ABBREVIATIONS:
            return False
        if self._has_dot(at) and self._has_dot(at + 1):
            return True
        return not (one in _FUNCTION_LETTERS and two in _FUNCTION_LETTERS) and (
            one not in _FUNCTION_LETTERS or self._has_dot(at)
        )

    # Round a given name: «Анжела Дудник», «Костенко Вадима», «Евсеевых Павла и Ирины».

    def _at_given(self, at: int) -> None:
        piece = self.pieces[at]
        forms = piece.read.given
        if not forms:
            return
        left = self._surname(at - 1, at, forms, firm=False)
        right = self._surname(at + 1, at, forms, firm=False)
        if not self._may_be_given(at, max(left, right)):
            return
        if left == right == NOT:
            self._at_two_given(at)
            if not self.taken[at]:
                self._at_given_and_initial(at)
            return
        first, last = (at - 1, at) if left >= right else (at, at + 1)
        if first == at and is_street_pair(self.text, self.pieces, first, last):
            self.taken[first] = self.taken[last] = True
            return
        last = self._with_more(first, last)
        self._take(first, last, full=True)

    def _at_given_and_initial(self, at: int) -> None:
        """«Ольга Н. Петрова», and «Ольга П.», who is but a name."""
        middle, surname = at + 1, at + 2
        if not (self._free(middle) and self._is_initial(middle) and self._has_dot(middle)):
            return
        if not self.pieces[middle].joined or not self.pieces[at].read.firm_given:
            return
        if self._free(surname) and self.pieces[surname].after_initial:
            read = self.pieces[surname].read
            if read.is_surname and agree(self.pieces[at].read.given, read.surname):
                self._take(at, surname, full=True)
                return
        self._take(at, middle, full=False)

    def _may_be_given(self, at: int, surname: int) -> bool:
        piece = self.pieces[at]
        read = piece.read
        if read.firm_given:
            return True
        if read.function or (read.person and not piece.capital):
            return False
        if read.listed_given and read.given_share >= SHY_IN_PAIRS and surname:
            return True
        if read.plain and not piece.capital:
            return surname >= LIKELY and read.given_share >= SHY_IN_SMALL_LETTERS
        if read.plain and piece.opens:
            return surname >= LIKELY
        if not read.listed_given:
            return surname == SURE or (
                surname == LIKELY and piece.capital and not piece.abbreviation
            )
        return surname >= LIKELY or piece.capital

    def _with_more(self, first: int, last: int) -> int:
        """The last piece when «ольга н.» or «Павла и Ирины» goes on."""
        after = last + 1
        if (
            self._free(after)
            and self.pieces[after].initial
            and self.pieces[after].after_initial
            and self._has_dot(after)
        ):
            return after
        if (
            self.pieces[first].read.is_surname
            and self.pieces[first].word.lower().endswith(("ых", "их", "ы", "и", "ым", "ими", "ыми"))
            and self._beside(after, last)
            and self.pieces[after].read.form == "и"
            and self._beside(after + 1, after)
            and self.pieces[after + 1].read.given
        ):
            return after + 1
        return last

    def _at_two_given(self, at: int) -> None:
        """«Павла и Ирины Евсеевых»: the surname stands behind both."""
        if not (
            self._beside(at + 1, at)
            and self.pieces[at + 1].read.form == "и"
            and self._beside(at + 2, at + 1)
            and self.pieces[at + 2].read.given
            and self._beside(at + 3, at + 2)
        ):
            return
        read = self.pieces[at + 3].read
        if read.is_surname and self.pieces[at + 3].word.lower().endswith(
            ("ых", "их", "ы", "ым", "ыми")
        ):
            self._take(at, at + 3, full=True)

    def _at_unknown(self, at: int) -> None:
        """«Доржиева Сэсэг»: a sure surname with a capital and a word no dictionary has."""
        piece = self.pieces[at]
        if not (piece.read.firm_surname and piece.capital) or piece.read.historic:
            return
        for beside in (at + 1, at - 1):
            if not self._beside(beside, at):
                continue
            other = self.pieces[beside]
            if (
                other.capital
                and not other.read.known
                and not other.initial
                and not other.read.is_surname
                and len(other.word) > 2
                and not other.word.isupper()
                and not other.word.isascii()
            ):
                last = max(at, beside)
                while (
                    self._beside(last + 1, last)
                    and self.pieces[last + 1].capital
                    and not (self.pieces[last + 1].read.known or self.pieces[last + 1].initial)
                ):
                    last += 1
                self._take(min(at, beside), last, full=True)
                return

    def _surname(self, at: int, of: int, forms: Forms, *, firm: bool) -> int:
        """How surely the piece `at`, if it is free, is the surname of its neighbour `of`."""
        if not self._beside(at, of):
            return NOT
        return surname_beside(
            self.pieces[at], self.pieces[of], before=at < of, forms=forms, firm=firm
        )
