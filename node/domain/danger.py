"""Danger to life in a text: the rules, read from `[danger]` of topics.toml, and what they find.

A rule fires where one of its signs (`signs.py`) stands and nothing near it speaks against: no
word of `unless`, no word that says it is over («устранили», unless «опять» stands there too).
A miss may cost a life and a false alarm a minute of somebody's time, so signs are wide; how often
they err is measured on labelled messages (tests/domain/danger, figures in help/danger.ru.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from node.domain.signs import InvalidSign, ReadText, Sign, Spelling
from node.domain.table import Table

TOPIC = "topic"
"""What alerts of a topic marked as dangerous stand under, beside the codes of rules."""
APART = 6  # words between the words of a sign where a rule says nothing
REACH = 5  # words around a place in which `unless` and `over` are looked for


@dataclass(frozen=True, slots=True)
class Danger:
    """A rule that fired: `text[start:end]` is the place, shown to staff as the reason."""

    code: str
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DangerRule:
    """One kind of danger. `always`: signs that nothing speaks against."""

    code: str
    name: str
    signs: tuple[Sign, ...]
    unless: tuple[Sign, ...] = ()
    always: tuple[Sign, ...] = ()


@dataclass(frozen=True, slots=True)
class DangerRules:
    """The rules in the order of their file. `over`: a matter is past; `again`: it is not so.

    An empty value finds nothing.
    """

    rules: tuple[DangerRule, ...] = ()
    over: tuple[Sign, ...] = ()
    again: tuple[Sign, ...] = ()
    sets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    spelling: Spelling = field(default_factory=lambda: Spelling(()), compare=False, repr=False)

    @classmethod
    def from_topics(cls, values: Mapping[str, object]) -> DangerRules:
        """From a whole topics.toml. InvalidTable names the key."""
        return cls().extended(values)

    def extended(self, values: Mapping[str, object]) -> DangerRules:
        """These rules under those of another topics.toml: a rule of a known code is replaced as a
        whole, or dropped by `off = true`; other rules, sets and lists of its own are added."""
        table = Table(values).table("danger")
        words = table.table("words")
        sets = dict(self.sets)
        for name in words:
            sets[name] = tuple(_members(words, name, sets))
        rules = {rule.code: rule for rule in self.rules}
        for code in (listed := table.table("rules")):
            entry = listed.table(code)
            if code == TOPIC:
                raise entry.refusal(
                    "name", "belongs to topics marked as dangerous: rename the rule"
                )
            if entry.flag("off", default=False):
                if code not in rules:
                    raise entry.refusal("off", "is set for a rule that does not exist")
                del rules[code]
            else:
                rules[code] = _rule(code, entry, sets)
            entry.close()
        over = _signs(table, "over", apart=APART, sets=sets)
        again = _signs(table, "again", apart=APART, sets=sets)
        table.close()
        made = replace(
            self,
            rules=tuple(rules.values()),
            over=self.over + over,
            again=self.again + again,
            sets=sets,
        )
        return replace(made, spelling=Spelling(made.words()))

    def name(self, code: str) -> str:
        """Of a rule; of one that is no more, its code: rows outlive the file."""
        return next((rule.name for rule in self.rules if rule.code == code), code)

    def words(self) -> set[str]:
        """Every word any sign looks for, beginnings of words left out."""
        signs = [*self.over, *self.again]
        for rule in self.rules:
            signs += [*rule.signs, *rule.unless, *rule.always]
        return {lemma for sign in signs for wanted in sign.words for lemma in wanted.lemmas}


def find_danger(text: str, rules: DangerRules) -> tuple[Danger, ...]:
    """Every rule that fires, once each with its first place, in the order of the text.

    Milliseconds for a text of the greatest length an appeal may have.
    """
    if not rules.rules:
        return ()
    read = ReadText(text, rules.spelling)
    found = []
    for rule in rules.rules:
        for place in _standing(rule, rules, read):
            start, end = read.words[place[0]].token.start, read.words[place[-1]].token.end
            found.append(Danger(rule.code, rule.name, start, end))
            break
    return tuple(sorted(found, key=lambda danger: (danger.start, danger.end)))


def _standing(rule: DangerRule, rules: DangerRules, read: ReadText) -> Iterator[tuple[int, ...]]:
    """Places of a rule against which nothing speaks."""
    for sign in rule.always:
        yield from sign.places(read)
    against = None
    for sign in rule.signs:
        for place in sign.places(read):
            if against is None:
                # Looked for once, and only where a sign stands at all.
                against = [other for one in rule.unless for other in one.places(read)]
                over = [other for one in rules.over for other in one.places(read)]
                again = [other for one in rules.again for other in one.places(read)]
            if _any_near(against, place, read):
                continue
            if _any_near(over, place, read) and not _any_near(again, place, read):
                continue
            yield place


def _any_near(others: list[tuple[int, ...]], place: tuple[int, ...], read: ReadText) -> bool:
    """Whether one of the others lies wholly within REACH of a place."""
    first, last = read.words[place[0]].position - REACH, read.words[place[-1]].position + REACH
    return any(
        first <= read.words[other[0]].position and read.words[other[-1]].position <= last
        for other in others
    )


def _members(words: Table, name: str, sets: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """The words of one set; `@other` stands for a set above it."""
    for word in words.texts(name):
        if not word.startswith("@"):
            yield word
        elif word[1:] in sets:
            yield from sets[word[1:]]
        else:
            raise words.refusal(name, f"names the set {word[1:]!r}, which does not stand above it")


def _rule(code: str, entry: Table, sets: Mapping[str, tuple[str, ...]]) -> DangerRule:
    apart = entry.whole("apart", APART, least=1)
    rule = DangerRule(
        code=code,
        name=entry.text("name"),
        signs=_signs(entry, "signs", apart=apart, sets=sets),
        unless=_signs(entry, "unless", apart=REACH, sets=sets),
        always=_signs(entry, "always", apart=apart, sets=sets),
    )
    if not rule.signs and not rule.always:
        raise entry.refusal("signs", "is missing: without signs a rule finds nothing")
    return rule


def _signs(
    table: Table, key: str, *, apart: int, sets: Mapping[str, tuple[str, ...]]
) -> tuple[Sign, ...]:
    try:
        return tuple(Sign.read(text, apart=apart, sets=sets) for text in table.texts(key))
    except InvalidSign as error:
        raise table.refusal(key, str(error)) from error
