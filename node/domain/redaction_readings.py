"""What a Russian word may be in a name: given name, surname, patronymic, or a plain word.

One function, `reading`, told once for each form and remembered. The dictionary (`lemmas.parses`)
speaks first; surnames and patronymics it does not know are told by their endings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from node.domain.lemmas import Parse, fold, parses
from node.domain.redaction_place_words import sign_of
from node.domain.redaction_signs import in_cyrillic
from node.domain.redaction_words import (
    ADDRESSING,
    GIVEN,
    HISTORIC,
    NO_OFFICE,
    OFFICES,
    PERSON,
    SHY_GIVEN,
    UNLISTED_GIVEN,
    UNLISTED_SURNAMES,
    WORD_SURNAMES,
)

REMEMBERED = 50_000
SHY_SHARE = 0.3  # a plain reading at least so likely makes a given name shy in this form

Forms = frozenset[tuple[str, str]]
"""Case and gender, each '' when it may be any: ('gent', 'masc'). Empty: nothing is known."""

_CASES = ("nomn", "gent", "datv", "accs", "ablt", "loct")
_SAME_CASE = {"gen2": "gent", "acc2": "accs", "loc2": "loct", "voct": "nomn", "gen1": "gent"}
_NAMES = frozenset(("Name", "Surn", "Patr"))
_NO_NAME = frozenset(("plur", "voct"))  # «ВОВ» is not a call to Вова
_FUNCTION = frozenset(("PREP", "CONJ", "PRCL", "NPRO", "INTJ", "ADVB", "PRED", "Apro"))
_NO_WORDS = frozenset(("Geox", "Orgn", "Abbr", "Poss", "Trad"))

_SURNAME = re.compile(
    r".{2,}(?:(?:[оеё]в|[иы]н)(?:а|у|ым|ом|ой|ою|е|ых|ыми|ы)?|[сц]к(?:ий|ой|ого|ому|им|ом|ая|ую|их|ими)"
    r"|ко|(?:чук|щук|юк|ук|ик|як)(?:а|у|ом|е)?|ян(?:ц)?(?:а|у|ем|ом|е)?|дзе|швили|[иы]х|(?:ич)(?:а|у|ем|е)?"
    r"|[иу]?[яа]ни|[иу]а|заде|лы|[её]ц|ц(?:а|у|ем|ом|е)|[ае]й?ло|ль?д?(?:ман|берг|штейн|сон|ер)(?:а|у|ом|е)?)"
)
# Endings that hardly any other unknown word has.
_FIRM_SURNAME = re.compile(
    r".{3,}(?:[оеё]в(?:а|у|ым|ой|ых|ыми)?|[иы]н(?:а|ым|ой|ых|ыми|у)|енко|дзе|швили|чук(?:а|у|ом|е)?"
    r"|[ая]нян(?:а|у|ом|е)?|[ся]ян(?:а|у|ом|е)?)"
)
_SHAPED = re.compile(r".{2,}(?:(?:[оеё]в|[иы]н)(?:а|у|ым|ой|ых|ыми|е)?|[иы]х)")
_DECLINED_SURNAME = re.compile(r".{2,}(?:[оеё]в|[иы]н)(а|у|ым|ой|ою|е)?")
_ADJECTIVAL = ("ский", "цкий", "ской", "цкой")
_FORMS_BY_ENDING: dict[str | None, Forms] = {
    None: frozenset({("nomn", "masc")}),
    "а": frozenset({("gent", "masc"), ("accs", "masc"), ("nomn", "femn")}),
    "у": frozenset({("datv", "masc"), ("accs", "femn")}),
    "ым": frozenset({("ablt", "masc")}),
    "ой": frozenset((case, "femn") for case in ("gent", "datv", "ablt", "loct")),
    "ою": frozenset({("ablt", "femn")}),
    "е": frozenset({("loct", "masc")}),
}
_PATRONYMIC = (
    (
        re.compile(
            r".{2,}(?:ов|ев|ь|ик|уз|ил)?(?:[оеь]?вич|ьич|мич|кич|ныч|лыч|рыч|тыч|дыч|кыч|хич)(а|у|ем|е)?"
        ),
        "masc",
    ),
    (re.compile(r".{2,}(?:[оеь]вн|ичн|инишн|ишн)(а|ы|е|у|ой|ою)"), "femn"),
)
_CASE_OF_ENDING: dict[str, dict[str | None, tuple[str, ...]]] = {
    "masc": {
        None: ("nomn",),
        "а": ("gent", "accs"),
        "у": ("datv",),
        "ем": ("ablt",),
        "е": ("loct",),
    },
    "femn": {
        "а": ("nomn",),
        "ы": ("gent",),
        "е": ("datv", "loct"),
        "у": ("accs",),
        "ой": ("ablt",),
        "ою": ("ablt",),
    },
}
_SHORT_PATRONYMICS = frozenset(
    ("палн", "иванн", "михалн", "семенн", "степанн", "алексанн", "антонн")
)
_SON_OR_DAUGHTER = frozenset(("оглы", "оглу", "кызы", "гызы", "кизи", "улы", "уулу"))


@dataclass(frozen=True, slots=True)
class Reading:
    """What one word form may be. The Forms are empty where it may not be that at all, or, for
    `surname`, where `is_surname` is told by the ending alone."""

    form: str = ""  # the word in small letters, ё as е
    sign: str = ""  # what it says of the next word (`redaction_place_words`)
    given: Forms = frozenset()
    firm_given: bool = False  # a person wherever it stands, in small letters too
    given_share: float = 0.0
    patronymic: Forms = frozenset()
    surname: Forms = frozenset()
    is_surname: bool = False
    firm_surname: bool = False  # nothing else than a surname
    listed_surname: bool = False  # an everyday word that is a surname beside a given name
    surname_share: float = 0.0
    listed_given: bool = False
    plural_surname: bool = False
    nominal: Forms = frozenset()  # as a noun or an adjective
    noun: bool = False
    adjective: bool = False
    verb: bool = False
    function: bool = False  # preposition, conjunction, particle, pronoun …
    plain_single: bool = False  # … and not only of many: «решетников»
    plain: bool = False  # the dictionary has it as an everyday word
    known: bool = False
    place: bool = False
    lemmas: frozenset[str] = frozenset()
    kin: bool = False  # oglu, kyzy
    person: bool = False
    addressing: bool = False
    office: bool = False
    no_office: bool = False
    historic: bool = False

    @property
    def naming(self) -> bool:
        """Whether it may be a part of a name by itself."""
        return bool(self.given or self.patronymic or self.is_surname or self.kin)


def agree(*parts: Forms) -> bool:
    """Whether words may stand in one case and gender; a word nothing is known of agrees."""
    told = [forms for forms in parts if forms]
    if len(told) < 2:
        return True
    left, *rest = told
    for right in rest:
        left = frozenset(
            (case or other, gender or sex)
            for case, gender in left
            for other, sex in right
            if (not case or not other or case == other) and (not gender or not sex or gender == sex)
        )
    return bool(left)


def cases_of(forms: Forms) -> Forms:
    """The cases alone: words of different gender may agree in them."""
    return frozenset((case, "") for case, _ in forms)


@lru_cache(maxsize=REMEMBERED)
def reading(word: str) -> Reading:
    """Of a word as written, with its hyphens; any letter case."""
    plain = fold(in_cyrillic(word)).replace("'", "")
    told = _of_compound(plain) if "-" in plain else _of_word(plain)
    return replace(told, form=plain, sign=sign_of(plain))


def _of_compound(word: str) -> Reading:
    parts = [_of_word(part) for part in word.split("-") if part]
    if len(parts) < 2:
        return parts[0] if parts else Reading()
    last = parts[-1]
    if last.kin:
        return Reading(kin=True, known=True, lemmas=frozenset([word]))
    whole = [part for part in parses(word) if part.known]
    own = frozenset([word]) | last.lemmas
    if all(part.given for part in parts):
        return Reading(given=last.given, firm_given=last.firm_given, known=True, lemmas=own)
    if all(part.is_surname for part in parts) or (
        any(part.firm_surname for part in parts)
        and not any(part.verb or part.function for part in parts)
    ):
        return Reading(
            is_surname=True,
            firm_surname=any(part.firm_surname for part in parts)
            and not any(part.place or part.historic for part in parts),
            surname=last.surname,
            lemmas=own,
            historic=word in HISTORIC,
        )
    return Reading(
        plain=bool(whole) or all(part.plain for part in parts),
        known=all(part.known for part in parts),
        noun=last.noun,
        adjective=last.adjective,
        nominal=last.nominal,
        function=any(part.function for part in parts),
        verb=any(part.verb for part in parts),
        office=word in OFFICES or parts[0].office,
        person=last.person,
        lemmas=own,
    )


def _of_word(word: str) -> Reading:
    if word in _SON_OR_DAUGHTER:
        return Reading(kin=True, known=True)
    parsed = parses(word)
    if not parsed:
        return Reading()
    known = parsed[0].known
    every = [p for p in parsed if p.known == known]
    surnames = [p for p in every if "Surn" in p.grammemes]
    plain = [p for p in every if known and not p.grammemes & (_NAMES | _NO_WORDS)]
    if surnames:  # «гоголин» is no short form of an adjective
        plain = [p for p in plain if "ADJS" not in p.grammemes]
    lemmas = frozenset(p.lemma for p in every if p.score >= 0.02)
    given = [p for p in every if known and "Name" in p.grammemes and not p.grammemes & _NO_NAME]
    listed = [p for p in given if p.lemma in GIVEN]
    unlisted = _unlisted(UNLISTED_GIVEN).get(word, frozenset())
    given_forms = _forms(listed or given) | unlisted
    given_share = sum(p.score for p in given) if given else (1.0 if given_forms else 0.0)
    # «Катя» is hardly ever «rolling»: gerunds are left out.
    plain_share = sum(p.score for p in plain if "GRND" not in p.grammemes)
    shy = any(p.lemma in SHY_GIVEN for p in listed) or plain_share >= SHY_SHARE
    is_surname = bool(surnames) if known else bool(_SURNAME.fullmatch(word))
    if known and not surnames and not (parsed[0].grammemes & _FUNCTION):
        # «Лямин» is a town to the dictionary, «Ахмадов» many Ахмад, «Долгих» an adjective.
        is_surname = bool(_SHAPED.fullmatch(word)) and not any(
            p.lemma == word and "NOUN" in p.grammemes for p in plain
        )
    own_surname = _unlisted(UNLISTED_SURNAMES).get(word, frozenset())
    worded = [p for p in every if p.lemma in WORD_SURNAMES and p.grammemes & {"NOUN", "ADJF"}]
    adjectival = [p for p in plain if "ADJF" in p.grammemes and p.lemma.endswith(_ADJECTIVAL)]
    if not is_surname and not any(p.grammemes & _FUNCTION for p in every):
        is_surname = bool(own_surname or worded or adjectival)
    place = any(p.grammemes & {"Geox"} and p.known for p in every)
    patronymic = _patronymic(word, every, known)
    nouns = [p for p in every if p.grammemes & {"NOUN", "ADJF"} and not p.grammemes & _NAMES]
    return Reading(
        given=given_forms,
        firm_given=bool(listed or unlisted) and not shy,
        given_share=given_share,
        patronymic=patronymic,
        surname=_surname_forms(word, surnames, own_surname | _nominal([*worded, *adjectival]))
        if is_surname
        else frozenset(),
        is_surname=is_surname,
        firm_surname=is_surname
        and not plain
        and not given_forms
        and (bool(surnames) if known else bool(own_surname or _FIRM_SURNAME.fullmatch(word))),
        listed_surname=bool(own_surname or worded or adjectival),
        surname_share=sum(p.score for p in surnames) if known else 0.0,
        listed_given=bool(listed or unlisted),
        plural_surname=any("plur" in p.grammemes for p in surnames),
        nominal=_nominal(nouns),
        noun=any("NOUN" in p.grammemes for p in plain),
        adjective=any("ADJF" in p.grammemes for p in plain),
        verb=known and bool(plain) and bool(plain[0].grammemes & {"VERB", "INFN", "GRND", "PRTS"}),
        function=known and bool(parsed[0].grammemes & _FUNCTION),
        plain=bool(plain),
        plain_single=any("plur" not in p.grammemes for p in plain),
        known=known,
        place=place,
        lemmas=lemmas,
        person=bool(lemmas & PERSON) or word in PERSON,
        addressing=word in ADDRESSING,
        office=bool(lemmas & OFFICES),
        no_office=bool(lemmas & NO_OFFICE) or word in NO_OFFICE,
        historic=bool({p.lemma for p in (surnames or parsed)} & HISTORIC),
    )


def _forms(parsed: Iterable[Parse]) -> Forms:
    found = set()
    for one in parsed:
        for case in _cases(one):
            found.add((case, _gender(one)))
    return frozenset(found)


def _cases(one: Parse) -> tuple[str, ...]:
    told = {_SAME_CASE.get(sign, sign) for sign in one.grammemes}
    return tuple(case for case in _CASES if case in told)


def _gender(one: Parse) -> str:
    if "ms-f" in one.grammemes or "Ms-f" in one.grammemes or "plur" in one.grammemes:
        return ""
    return "masc" if "masc" in one.grammemes else "femn" if "femn" in one.grammemes else "neut"


def _surname_forms(word: str, surnames: list[Parse], more: Forms) -> Forms:
    declined = _DECLINED_SURNAME.fullmatch(word)
    if declined:
        return _FORMS_BY_ENDING[declined[1]] | more
    forms = _forms(surnames) | more
    # «Мельник Анне»: a woman's surname of a man's form stays as it is; so do all in -ых.
    if word.endswith(("ых", "их", "ко")) or not forms:
        return frozenset()
    if any(case == "nomn" and sex == "masc" for case, sex in forms) and (
        len(word) < 4 or not word.endswith(("ов", "ев", "ин", "ын", "ий", "ый", "ой"))
    ):
        forms |= {("", "femn")}
    return forms


def _nominal(nouns: list[Parse]) -> Forms:
    """Forms of a plain word as if it were a surname: a noun's gender says nothing of the person."""
    found = set()
    for one in nouns:
        if "plur" in one.grammemes and "NOUN" in one.grammemes:
            continue
        for case in _cases(one):
            found.add((case, _gender(one) if "ADJF" in one.grammemes else ""))
            if case == "nomn" and "NOUN" in one.grammemes and "masc" in one.grammemes:
                found.add(("", "femn"))
    return frozenset(found)


def _patronymic(word: str, parsed: list[Parse], known: bool) -> Forms:
    told = [p for p in parsed if "Patr" in p.grammemes and "plur" not in p.grammemes]
    if told and (known or len(word) > 6):
        return _forms(told)
    if word[:-1] in _SHORT_PATRONYMICS and word[-1] in "аыеу":
        return frozenset((case, "femn") for case in _CASE_OF_ENDING["femn"][word[-1]])
    if known and not any("Surn" in p.grammemes for p in parsed):
        return frozenset()
    for pattern, gender in _PATRONYMIC:
        found = pattern.fullmatch(word)
        if found:
            return frozenset((case, gender) for case in _CASE_OF_ENDING[gender][found[1]])
    return frozenset()


@cache
def _unlisted(names: tuple[str, ...]) -> dict[str, Forms]:
    """Forms of names that the dictionary does not have."""
    found: dict[str, set[tuple[str, str]]] = {}
    for name in names:
        for form, case, gender in _declined(name):
            found.setdefault(form, set()).add((case, gender))
    return {form: frozenset(forms) for form, forms in found.items()}


def _declined(name: str) -> Iterable[tuple[str, str, str]]:
    stem, last = name[:-1], name[-1]
    if name.endswith(("ой", "ый")) and len(name) > 4:
        return [*_adjective(stem[:-1], "masc"), *_adjective(stem[:-1], "femn")]
    if last in "еиоуыюь" or (name in UNLISTED_SURNAMES and name.endswith(("ия", "уа"))):
        return [(name, case, "") for case in _CASES]
    if last == "а":
        soft = "и" if stem[-1] in "кгхшжчщ" else "ы"
        ablt = "ей" if stem[-1] in "шжчщ" else "ой"
        endings = ("а", soft, "е", "у", ablt, "е")
        return [(stem + end, case, "") for end, case in zip(endings, _CASES_OF_A, strict=True)]
    if last == "я":
        endings = ("я", "и", "и" if stem[-1] == "и" else "е", "ю", "ей", "е")
        return [(stem + end, case, "") for end, case in zip(endings, _CASES_OF_A, strict=True)]
    bases = ("й", "я", "ю", "ем", "е") if last == "й" else ("", "а", "у", "ом", "е")
    root = stem if last == "й" else name
    masculine = [
        (root + end, case, "masc")
        for end, case in zip(bases, ("nomn", "gent", "datv", "ablt", "loct"), strict=True)
    ]
    # A woman's name in a consonant (Гульназ, Сэсэг) is not declined.
    return [
        *masculine,
        (root + bases[1], "accs", "masc"),
        *((name, case, "femn") for case in _CASES),
    ]


def _adjective(stem: str, gender: str) -> list[tuple[str, str, str]]:
    masculine = ("ой", "ого", "ому", "ого", "ым", "ом")
    feminine = ("ая", "ой", "ой", "ую", "ой", "ой")
    endings = masculine if gender == "masc" else feminine
    return [(stem + end, case, gender) for end, case in zip(endings, _CASES_OF_A, strict=True)]


_CASES_OF_A = ("nomn", "gent", "datv", "accs", "ablt", "loct")
