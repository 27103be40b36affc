"""`cur scenario`: load a shipped history into this node, and say what it stands on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from node.actions.load_scenario import Fate, Loaded, load_scenario
from node.bootstrap import Node
from node.commands.scenario_files import known_scenarios, read_scenario
from node.dashboards.directive_board import standing_of
from node.domain.directory import Directory
from node.domain.rights import unlimited
from node.domain.scenario import Fact, Known, Measure, Scenario
from node.domain.scenario_news import Compared, compare
from node.domain.wording import per_cent
from node.store import directives

MEASURES = {
    Measure.COMPLETE: "завершили",
    Measure.NEWLY_COMPLETE: "завершили в этот день",
    Measure.CLOSE: "близки к завершению",
    Measure.IN_RISK_ZONE: "в зоне риска",
    Measure.RISK_ZONE: "в зоне риска, поимённо",
    Measure.ALL_COMPLETE: "завершили все",
}
DAY = timedelta(days=1)


def show_known(node: Node, out: Console) -> None:
    """Every scenario this node could load, with the sentence on it."""
    folder = node.settings.reference.folder
    for name in known_scenarios(folder):
        scenario = read_scenario(name, folder)
        out.print(f"{name}  {escape(scenario.title)}")
        out.print(f"  {escape(scenario.about)}")
    out.print("Загрузить: cur scenario ИМЯ.")


def load(node: Node, name: str, out: Console) -> None:
    """Load one and print its facts, its reconstruction and how both compare with the news."""
    scenario = read_scenario(name, node.settings.reference.folder)
    loaded = _load(node, scenario, out)
    _print_fates(loaded, out)
    _print_facts(node.rulebook.directory, scenario.facts, out)
    _print_rebuilt(scenario, out)
    _print_news(node.rulebook.directory, compared(node, scenario), out)
    for directive in loaded.directives:
        out.print(f"{node.url}/directives/{directive.id}  {escape(directive.title)}")


def load_quietly(node: Node, name: str) -> Loaded:
    """The same without a word, for whoever prepares a node rather than sits at one."""
    return _keep(node, read_scenario(name, node.settings.reference.folder))


def compared(node: Node, scenario: Scenario) -> list[Compared]:
    """What the news said beside what this node works out for the same day."""
    with node.reading() as session:
        files = directives.load_all(session, [draft.id for draft in scenario.directives])
    found = []
    for said in scenario.news:
        file = files[said.directive]
        present, before = (
            standing_of(node.rulebook, file, node.code, day)
            for day in (said.as_of, said.as_of - DAY)
        )
        found.append(compare(said, present, before))
    return found


def _load(node: Node, scenario: Scenario, out: Console) -> Loaded:
    bar = Progress(
        TextColumn("Загрузка"), BarColumn(), MofNCompleteColumn(), console=out, transient=True
    )
    with bar:
        task = bar.add_task("scenario", total=None)
        return _keep(
            node, scenario, lambda done, total: bar.update(task, completed=done, total=total)
        )


def _keep(
    node: Node, scenario: Scenario, progress: Callable[[int, int], None] | None = None
) -> Loaded:
    with node.transaction() as session:
        return load_scenario(
            session,
            node.rulebook,
            me=node.code,
            scenario=scenario,
            actor=unlimited("cur scenario", node.code),
            now=node.clock(),
            progress=progress,
        )


def _print_fates(loaded: Loaded, out: Console) -> None:
    if loaded.nothing_new:
        out.print("Уже загружено, ничего не изменилось.")
        return
    out.print(f"добавлено        {loaded.fates[Fate.ADDED]}")
    out.print(f"изменено         {loaded.fates[Fate.CHANGED]}")
    out.print(f"без изменений    {loaded.fates[Fate.UNCHANGED]}")


def _print_facts(directory: Directory, facts: Sequence[Fact], out: Console) -> None:
    table = Table("день", "территория", "известно", "источник", title="Факты", title_justify="left")
    for fact in sorted(facts, key=lambda fact: (fact.as_of, fact.unit)):
        table.add_row(
            fact.as_of.isoformat(),
            escape(directory.name(fact.unit)),
            escape(_known(fact)),
            escape(fact.source),
        )
    out.print(table)


def _known(fact: Fact) -> str:
    match fact.what:
        case Known.OPENED:
            return "центр открыт: 100 %"
        case Known.PLANNED_ON:
            planned = fact.planned()
            assert planned is not None
            return f"запланировано на {fact.value}: считается до {planned.day.isoformat()}"
        case _:
            return f"готовность {per_cent(fact.percent())}"


def _print_rebuilt(scenario: Scenario, out: Console) -> None:
    for draft in scenario.directives:
        mine = [entry for entry in scenario.rebuilt if entry.directive == draft.id]
        units = len({entry.unit for entry in mine})
        out.print(f"реконструкция    {len(mine)} замеров, территорий {units}: {draft.id}")
    out.print("Каждый такой замер помечен: на странице, в API и в выгрузках.")


def _print_news(directory: Directory, news: Sequence[Compared], out: Console) -> None:
    table = Table(
        *("день", "о чём", "сообщали", "по замерам", ""),
        title="Сравнение с сообщениями (они не загружаются)",
        title_justify="left",
    )
    for one in news:
        table.add_row(
            one.said.as_of.isoformat(),
            MEASURES[one.said.measure],
            str(one.told),
            str(one.found),
            "совпадает" if one.agrees else _difference(directory, one),
        )
    out.print(table)


def _difference(directory: Directory, one: Compared) -> str:
    names = ", ".join(directory.name(unit) for unit in one.units)
    return f"расходится: {escape(names)}" if names else "расходится"
