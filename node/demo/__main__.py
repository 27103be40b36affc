"""`python3 dev demo`: a vertical on this machine, made from a seed and left running to look at."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from rich.console import Console

from node.clock import system_clock
from node.demo import plan as plans
from node.demo import processes
from node.demo import record as records
from node.demo.cast import Cast, cast_of
from node.demo.conductor import HistoryFailed, play_history
from node.demo.history import lost_token
from node.demo.instructions import instruct
from node.demo.office import employ
from node.demo.performance import Broken, Performance, busy_ports
from node.demo.plan import Plan, UnreadablePlan
from node.demo.processes import Running, is_running, started_at
from node.demo.record import Login, Record
from node.demo.screen import Screen
from node.demo.stage import Stage, quick_rulebook
from node.domain.rulebook import Rulebook

DEFAULT_PORT = 8000
DAYS = 60
DIRECTOR = "director"


class CannotStart(Exception):
    """The demo cannot be started here; the message says why and what to do."""


def main(words: Sequence[str] | None = None) -> int:
    """0 when all went well, also when stopped by Ctrl-C; 1 with a sentence on standard error."""
    options = _options(words)
    folder: Path = options.data.resolve()
    try:
        if options.stop:
            return _stop(folder)
        return _show(folder, options)
    except KeyboardInterrupt:
        return 0
    except (CannotStart, UnreadablePlan, HistoryFailed, Broken) as error:
        err = Console(stderr=True, highlight=False, soft_wrap=True)
        err.print(f"Ошибка: {error}", markup=False)
        return 1


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="dev demo", description="Вертикаль ЦУР на этой машине: посмотреть и потрогать."
    )
    parser.add_argument(
        "--port", type=int, help=f"порт федерального узла, остальные следом ({DEFAULT_PORT})"
    )
    parser.add_argument("--data", type=Path, default=Path(".demo"), help="папка данных (.demo)")
    parser.add_argument("--seed", type=int, default=2026, help="зерно случайных чисел (2026)")
    parser.add_argument("--days", type=int, default=DAYS, help=f"дней истории ({DAYS})")
    parser.add_argument(
        "--exit-when-ready", action="store_true", help="остановить узлы и выйти, когда всё готово"
    )
    parser.add_argument(
        "--keep", action="store_true", help="выйти, когда всё готово, а узлы оставить работать"
    )
    parser.add_argument("--stop", action="store_true", help="остановить то, что оставил --keep")
    options = parser.parse_args(words)
    if options.port is not None and not 1024 <= options.port <= 65000:
        parser.error("--port: от 1024 до 65000")
    if not 1 <= options.days <= 80:
        parser.error("--days: от 1 до 80: сертификаты действуют девяносто дней")
    return options


def _stop(folder: Path) -> int:
    killed = processes.stop(records.load(folder).processes())
    for name in killed:
        print(f"{name}: не остановился сам, снят принудительно", file=sys.stderr)
    return 0


def _show(folder: Path, options: argparse.Namespace) -> int:
    known = records.load(folder)
    if any(is_running(process) for process in known.processes()):
        raise CannotStart(
            f"демо в {folder} уже работает: {known.nodes[0].url if known.nodes else ''}\n"
            f"остановить: python3 dev demo --data {options.data} --stop"
        )
    screen = Screen()
    rulebook = quick_rulebook()
    cast = cast_of(rulebook.directory)
    plan = _plan(folder, options, cast, rulebook)
    _check_ports(cast, plan.port)
    stage = Stage(folder, cast, rulebook, plan.port)
    director = Running(DIRECTOR, os.getpid(), started_at(os.getpid()) or 0.0)
    # `--stop` from elsewhere and a closed terminal end a demo just as Ctrl-C does.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    performance = Performance(stage, known if plan.complete else Record(), director)
    try:
        _prepare(stage, plan, performance, screen)
        _open(stage, performance, screen)
        screen.nodes(performance.record, rulebook.directory, rulebook.tier_of)
        screen.people(performance.record, rulebook)
        screen.ready(cast.url(cast.live[0], plan.port))
        if options.keep:
            performance.leave()
            return 0
        while not options.exit_when_ready:
            time.sleep(0.5)
            performance.check()
    except BaseException:
        _stop_all(performance)
        raise
    _stop_all(performance)
    return 0


def _plan(folder: Path, options: argparse.Namespace, cast: Cast, rulebook: Rulebook) -> Plan:
    """The plan kept in the folder, or a new one where no history was played to its end."""
    kept = plans.load(folder)
    if kept is not None and kept.complete:
        if options.port not in (None, kept.port):
            raise CannotStart(
                f"демо в {folder} сделано для порта {kept.port}: адреса узлов подписаны. "
                "Возьмите другую папку (--data) или тот же порт."
            )
        return kept
    if kept is None and folder.is_dir() and any(folder.iterdir()):
        raise CannotStart(f"{folder} не пуста и не похожа на демо: укажите другую папку (--data)")
    return plans.new_plan(
        rulebook.directory,
        cast,
        seed=options.seed,
        port=options.port or DEFAULT_PORT,
        days=options.days,
        now=system_clock(),
    )


def _check_ports(cast: Cast, port: int) -> None:
    busy = busy_ports(cast.ports(port))
    if busy:
        listed = ", ".join(str(one) for one in busy)
        raise CannotStart(
            f"порт занят: {listed}. Узлам нужны {port}–{cast.ports(port)[-1]}: "
            "остановите того, кто их слушает, или выберите другие (--port)."
        )


def _prepare(stage: Stage, plan: Plan, performance: Performance, screen: Screen) -> None:
    """The history, when there is none yet; a token for every live node in any case."""
    if not plan.complete:
        plans.save(plan, stage.folder)
        tokens = _make_history(stage, plan, performance, screen)
        performance.know(tokens, _make_office(stage, plan, screen))
        # Only now: what broke off half way is made anew by the next start.
        plans.save(plans.completed(plan), stage.folder)
        return
    known = performance.record.tokens()
    tokens = {unit: known.get(unit) or lost_token(stage, unit) for unit in stage.cast.live}
    performance.know(tokens, performance.record.people)


def _make_history(
    stage: Stage, plan: Plan, performance: Performance, screen: Screen
) -> dict[str, str]:
    performance.announce()  # from here on `--stop` knows whom to ask
    units = len(stage.cast.live) + len(stage.cast.played)
    with contextlib.ExitStack() as phases:
        advance = phases.enter_context(screen.phase(f"Ключи и вступление: {units} узлов", units))
        stage.set_up()

        def enrolled(joined: int) -> None:
            advance(joined)

        def progress(played: int, steps: int) -> None:
            nonlocal advance
            if played == 0:
                phases.close()
                advance = phases.enter_context(
                    screen.phase(f"История, дней: {plan.days}", plan.days)
                )
            else:
                advance(round(plan.days * played / steps, 1))

        return play_history(stage, plan, enrolled=enrolled, progress=progress)


def _make_office(stage: Stage, plan: Plan, screen: Screen) -> tuple[Login, ...]:
    """People, and what the top asks of those below."""
    with screen.phase("Люди, поручения, сценарий 2020 года", 2) as advance:
        people = employ(stage, now=plan.until)
        advance(1)
        instruct(stage, now=plan.until)
        advance(2)
    return people


def _open(stage: Stage, performance: Performance, screen: Screen) -> None:
    live = len(stage.cast.live)
    with screen.phase(f"Запуск узлов: {live}", live) as advance:
        performance.start_nodes()
        came = iter(range(1, live + 1))
        performance.wait_for_nodes(lambda: advance(next(came)))
        performance.start_player()


def _stop_all(performance: Performance) -> None:
    """Not to be interrupted: a second Ctrl-C would leave processes behind."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    performance.stop()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
