"""What is named after a person is no person: streets, squares, schools, towns, shops, firms.

`kept_in` tells which pieces of a text are such names, by the word before («ул.», «имени»), behind
(«Ленина улица») or by the place in a sentence («на Перекальского угол Садовой»).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from node.domain.lemmas import fold
from node.domain.redaction_numbers import Place, houses_with_flats_in
from node.domain.redaction_pieces import Piece, pieces_of
from node.domain.redaction_place_words import BEHIND, EPITHET, RANK
from node.domain.redaction_readings import agree, reading
from node.domain.redaction_words import HISTORIC_PAIRS

_INTO = frozenset(("в", "во", "из", "близ", "под", "через", "вдоль", "напротив", "между", "подо"))
_ALONG = frozenset(
    ("на", "с", "со", "до", "угол", "углу", "перекрестке", "перекресток", "пересечении")
)
_OF_A_PERSON = frozenset(("от", "по", "с", "без", "из", "для"))
_CORNERS = re.compile(
    r"уг(?:ол|лу|ла)|перекрест\w+|пересечени\w+|улиц\w*|отрезк\w+|участк\w+|район\w+"
)
_PLEA = re.compile(
    r"жал\w+|\w*ехал\w*|заявлени\w+|оформ\w+|управ\w+|обид\w+|суд\w*|справк\w+|договор\w*|нап(?:ал|ис|ад)\w+|над[еи]\w+"
    r"|зл\w+|похож\w*|имя|записан\w*|работа\w+|крич\w+|ор[её]т|посмотр\w+|донос\w*|рассчитыва\w+|указ\w+"
    r"|переписан\w*|оформить|доверенност\w+|материал\w*|матер\w+|ругa\w+|упал\w*|наш\w+|вышл\w+|воздейств\w+"
)
_ROMAN = re.compile("[IVX]{1,4}")
_DIRECTIONS = re.compile(
    r"сторон[ыу]|направлени\w+|районе|адрес\w*|дом[уа]?|доме|домов|перекрест\w+|угол|углу|угла|пересечени\w+"
    r"|развилк\w+|поворот\w*|кольц\w+|конц\w+|начал\w+|дорог\w+|участк\w+"
)
_HOUSE_NUMBER = re.compile(r"[\s,.]{1,3}(?:(?:д|дом|№)[.\s№]{0,3})?\d")
_SERIES = re.compile(r"[\s,/-]{1,3}|\s?[(]")
_LINKS = frozenset(("и", "до", "от", "на", "по", "угол", "с", "или"))


def is_listed_place(pieces: Sequence[Piece], places: Sequence[bool], at: int) -> bool:
    """Whether the surname at `at` goes on a list of places: «Гагарина - Серегина»."""
    piece = pieces[at]
    if not at or not _genitive(piece):
        return False
    if places[at - 1] and _SERIES.fullmatch(piece.gap) and piece.gap.strip():
        return not _is_person(pieces, at)
    linked = piece.joined and pieces[at - 1].read.form in ("и", "до", "угол", "или")
    return linked and at > 1 and places[at - 2] and not _is_person(pieces, at)


def kept_in(text: str, pieces: Sequence[Piece]) -> list[bool]:
    """For every piece whether it belongs to the name of a place, told by a word beside it."""
    kept = [False] * len(pieces)
    for at, piece in enumerate(pieces):
        word = piece.read.form
        sign = piece.read.sign
        if sign and sign != "firm" and _is_sign(text, pieces, at):
            _keep_behind(pieces, at, sign, kept)
        if at and BEHIND.fullmatch(word) and piece.joined:
            _keep_before(pieces, at, kept)
    _keep_series(pieces, kept)
    return kept


def _is_sign(text: str, pieces: Sequence[Piece], at: int) -> bool:
    """A single letter («г», «с», «д») is a word of a place only with its dot."""
    piece = pieces[at]
    if len(piece.word) == 1:
        # «г. Курск», but «г. с. Зиме» are initials.
        initials = any(
            0 <= beside < len(pieces)
            and pieces[beside].initial
            and pieces[max(at, beside)].gap.strip() == "."
            for beside in (at - 1, at + 1)
        )
        return piece.word.islower() and text[piece.end : piece.end + 1] == "." and not initials
    if piece.read.form in ("имени", "памяти"):  # «от имени», «по имени» speak of a person
        return not (at and piece.joined and pieces[at - 1].read.form in _OF_A_PERSON)
    return True


def _keep_behind(pieces: Sequence[Piece], at: int, sign: str, kept: list[bool]) -> None:
    """The name that follows the word of a place at `at`."""
    begin = at + 1
    while (
        begin < len(pieces) and _follows(pieces[begin]) and RANK.fullmatch(pieces[begin].read.form)
    ):
        if pieces[begin].word == "и" and begin == at + 1:
            return
        if pieces[begin].word == "И":
            break
        begin += 1
        sign = "street"
    if begin >= len(pieces) or not _follows(pieces[begin]):
        return
    if not pieces[begin].capital and (pieces[begin].read.function or pieces[begin].read.sign):
        return
    if sign == "shop":
        _keep_shop(pieces, begin, kept)
        return
    if sign in ("house", "settlement") and _is_person(pieces, begin):
        return
    if sign == "house" and after_post(pieces, at) and pieces[begin].read.is_surname:
        return
    if sign == "house" and not (
        pieces[begin].read.is_surname
        or pieces[begin].read.patronymic
        or pieces[begin].initial
        or _is_pair(pieces, begin)
    ):
        return
    for place in range(begin, _end_of_name(pieces, begin, sign)):
        kept[place] = True


def _follows(piece: Piece) -> bool:
    """Whether a piece stands right behind the word of a place, also behind «ул.» and a quote."""
    return len(piece.gap) <= 4 and not piece.gap.strip(' .\u00a0№«"„-')


def _end_of_name(pieces: Sequence[Piece], begin: int, sign: str) -> int:
    """Behind the last piece of the name of a place that begins at `begin`."""
    size = len(pieces)
    at = begin
    while at < size and pieces[at].initial and (at == begin or pieces[at].after_initial):
        at += 1
    if at > begin:  # «ул. А. Невского», «им. Н.К. Крупской»
        return at + 1 if at < size and pieces[at].after_initial else at
    first = pieces[begin].read
    end = begin + 1
    if (first.given and not first.is_surname) or (first.given and _genitive(pieces[begin])):
        while (
            end < size
            and end < begin + 3
            and pieces[end].joined
            and _may_continue(pieces, begin, end)
        ):
            end += 1
        if (
            end < size
            and end > begin + 1
            and pieces[end].joined
            and EPITHET.fullmatch(pieces[end].read.form)
        ):
            end += 1
        return end
    while (  # «ул. Маркса К.», «ул. Петрова А.И.»
        end < size
        and end < begin + 3
        and pieces[end].initial
        and pieces[end].word.isupper()
        and pieces[end].after_initial
        and sign == "street"
    ):
        end += 1
    return end


def _may_continue(pieces: Sequence[Piece], begin: int, at: int) -> bool:
    read = pieces[at].read
    word = pieces[at].read.form
    if EPITHET.fullmatch(word):
        return True
    if read.patronymic:
        return at == begin + 1 and agree(pieces[begin].read.given, read.patronymic)
    if read.function or read.verb:
        return False
    if read.is_surname:
        # «ул. Сергея Петрова»; the surname of a person that follows would not agree.
        return agree(pieces[begin].read.given, read.surname or read.nominal)
    return pieces[at].capital and not read.person and agree(pieces[begin].read.given, read.nominal)


def _genitive(piece: Piece) -> bool:
    read = piece.read
    return any(
        case == "gent" for case, _ in (*read.given, *read.surname, *read.patronymic, *read.nominal)
    ) or (read.is_surname and not read.surname)


def _is_person(pieces: Sequence[Piece], begin: int) -> bool:
    """Whether what follows «школы», «района» is a person: surname before name, or initials."""
    read, size = pieces[begin].read, len(pieces)
    if begin + 1 >= size:
        return False
    behind = pieces[begin + 1]
    if behind.initial and behind.word.isupper() and behind.after_initial and read.is_surname:
        return True
    if not behind.joined:
        return False
    if read.given and behind.read.patronymic:
        return agree(read.given, behind.read.patronymic)
    return read.is_surname and bool(behind.read.given) and agree(read.surname, behind.read.given)


def _is_pair(pieces: Sequence[Piece], begin: int) -> bool:
    return bool(
        pieces[begin].read.given
        and begin + 1 < len(pieces)
        and pieces[begin + 1].joined
        and (pieces[begin + 1].read.is_surname or EPITHET.fullmatch(pieces[begin + 1].read.form))
        and _genitive(pieces[begin])
    )


def after_post(pieces: Sequence[Piece], at: int) -> bool:
    """«Директор школы», «врач больницы»: a person is named next."""
    return any(pieces[back].read.person for back in range(max(0, at - 2), at))


def _keep_shop(pieces: Sequence[Piece], begin: int, kept: list[bool]) -> None:
    at = begin
    if pieces[at].read.form == "у" and at + 1 < len(pieces) and pieces[at + 1].joined:
        at += 1
    alone = at + 1 >= len(pieces) or not (
        pieces[at + 1].joined
        and (pieces[at + 1].read.patronymic or pieces[at + 1].read.firm_surname)
    )
    if alone and pieces[at].capital and (pieces[at].read.given or pieces[at].read.is_surname):
        kept[at] = True


def _keep_before(pieces: Sequence[Piece], at: int, kept: list[bool]) -> None:
    """«Ленина улица», «Карла Маркса пр-т»: the genitive before the word of a street."""
    nearest = pieces[at - 1]
    behind = pieces[at + 1] if at + 1 < len(pieces) else None
    if (
        behind is not None
        and _follows(behind)
        and behind.read.naming
        and not pieces[at].word.isupper()
    ):
        return
    if nearest.read.is_surname and _genitive(nearest):
        kept[at - 1] = True
        if at > 1 and nearest.joined and pieces[at - 2].read.given and _genitive(pieces[at - 2]):
            kept[at - 2] = True


def _keep_series(pieces: Sequence[Piece], kept: list[bool]) -> None:
    """«Улицы Ленина, Гагарина и Жукова», «от Добролюбова до Радищева»: the rest of a list."""
    for at in range(1, len(pieces)):
        piece = pieces[at]
        if kept[at] or not piece.read.is_surname or not _genitive(piece):
            continue
        back = at - 1
        linked = bool(_SERIES.fullmatch(piece.gap)) and "," in piece.gap
        while back >= 0 and pieces[back].read.form in _LINKS and piece.joined:
            back -= 1
            linked = True
        if linked and back >= 0 and kept[back] and pieces[back].read.is_surname:
            kept[at] = not _is_person(pieces, at)


def is_place_alone(text: str, pieces: Sequence[Piece], at: int) -> bool:
    """Whether a lone surname or given name at `at` is a place by where it stands."""
    piece = pieces[at]
    before = pieces[at - 1].read.form if at and piece.joined else ""
    if before in _INTO:
        return True
    if not piece.read.is_surname:
        return before in ("до", "от") and piece.read.place
    if before.startswith("адрес"):
        return is_numbered(text, piece)
    if not _genitive(piece):
        return before == "до" and piece.read.place
    if before == "по":
        return not any(case == "datv" for case, _ in piece.read.surname)
    further = pieces[at - 2].read.form if at > 1 and pieces[at - 1].joined else ""
    if before in _ALONG:
        return not _PLEA.fullmatch(further) and not pieces[max(0, at - 2)].read.person
    if before == "от":
        return any(one.read.form == "до" and one.joined for one in pieces[at + 1 : at + 3])
    if before == "и" and _CORNERS.search(
        " ".join(one.read.form for one in pieces[max(0, at - 5) : at])
    ):
        return True
    if _DIRECTIONS.fullmatch(before):
        return not (before.startswith("дом") and not is_numbered(text, piece))
    return before not in ("у", "для", "за", "к", "о") and is_numbered(text, piece)


def is_numbered(text: str, piece: Piece) -> bool:
    """Whether the number of a house follows."""
    return bool(_HOUSE_NUMBER.match(text[piece.end : piece.end + 12]))


def is_street_pair(text: str, pieces: Sequence[Piece], first: int, last: int) -> bool:
    """Whether «Льва Толстого», without a patronymic and without a word of a street, is one."""
    given, surname = pieces[first].read, pieces[last].read
    if not given.given or not _genitive(pieces[first]) or not surname.naming:
        return False
    before = pieces[first - 1].read.form if first and pieces[first].joined else ""
    if _is_historic(given.lemmas, surname.lemmas) and before not in (
        "у",
        "для",
        "за",
        "от",
        "сосед",
    ):
        return not (first and pieces[first - 1].read.person and pieces[first].joined)
    return is_numbered(text, pieces[last]) and before in ("на", "по", "с", "до", "угол", "улице")


def is_ruler(pieces: Sequence[Piece], at: int) -> bool:
    """«Пётр I», «Екатерины Второй», «Николая Чудотворца»; «Дед Мороз» is nobody either."""
    if at + 1 < len(pieces) and pieces[at + 1].joined:
        behind = pieces[at + 1]
        if _ROMAN.fullmatch(behind.word) or (
            behind.capital and EPITHET.fullmatch(behind.read.form)
        ):
            return True
    return bool(
        at and pieces[at].read.form.startswith("мороз") and "дед" in pieces[at - 1].read.lemmas
    )


def is_initialled_street(text: str, pieces: Sequence[Piece], first: int, last: int) -> bool:
    """«К.Либкнехта 5», «на К. Маркса»: one initial before a surname of history in the genitive."""
    if last != first + 1 or not pieces[first].initial or not pieces[last].read.historic:
        return False
    before = pieces[first - 1].read.form if first and pieces[first].joined else ""
    return _genitive(pieces[last]) and (
        is_numbered(text, pieces[last]) or before in ("на", "по", "с", "до", "угол", "от")
    )


def _is_historic(given: frozenset[str], surname: frozenset[str]) -> bool:
    return any((one, two) in HISTORIC_PAIRS for one in given for two in surname)


def _may_name(piece: Piece) -> bool:
    return piece.capital or piece.read.is_surname or piece.read.adjective


def flats_behind_houses_in(text: str) -> Iterator[Place]:
    """The flat's number in «д. 3-15» and behind a street: «Павлова 27-44», «Рижский пр. 33-71»."""
    streets: set[str] | None = None
    for place, word in houses_with_flats_in(text):
        if streets is None:
            pieces = pieces_of(text)
            streets = {
                pieces[at + ahead].read.form
                for at in range(len(pieces))
                if pieces[at].read.sign == "street"
                for ahead in (0, 1, 2, 3)
                if at + ahead < len(pieces) and (not ahead or _may_name(pieces[at + ahead]))
            }
        read = reading(word) if word else None
        if (
            read is None
            or fold(word) in streets
            or (read.is_surname and not read.plain and not read.function)
            or (word[0].isupper() and read.adjective and not read.function)
        ):
            yield place
