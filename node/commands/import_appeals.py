"""`cur import`: a file of appeals into this node, with a progress bar and plain closing lines."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from node.bootstrap import Node
from node.intake.csv_file import ImportResult, import_file
from node.reference import load_profile
from node.store import coverage, days


def run_import(
    node: Node,
    file: Path,
    profile: str,
    territory: str | None,
    received_on: date | None,
    out: Console,
) -> None:
    """Import and say what became of every row."""
    chosen = load_profile(
        profile, node.rulebook.classifier, config_dir=node.settings.reference.folder
    )
    bar = Progress(
        TextColumn("Загрузка"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=out,
        transient=True,
    )
    with bar:
        task = bar.add_task("import", total=None)
        result = import_file(
            node.database,
            node.rulebook,
            node.code,
            file,
            chosen,
            territory=territory,
            received_on=received_on,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
            actor="cur import",
            now=node.clock(),
        )
    _close(node, result, out)


def _close(node: Node, result: ImportResult, out: Console) -> None:
    out.print(f"принято          {result.taken}")
    out.print(f"уже были         {result.already}")
    out.print(f"отклонено        {result.rejected}")
    if result.rejected_path is not None:
        out.print(
            f"Отклонённые строки с причинами: {escape(str(result.rejected_path))}. "
            "Исправьте их там и загрузите этот файл той же командой."
        )
    if result.without_topic:
        total = sum(result.without_topic.values())
        out.print(f"без темы         {total}; в профиле нет соответствия для:")
        for name, count in result.without_topic.most_common():
            out.print(f"  {count:>6}  {escape(name)}")
    early = _before_start(node)
    if early:
        out.print(
            f"За {early} дн. до начала работы узла ({_starts(node)}) сводки не отправляются: "
            "обращения приняты, но в рейтинги войдут, когда вышестоящий узел пригласит заново с "
            "более раннего дня (cur invite … --from ГГГГ-ММ-ДД)."
        )


def _starts(node: Node) -> date | None:
    with node.reading() as session:
        service = coverage.services(session, [node.code]).get(node.code)
    return node.unit.node_from or (service.node_from if service else None)


def _before_start(node: Node) -> int:
    """How many days with new appeals lie before this node speaks for itself."""
    starts = _starts(node)
    if starts is None:
        return 0
    with node.reading() as session:
        return sum(day < starts for day in days.dirty_days(session))
