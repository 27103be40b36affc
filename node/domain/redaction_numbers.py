"""Numbers that lead to a person: phones, СНИЛС, passports, bank cards, flats and car plates.

Each `…_in` function takes a text made flat (`redaction_signs`) and yields where the number lies,
from its first sign to its last. Most numbers in an appeal are harmless (dates, sums, meters,
accounts, numbers of documents): what has no shape of its own is taken only with its word before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from phonenumbers import Leniency, PhoneNumberMatcher

Place = tuple[int, int]
"""Where something begins and where it ends, in characters."""

NEAR = 40  # characters before a number in which its word is looked for
_SEP = r"[\s().-]{0,3}"
_ANY_SEP = r"[\s().*_/-]{0,5}"
# After +7 or 8 Russian numbers go on with 3, 4, 8 or 9: codes of the directory go on with others.
_LONG_PHONE = re.compile(
    rf"(?<!\d)(?<!\d[/:])(?:\+\s?[78]|[78]){_ANY_SEP}[3489](?:{_ANY_SEP}\d){{9}}(?!\d|-\d)"
)
_SHAPED_PHONES = (
    re.compile(rf"(?<!\d)(?<!\d[/:-])9(?:{_SEP}\d){{9}}(?!\d|-\d)"),
    re.compile(r"(?<!\d)\(\d{3,5}\)\s?\d(?:[\s-]?\d){4,6}(?!\d)"),
)
_FOREIGN_PHONE = re.compile(rf"\+\s?[1-9](?:{_SEP}\d){{7,14}}(?!\d)")
_LONG_RUN = re.compile(r"[(]?\d(?:[^\w\n]{0,4}\d){9,}")
_HOT_LINE = re.compile(rf"(?<!\d)(?:\+\s?7|8){_SEP}800(?:{_SEP}\d){{7}}(?!\d)")
_LOCAL_PHONE = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{2}(?![\d-])")
# A number of a city has no shape: it is known by its word. The second group says it is one only
# near by and with the number written apart, in twos and threes.
_PHONE_WORD = re.compile(
    r"(?i)(?:\bтел(?:ефон\w*|\.?\s?/\s?факс)?\b|\bтлф\b|\bтел-н\w*|\bт\.|\bм\.\s?т\.|\bсот(?:ов\w+)?\b"
    r"|\bмоб(?:ильн\w*|ил\w*)?\b|\bгородск(?:ой|ому)\b|\bфакс\w*|\bв[ао][йи]бер\w*|\bвиб[еэ]р\w*"
    r"|\b(?:ват|вац|вот|уот)[сц]?ап\w*|\bwhats\s?app\b|\bviber\b|\bномер\w*\s+для\s+(?:связи|смс)"
    r"|\b(?:мой|мои|наш|его|её|ее)\s+номер\w*|\bдомашн\w+)[^\d\n]{0,25}$"
)
_PHONE_HINT = re.compile(
    r"(?i)(?:\b(?:до|по|пере|об|со)?зв(?:он|ан)\w*|\bдиспетч\w*|\bдежурн\w*|\b(?:раб|дом)\s?[.:]|\bконтакт\w*"
    r"|\bсвяз(?:ь|и)\b|\bсвязаться\b|\bнабер\w+|\bнабир\w+|\bспросить\b|\bприёмн\w+|\bприемн\w+"
    r"|\bаварийн\w*)[^\d\n]{0,25}$"
)
_WORDED_NUMBER = re.compile(rf"(?<!\d)(?<!\d[/:,.-])\(?\d(?:{_SEP}\d){{4,14}}(?![\d/:]|[.,-]\d)")
_PHONE_WORD_BEHIND = re.compile(
    r"(?i)[\s,(-]{1,3}(?:это\s+)?(?:мой\s+|наш\s+)?(?:тел(?:ефон)?\b|домашн|городск|мобильн|рабочий\s+тел)"
)
_ONE_MORE = re.compile(r"(?:\s?[,;/]\s?|\s+(?:или|и|либо)\s+)$")
_PARTED = re.compile(r"\d{1,3}[\s-]\d{2}[\s-]\d{2}")
# A СНИЛС-shaped number whose control digits are wrong is an account, not a phone.
_SNILS_SHAPE = re.compile(r"\d{3}-\d{3}-\d{3}[\s-]\d{2}")
# Words of papers and meters: a run of digits behind one is no phone, card or passport.
_PAPER = re.compile(
    r"(?i)(?:сч[её]т\w*|л/с|лицев\w+|\bинн|\bогрн(?:ип)?|\bкбк|\bкпп|\bокпо|\bоктмо|\bуин|\bбик|"
    r"кадастр\w*|заявк\w*|обращени\w*|договор\w*|контракт\w*|закупк\w*|квитанци\w*|\bкод\w*|полис\w*|"
    r"штрих\w*|индекс\w*|талон\w*|постановлени\w*|\bтрек\w*|плат[её]жк\w*|\bопор\w*|\bдел[оау]|\bакт\w*|"
    r"\bкусп|документ\w*|извещени\w*|лиценз\w*|протокол\w*|сертификат\w*|ордер\w*|свидетельств\w*|"
    r"показани\w*|инвентарн\w*|артикул\w*|\bпоряд\w+|плательщик\w*|абонент\w*)[\s№:.«\"-]*"
    r"(?:номер\w*|n|no|№|у|за|от)?[\s№:.-]*$"
)
_DATE = re.compile(
    r"(?:0?[1-9]|[12]\d|3[01])[.\s-](?:0?[1-9]|1[0-2])[.\s-](?:19|20)?\d\d|(?:19|20)\d\d-\d\d-\d\d"
)
# Looked for from every digit: one from a date before must not take the place of the first.
_ELEVEN = re.compile(r"(?<![\d+])(?<!\d[-.])(?=(\d(?:[\s.-]{0,2}\d){10})(?!\d)(?!-\d))")
_CARD = re.compile(
    r"(?<!\d)(?=((?:(?:[2-6]|[89](?=[68][06]0))(?:[\s.-]{0,2}\d){15,18}|3[47](?:[\s.-]{0,2}\d){13})(?!\d)))"
)
_CARD_IN_FOURS = re.compile(
    r"(?<!\d)(?=([2-6]\d{3}(?:[\s.-]{1,2}\d{4}){3}(?!\d)|[2-6]\d{15}(?!\d)))"
)
_PASSPORT_WORD = r"\bп\w{0,2}сп(?:орт\w*|\b\.?)|\bсери\w+|\bдокумент\w*"
_NUMBER_WORD = r"\s?(?:№|N[o.]?|ном(?:ер)?\b\.?|н\.?)\s?"
_PASSPORTS = (
    re.compile(rf"(?<![\d.-])\d{{2}}\s?\d{{2}}(?P<between>\s|{_NUMBER_WORD})\d{{6}}(?![\d.-]|,\d)"),
    re.compile(
        rf"(?i)(?:{_PASSPORT_WORD})[^\d\n]{{0,30}}?(?P<number>\d{{2}}[\s-]?\d{{2}}"
        rf"(?:[\s,.-]{{0,2}}(?:№|n[o.]?|ном(?:ер)?\w*\.?|н\.?)?\s?|[\s,-]{{1,3}})\d{{3}}[\s-]?\d{{3}})(?!\d)"
    ),
)
_FOREIGN_PASSPORT = re.compile(
    r"(?i)\b(?:загран\w*|заграничн\w+\s+паспорт\w*)[^\d\n]{0,20}(?P<number>\d{2}\s?(?:№\s?)?\d{7})(?!\d)"
)
_NO_PASSPORT = re.compile(r"(?i)\b(?:в|за|с|на|до|от|по)\s$")
_YEAR = re.compile(r"(?:19|20)\d\d\s")

_FLAT_WORD = (
    r"(?:квартир(?:[аеуы]|ой|ах|ам)?|кварт?(?=\.)|кв-р[аеуы]|кв|комнат(?:[аеуы]|ой)|комн|ком)"
)
_FLAT_NUMBER = r"\d{1,4}(?:-?[а-дА-Д]\b|[/-]\d{1,4}\b)?"
_FLAT = re.compile(
    rf"(?i)\b{_FLAT_WORD}[.:,-]?\s{{0,2}}(?:(?:№|n|номер\w*|под\s+номером)\s?)?{_FLAT_NUMBER}"
    rf"(?:(?:\s?,\s?|\s+и\s+|\s?,\s?и\s+){_FLAT_NUMBER}(?!\d|\s?(?:д\b|дом|этаж|подъезд|под\.|тел|[-/:.]\d)))*"
    r"(?!\d|[.,]\d)(?!\s?(?:м2|м²|кв|м\b|метр|руб|тыс|человек|лет\b|г\.|год|дн|раз\b|минут|час|шт))"
)
_FLAT_BEFORE = re.compile(
    r"(?i)(?<![\d/:.-])\d{1,4}(?:\s?-?\s?(?P<ordinal>я|й|ая|ой|ую|ей|ю|е|х|ых|го))?\s"
    r"(?P<word>(?:квартир|комнат)(?P<ending>[аеуы]|ой|ах|ам)?)\b(?!\s?(?:№\s?)?\d)"
)
_OUT_OF = re.compile(
    r"(?i)\b(?:из|от|с|до|около|у|возле|жил\w+|сосед\w*|над|под|для|хозя\w+|собственни\w+)\s$"
)
_QUARTER = re.compile(r"(?i)[1-4IV]\s?$")
_DASHED = re.compile(r"\d[а-гА-Г]?\s?-\s?[1-9]")
_HOUSE_FLAT = re.compile(
    r"(?P<before>\b[^\W\d_]+(?:-[^\W\d_]+)*\.?(?:\s?,)?\s?(?:№\s?)?)(?P<house>\d{1,3}(?:/\d{1,3})?[а-гА-Г]?)\s?-\s?"
    r"(?P<flat>[1-9]\d{0,3})(?![\w./:-]|\.\d)(?!,\d)"
    r"(?!\s?(?i:лет|год|г\b|час|ч\b|мин|м\b|км|дн|сут|недел|месяц|мес|руб|тыс|человек|чел|раз|градус|°|%"
    r"|этаж|подъезд|класс|числ|янв|фев|мар|апр|ма[яй]|июн|июл|авг|сен|окт|ноя|дек|см|метр|кв|шт|й|я|го))"
)
_HOUSE = re.compile(r"(?i)(?:^|\b)(?:д|дом|дому|доме|стр|корп|корпус)\b\.?[\s,№]*$")

_LETTERS = "АВЕКМНОРСТУХABEKMHOPCTYX"
_PLATES = (
    # А123ВС46, а 123 вс 46 rus; any Latin letters where residents write as it sounds (e915ya64).
    re.compile(
        rf"(?i)(?<!\w)[{_LETTERS}]\s?-?\d{{3}}\s?-?[{_LETTERS}]{{2}}\s?[-/|]?\s?[1-9]?\d\d"
        r"(?:\s?(?:rus|рус|rf|рф)\b)?(?!\w)"
    ),
    re.compile(r"(?i)(?<![\w@./])[a-z]\d{3}[a-z]{2}\s?[1-9]?\d\d(?:\s?rus\b)?(?!\w)"),
    re.compile(rf"(?i)(?<!\w)[{_LETTERS}]\d{{3}}[{_LETTERS}]{{2}}(?!\w)"),
    # Buses and taxis, trailers, motorcycles.
    re.compile(rf"(?<![\w№-])[{_LETTERS}]{{2}}\s?\d{{3}}\s?[1-9]?\d\d(?:\s?(?i:rus)\b)?(?![\w-])"),
    re.compile(rf"(?<![\w№-])[{_LETTERS}]{{2}}\s?\d{{4}}\s[1-9]?\d\d(?:\s?(?i:rus)\b)?(?![\w-])"),
    re.compile(rf"(?<![\w№-])\d{{4}}\s?[{_LETTERS}]{{2}}\s?[1-9]?\d\d(?:\s?(?i:rus)\b)?(?![\w-])"),
)
_WORDED_PLATES = (
    re.compile(
        rf"(?i)(?<!\w)(?:[{_LETTERS}]\s?\d{{3}}\s?[{_LETTERS}]{{2}}|[{_LETTERS}]{{2}}\s?\d{{3,4}}"
        rf"|\d{{4}}\s?[{_LETTERS}]{{2}})(?:\s?[1-9]?\d\d)?(?:\s?rus\b)?(?!\w)"
    ),
)
_PLATE_WORD = re.compile(
    r"(?i)(?:\bгос\.?\s?-?\s?(?:рег\w*\.?\s?)?(?:номер|знак|№)\w*|\bгрз\b|\bг\.?\s?/?\s?н\b\.?|\bгосномер\w*"
    r"|\bномер\w*(?:\s+(?:машины|авто\w*|такси))?|\b(?:авто(?:мобил\w*|бус\w*)?|машин\w+|маршрутк\w+|такси"
    r"|прицеп\w*|мотоцикл\w*|грузовик\w*|газел\w+|мопед\w*|трактор\w*))[\s:№.,-]*$"
)


def phones_in(text: str) -> Iterator[Place]:
    """Subscribers' numbers, mobile and of a city. Hot lines (8 800) and 112 are nobody's."""
    hot = [found.span() for found in _HOT_LINE.finditer(text)]
    ends: list[int] = []
    shaped = list(_shaped_phones_in(text))
    for start, end in sorted([*shaped, *_foreign_phones(text, shaped)]):
        if not any(start < last and first < end for first, last in hot):
            ends.append(end)
            yield start, end
    for found in _WORDED_NUMBER.finditer(text):  # «…, 35-12-90»: one more behind another
        before = text[max(0, found.start() - 8) : found.start()]
        link = _ONE_MORE.search(before)
        if link and found.start() - len(link[0]) in ends and _PARTED.fullmatch(found[0]):
            ends.append(found.end())
            yield found.start(), found.end()


def _shaped_phones_in(text: str) -> Iterator[Place]:
    for found in _LONG_PHONE.finditer(text):
        written = found[0]
        if _SNILS_SHAPE.fullmatch(written):
            continue
        if written.isdigit() and _is_of_a_paper(text, found.start()):
            continue
        yield found.start(), found.end()
    for pattern in _SHAPED_PHONES:
        for found in pattern.finditer(text):
            if not (found[0].isdigit() and _is_of_a_paper(text, found.start())):
                yield found.start(), found.end()
    if "+" in text:
        for found in _FOREIGN_PHONE.finditer(text):
            yield found.start(), found.end()
    for found in _WORDED_NUMBER.finditer(text):
        if _is_worded_phone(text, found):
            yield found.start(), found.end()


def public_phones_in(text: str) -> Iterator[Place]:
    """What looks like a phone and is nobody's in person, or may be a number of something else: hot
    lines, and 123-45-67 without a word. Shown to readers, and still nothing to leave a node."""
    for pattern in (_HOT_LINE, _LOCAL_PHONE):
        for found in pattern.finditer(text):
            yield found.start(), found.end()


def _is_worded_phone(text: str, found: re.Match[str]) -> bool:
    written = found[0]
    digits = sum(sign.isdigit() for sign in written)
    before = text[max(0, found.start() - NEAR) : found.start()]
    if _DATE.match(written) or _PAPER.search(before):
        return False
    if _SNILS_SHAPE.fullmatch(written) or digits > 11:
        return False
    if _PHONE_WORD.search(before):
        return True
    if _PARTED.fullmatch(written) and _PHONE_WORD_BEHIND.match(text, found.end()):
        return True
    return bool(_PHONE_HINT.search(before)) and (
        bool(_PARTED.search(written)) or digits in (6, 7, 10, 11)
    )


def _foreign_phones(text: str, known: Sequence[Place]) -> Iterator[Place]:
    """Numbers of other countries and long Russian ones by the plans of numbering, where written
    apart: a bare run of digits is more often an account. `known` ones are not looked at again."""
    rest = text
    for start, end in known:
        rest = rest[:start] + " " * (end - start) + rest[end:]
    if "+" not in rest and not any(
        _is_after_a_phone_word(rest, found.start()) for found in _LONG_RUN.finditer(rest)
    ):
        return  # the plans of numbering are slow to ask
    for found in PhoneNumberMatcher(rest, "RU", leniency=Leniency.VALID):
        written = found.raw_string
        if written.isdigit() or _SNILS_SHAPE.fullmatch(written):
            continue
        if not written.startswith("+") and not _is_after_a_phone_word(text, found.start):
            continue
        yield found.start, found.end


def _is_after_a_phone_word(text: str, start: int) -> bool:
    before = text[max(0, start - NEAR) : start]
    return bool(_PHONE_WORD.search(before) or _PHONE_HINT.search(before))


def snils_in(text: str) -> Iterator[Place]:
    """Eleven digits with the control number of a СНИЛС, however spaced."""
    for found in _ELEVEN.finditer(text):
        if _is_snils(re.sub(r"\D", "", found[1])):
            yield found.span(1)


def cards_in(text: str) -> Iterator[Place]:
    """15 to 19 digits of a payment system that pass the Luhn check."""
    for pattern in (_CARD, _CARD_IN_FOURS):
        for found in pattern.finditer(text):
            if _is_card(re.sub(r"\D", "", found[1])) and not _is_of_a_paper(text, found.start()):
                yield found.span(1)


def passports_in(text: str) -> Iterator[Place]:
    """Series and number of an inner passport: four digits and six."""
    for found in _PASSPORTS[0].finditer(text):
        before = text[max(0, found.start() - NEAR) : found.start()]
        bare = not found["between"].strip()
        if bare and (
            _PAPER.search(before) or (_NO_PASSPORT.search(before) and _YEAR.match(found[0]))
        ):
            continue
        yield found.start(), found.end()
    for pattern in (_PASSPORTS[1], _FOREIGN_PASSPORT):
        for found in pattern.finditer(text):
            yield found.span("number")


def flats_in(text: str) -> Iterator[Place]:
    """A flat or a room of a hostel with its word: «кв. 12», «45-й квартиры», «комната 307»."""
    for found in _FLAT.finditer(text):
        word = found[0].lstrip()
        number = re.search(r"\d+", word)
        before = text[max(0, found.start() - 3) : found.start()]
        if number and _QUARTER.search(before) and 1900 < int(number[0]) < 2100:
            continue  # «3 кв. 2025 года»
        if word.startswith("кВ") and re.search(r"\d\s?$", before):
            continue  # «10 кВ»
        yield found.start(), found.end()
    for found in _FLAT_BEFORE.finditer(text):
        counted = found["ending"] in (None, "ы", "ах", "ам") and not found["ordinal"]
        before = text[max(0, found.start() - 15) : found.start()]
        if not counted or (found["ending"] == "ы" and _OUT_OF.search(before)):
            yield found.start(), found.end()


def houses_with_flats_in(text: str) -> Iterator[tuple[Place, str]]:
    """The flat's number in «д. 3-15» and «Павлова 27-44», with the word before the house: who asks
    knows whether it is a street. The word is empty where the text itself says «дом»."""
    if not _DASHED.search(text):
        return
    for found in _HOUSE_FLAT.finditer(text):
        before = found["before"]
        yield found.span("flat"), "" if _HOUSE.search(before) else before.strip(" .,№\n")


def plates_in(text: str) -> Iterator[Place]:
    """Registration plates of cars, taxis, motorcycles and trailers, in letters of either kind."""
    for pattern in _PLATES:
        for found in pattern.finditer(text):
            if not _is_distance(found[0]):
                yield found.start(), found.end()
    for pattern in _WORDED_PLATES:
        for found in pattern.finditer(text):
            if _PLATE_WORD.search(text[max(0, found.start() - NEAR) : found.start()]):
                yield found.start(), found.end()


def _is_distance(written: str) -> bool:
    """«в 100 км 20» and the like: small letters that are words, apart from the digits."""
    return bool(re.match(r"[вксоу]\s\d{3}\s(?:км|см|мм|ом)\s", written))


def _is_of_a_paper(text: str, start: int) -> bool:
    return bool(_PAPER.search(text[max(0, start - NEAR) : start]))


def _is_snils(digits: str) -> bool:
    """Whether eleven digits carry the control number of a СНИЛС (Pension Fund's rule): the sum of
    digit × place, 9 to 1, modulo 101, and 100 is written 00."""
    if digits[:9] <= "001001998":  # numbers up to this one were given without a control number
        return False
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(digits[:9]))
    return total % 101 % 100 == int(digits[9:])


def _is_card(digits: str) -> bool:
    """Whether digits pass the Luhn check (ISO/IEC 7812-1). All zeros pass it and are no card."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0 and len(set(digits)) > 1
