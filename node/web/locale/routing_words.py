"""The words of routing: conditions of a rule, why a rule did not fire, how an executor was found.

Names of codes come from the rulebook; a code that is known no longer is shown as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from node.domain.issue import URGENCIES
from node.domain.place_condition import AddressWords, Box, Circle, Place
from node.domain.routing import Basis, Case, Condition, Decision, Rule, RuleSet, Step
from node.domain.rulebook import Rulebook
from node.web.locale import issue_words, russian

QUEUE = "очередь координатора"
BY_TOPIC = "по теме"
KINDS: Mapping[str, str] = {"message": "сообщение", "formal": "обращение по 59-ФЗ"}
MOST_NAMED = 4  # codes named of a long list in one line

# Fields of a rule as the form has them, by their names in faults.
FIELDS: Mapping[str, str] = {
    "code": "Код",
    "name": "Название",
    "executor": "Кому отдать",
    "reserve": "Запасное правило",
    "topics": "Темы",
    "territories": "Территории",
    "channels": "Каналы",
    "kinds": "Вид обращения",
    "urgencies": "Срочность",
    "place": "Место",
    "place.lat": "Широта",
    "place.lon": "Долгота",
    "place.km": "Радиус, км",
    "place.south": "Юг",
    "place.west": "Запад",
    "place.north": "Север",
    "place.east": "Восток",
    "place.address": "Слова адреса",
    "words.all": "Все эти слова",
    "words.any": "Хотя бы одно слово",
    "words.none": "Ни одного слова",
    "fallback": "Кому отдавать остальное",
    "note": "Что изменилось",
    "position": "Какое по счёту",
    "text": "Текст",
    "topic": "Тема",
    "territory": "Территория",
    "channel": "Канал",
    "kind": "Вид обращения",
    "urgency": "Срочность",
    "lat": "Широта",
    "lon": "Долгота",
    "address": "Адрес",
    "complained_of": "На кого жалуются",
    "number": "Номер проблемы",
    "days": "За сколько дней",
    "before": "Место в списке",
}

FAILED: Mapping[Condition, str] = {
    Condition.RESERVE: "запасное: исполнителю правил выше отдать можно",
    Condition.TOPICS: "другая тема",
    Condition.TERRITORIES: "другая территория",
    Condition.CHANNELS: "другой канал",
    Condition.KINDS: "другой вид обращения",
    Condition.URGENCIES: "другая срочность",
    Condition.PLACE: "другое место, или место не указано",
    Condition.WORDS: "слова текста не подходят",
    Condition.UNKNOWN: "подходит, но такого исполнителя больше нет",
    Condition.WORKS_IN: "подходит, но исполнитель не работает на этой территории",
    Condition.COMPLAINED_OF: "подходит, но на этот орган и жалуются",
    Condition.RETURNED: "подходит, но исполнитель уже вернул эту проблему: «не наше»",
}
STATES: Mapping[str, str] = {
    "draft": "черновик",
    "published": "действует",
    "retired": "снята",
}


def version(number: int | None) -> str:
    if number is None:
        return "черновик"
    return "правила поставки" if number == 0 else f"версия {number}"


def executor(code: str | None, rulebook: Rulebook) -> str:
    """`Водоканал (Министерство ЖКХ)`, an agency by its name alone, or the queue."""
    if code is None:
        return QUEUE
    agencies = rulebook.agencies
    agency = agencies.agency_of(code)
    name = agencies.name(code)
    return name if agency == code else f"{name} ({agencies.name(agency)})"


def conditions(rule: Rule, rulebook: Rulebook) -> tuple[tuple[str, str], ...]:
    """Each condition as (what, which); () where the rule fits everything."""
    asked = rule.conditions
    found = [
        ("тема", _some(rulebook.classifier.name(code) for code in asked.topics)),
        ("территория", _some(_place_name(code, rulebook) for code in asked.territories)),
        ("канал", _some(issue_words.CHANNELS.get(code, code) for code in asked.channels)),
        ("вид", _some(KINDS.get(code, code) for code in asked.kinds)),
        ("срочность", _some(URGENCIES.get(code, code) for code in asked.urgencies)),
        ("место", place(asked.place)),
        ("все слова", _quoted(asked.words.every)),
        ("любое из слов", _quoted(asked.words.some)),
        ("без слов", _quoted(asked.words.none)),
    ]
    return tuple((what, which) for what, which in found if which)


def place(where: Place | None) -> str:
    match where:
        case Box():
            return (
                f"широта {_degrees(where.south)}–{_degrees(where.north)}, "
                f"долгота {_degrees(where.west)}–{_degrees(where.east)}"
            )
        case Circle():
            centre = f"{_degrees(where.lat)}, {_degrees(where.lon)}"
            return f"до {_degrees(where.km)} км от точки {centre}"
        case AddressWords():
            return f"в адресе {_quoted(where.words)}"
        case None:
            return ""


def step(tried: Step, rulebook: Rulebook) -> str:
    """One way tried: `Правило «Вода»: другая тема`."""
    name = {
        Basis.TOPIC: "Ведомство темы",
        Basis.FALLBACK: "Кому отдавать остальное",
    }.get(tried.by, f"Правило «{tried.name or tried.rule}»")
    if tried.failed is None:
        return f"{name}: подходит – {executor(tried.executor, rulebook)}"
    return f"{name}: {FAILED[tried.failed]}"


def decision(made: Decision, rules: RuleSet, rulebook: Rulebook) -> str:
    """Who gets it and by what, in one sentence."""
    if made.to_and_fro:
        return "В очередь координатора: проблему уже пересылали по кругу, правила её не отправляют."
    name = russian.headline(executor(made.executor, rulebook))
    if made.basis is Basis.RULE:
        rule = rules.rule(made.rule or "")
        return f"{name} – по правилу «{rule.name if rule else made.rule}»."
    if made.basis is Basis.TOPIC:
        return f"{name} – по теме: ни одно правило не подошло или не могло отдать."
    if made.basis is Basis.FALLBACK:
        return f"{name} – ему отдают то, что не разошлось по правилам и теме."
    return "В очередь координатора: отдать некому, причины ниже."


def why(made: Decision, rules: RuleSet, case: Case, rulebook: Rulebook) -> tuple[str, ...]:
    """What of the case fitted the rule that fired, condition by condition."""
    rule = rules.rule(made.rule or "")
    if rule is None:
        return ()
    asked = rule.conditions
    found = []
    if asked.topics:
        found.append(f"тема – {rulebook.classifier.name(case.topic)}")
    if asked.territories:
        found.append(f"территория – {_place_name(case.territory, rulebook)}")
    if asked.channels:
        found.append(f"канал – {issue_words.CHANNELS.get(case.channel, case.channel)}")
    if asked.kinds:
        found.append(f"вид – {KINDS[case.kind]}")
    if asked.urgencies:
        found.append(f"срочность – {URGENCIES[case.urgency]}")
    if asked.place is not None:
        found.append(f"место – {place(asked.place)}")
    if words := asked.words.found(case.words) if asked.words else ():
        found.append(f"в тексте есть {_quoted(words)}")
    if asked.words.none:
        found.append(f"в тексте нет {_quoted(asked.words.none)}")
    if rule.reserve:
        found.append("правило запасное: исполнителю правила выше отдать нельзя")
    return tuple(found) or ("правило подходит ко всему",)


def field(name: str) -> str:
    """The label of a field by its name in a fault, also of a rule: `rules.2.topics`."""
    head, _, rest = name.partition(".")
    row, _, own = rest.partition(".")
    if head == "rules" and own:
        return f"Правило {int(row) + 1}, {FIELDS.get(own, own).lower()}"
    return FIELDS.get(name, name)


def _place_name(code: str, rulebook: Rulebook) -> str:
    return rulebook.directory.name(code) if code in rulebook.directory else code


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    shown = "; ".join(listed[:MOST_NAMED])
    more = len(listed) - MOST_NAMED
    return f"{shown} и ещё {more}" if more > 0 else shown


def _quoted(phrases: Iterable[str]) -> str:
    return ", ".join(f"«{phrase}»" for phrase in phrases)


def _degrees(value: float) -> str:
    return f"{value:.5f}".rstrip("0").rstrip(".").replace(".", ",").replace("-", "−")
