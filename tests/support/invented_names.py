"""Invented people: surnames, given names and patronymics declined through the six cases.

Declined by the rules of the school grammar, not by the dictionary the redactor asks, so that the
two check each other.
"""

from __future__ import annotations

from dataclasses import dataclass

CASES = ("nomn", "gent", "datv", "accs", "ablt", "loct")

# In the form of a man's; the kind is told by the ending.
_SURNAMES = """
Агафонов Баландин Белоусов Вершинин Гребенщиков Дорохин Ерёменко Жданов Загоруйко Игнатенко
Калиниченко Карасёв Кудрявцев Лапшин Лыткин Маслов Мерзляков Нестеренко Овчаренко Пономарёв
Рассказов Решетников Савченко Сиделников Терёхин Тихонов Уваров Фомичёв Хохлов Цыганков Чеботарёв
Шаповалов Щеглов Юрченко Якушев Арзамасцев Бабкин Веретенников Голощапов Долбилов Елфимов
Ковальский Домбровский Вишневецкий Залесский Бельский Лещинский Троицкий
Бондарчук Поливанчук Савчук Ковальчук Иващук Гаврилюк Костюк Ткачук Пилипчук
Мельник Коваль Бондарь Швец Кравец Гончар Ткач Шинкарь Скляр Чумак
Волк Заяц Соловей Воробей Баран Козёл Жук Сокол Гусь Кулик Мороз Буран Дуб Калач Перец Борщ
Петросян Акопян Мкртчян Бабаджанян Геворкян Кобалия Гоголадзе Чавчавадзе Сулаберидзе Мамардашвили
Ахметов Гарипов Валиуллин Сайфутдинов Хусаинов Мингазов Шарипов Зиганшин Каримов Юлдашев
Цыбиков Бадмаев Дамдинов Мункуев Кадыров Исмаилов Магомедов Алибеков Гусейнов Рамазанов
Шмидт Вебер Миллер Браун Ким Пак Цой Юн Штерн Гофман Рабинович Адамович Хацкевич Шушкевич
Черных Седых Белых Польских Кручёных Толстых
Гроза Сорока Береза Майборода Лобода Скиба Непейвода Шапка Зима Калина Кваша Дубина
Белый Крутой Полевой Чёрный Бережной Яровой Толстой Лановой Горовой
"""
SURNAMES = tuple(_SURNAMES.split())
_MEN = """
Александр Алексей Анатолий Андрей Антон Аркадий Артём Борис Вадим Валерий Василий Виктор Виталий
Владимир Владислав Вячеслав Геннадий Георгий Глеб Григорий Денис Дмитрий Евгений Егор Захар Игорь
Илья Кирилл Константин Лев Леонид Максим Марк Матвей Никита Николай Олег Павел Пётр Роман Руслан
Семён Сергей Степан Тимофей Фёдор Эдуард Юрий Ярослав Рустам Ильдар Магомед Ахмед Тигран Артур
Мурат Булат Шамиль Ренат Алихан Бахтиёр Зураб Вазген
"""
MEN = tuple(_MEN.split())
_WOMEN = """
Александра Алёна Алина Алла Анастасия Анна Антонина Валентина Валерия Варвара Вера Вероника
Виктория Галина Дарья Диана Ева Евгения Екатерина Елена Елизавета Жанна Зинаида Зоя Инна Ирина
Карина Кира Клавдия Ксения Лариса Лидия Лилия Любовь Людмила Маргарита Марина Мария Надежда Наталья
Нина Оксана Ольга Полина Раиса Римма Роза Светлана Серафима София Тамара Татьяна Ульяна Фаина Элла
Юлия Яна Гульнара Зухра Лейла Мадина Фатима Эльмира Альбина Земфира
"""
WOMEN = tuple(_WOMEN.split())
_FATHERS = """
Александрович Алексеевич Анатольевич Андреевич Антонович Борисович Валерьевич Васильевич Викторович
Витальевич Владимирович Геннадьевич Георгиевич Григорьевич Дмитриевич Евгеньевич Егорович Иванович
Игоревич Ильич Кириллович Константинович Кузьмич Леонидович Лукич Львович Максимович Михайлович
Никитич Николаевич Олегович Павлович Петрович Романович Семёнович Сергеевич Степанович Фёдорович
Фомич Юрьевич Яковлевич Ахмедович Магомедович Рустамович Ильдарович Гургенович Тагирович Баирович
"""
FATHERS = tuple(_FATHERS.split())

_VOWELS = "аеёиоуыэюя"
_FLEETING = {
    "Заяц": "Зайц",
    "Соловей": "Соловь",
    "Воробей": "Воробь",
    "Козёл": "Козл",
    "Перец": "Перц",
}
_HARD = {"gent": "а", "datv": "у", "accs": "а", "ablt": "ом", "loct": "е"}
_SOFT = {"gent": "я", "datv": "ю", "accs": "я", "ablt": "ем", "loct": "е"}


@dataclass(frozen=True, slots=True)
class Person:
    """A name in one case; every part with its capital."""

    surname: str
    given: str
    patronymic: str
    initials: str


def person(surname: str, given: str, father: str, *, woman: bool, case: str) -> Person:
    """A man's or a woman's name of words of the lists above, in one of CASES."""
    father_of = _patronymic(father, woman)
    return Person(
        (_woman_surname if woman else _man_surname)(surname, case),
        _declined(given, case, woman),
        _declined(father_of, case, woman),
        f"{given[0]}.{father[0]}.",
    )


def _patronymic(father: str, woman: bool) -> str:
    if not woman:
        return father
    if father.endswith(("ович", "евич")):
        return father[:-2] + "на"
    return father[:-2] + ("инична" if father in ("Ильич", "Кузьмич", "Лукич", "Фомич") else "ична")


def _declined(word: str, case: str, woman: bool) -> str:
    """A given name or a patronymic."""
    if case == "nomn":
        return word
    stem, last = word[:-1], word[-1]
    if word == "Лев":
        return "Льв" + _HARD[case]
    if word == "Пётр":
        return "Петр" + _HARD[case]
    if word == "Павел":
        return "Павл" + _HARD[case]
    if word == "Любовь":
        return {"accs": word, "ablt": "Любовью"}.get(case, "Любови")
    if last == "а":
        soft = "и" if stem[-1] in "кгхжшчщ" else "ы"
        return stem + {"gent": soft, "datv": "е", "accs": "у", "ablt": "ой", "loct": "е"}[case]
    if last == "я":
        dative = "и" if stem[-1] == "и" else "е"
        return stem + {"gent": "и", "datv": dative, "accs": "ю", "ablt": "ей", "loct": dative}[case]
    if last in "йь":
        ending = _SOFT[case]
        return stem + ("и" if case == "loct" and stem[-1] == "и" else ending)
    if last == "ч":
        return word + {**_HARD, "ablt": "ем"}[case]
    return word if woman else word + _HARD[case]


def _man_surname(word: str, case: str) -> str:
    if case == "nomn" or word.endswith(("ко", "ых", "их", "дзе", "швили", "ия", "лия", "о")):
        return word
    if word.endswith(("ов", "ев", "ёв", "ин")):
        return word + {**_HARD, "ablt": "ым"}[case]
    if word.endswith(("ий", "ый", "ой")) and word != "Цой":
        soft = {"gent": "ого", "datv": "ому", "accs": "ого", "ablt": "им", "loct": "ом"}
        return word[:-2] + ({**soft, "ablt": "ым"} if word.endswith(("ый", "ой")) else soft)[case]
    if word[-1] in "ая":
        return _declined(word, case, woman=False)
    stem = _FLEETING.get(word, word)
    if stem.endswith("ь"):
        return stem[:-1] + ("ь" if word.endswith("ей") else "") + _SOFT[case]
    if stem.endswith("й"):
        return stem[:-1] + _SOFT[case]
    if stem[-1] in "цжшчщ":
        return stem + {**_HARD, "ablt": "ем"}[case]
    return stem + _HARD[case]


def _woman_surname(word: str, case: str) -> str:
    if word.endswith(("ов", "ев", "ёв", "ин")):
        return word + {"nomn": "а", "accs": "у"}.get(case, "ой")
    if word.endswith(("ий", "ый", "ой")) and word != "Цой":
        return word[:-2] + {"nomn": "ая", "accs": "ую"}.get(case, "ой")
    if word[-1] in "ая" and word[-2:] != "ия":
        return _declined(word, case, woman=True)
    return word
