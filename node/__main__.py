"""The `cur` command: one program for every tier, told by its settings which unit it serves."""

from __future__ import annotations

import dataclasses
import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from federation.errors import FederationError
from node.bootstrap import build, migrate_database
from node.commands import mail, people, person, retention, verify
from node.commands.opening import Config, err, opened, out, settings_of
from node.domain.errors import DomainError
from node.reference import BadReferenceFile
from node.settings import InvalidSettings, masked

app = typer.Typer(
    help="ЦУР: узел федерации центров управления регионом.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
keys_app = typer.Typer(help="Ключи этого узла; без слова после них — показать.")
token_app = typer.Typer(help="Токены доступа к страницам и API.", no_args_is_help=True)
app.add_typer(keys_app, name="keys")
directory_app = typer.Typer(help="Справочник единиц, подписанный верхним узлом.")
app.add_typer(token_app, name="token")
app.add_typer(directory_app, name="directory")
app.add_typer(people.app, name="people")
app.add_typer(verify.app, name="verify")
app.add_typer(mail.app, name="mail")
app.add_typer(retention.app, name="retention")
app.add_typer(person.app, name="person")


def main() -> None:
    """Run a command; an error of a known kind is one line and exit code 1, never a traceback."""
    try:
        app()
    except (InvalidSettings, BadReferenceFile, DomainError, FederationError) as error:
        err.print(f"[bold red]Ошибка:[/] {escape(str(error))}")
        sys.exit(1)


@app.command()
def run(config: Config = None) -> None:
    """Запустить узел: страницы, API и задания в одном процессе."""
    from node.commands.run import run_node  # uvicorn is a second of imports

    settings = settings_of(config)
    run_node(settings, web=True, jobs=True)


@app.command()
def serve(config: Config = None) -> None:
    """Только страницы и API (задания идут в `cur work`)."""
    from node.commands.run import run_node

    run_node(settings_of(config), web=True, jobs=False)


@app.command()
def work(config: Config = None) -> None:
    """Только задания: сводки, обмен, сроки."""
    from node.commands.run import run_node

    run_node(settings_of(config), web=False, jobs=True)


@app.command()
def migrate(config: Config = None) -> None:
    """Привести базу данных к этой версии программы."""
    settings = settings_of(config)
    out.print(f"База данных в версии {migrate_database(settings)}.")


@app.command("config")
def show_config(config: Config = None) -> None:
    """Показать настройки, какими их видит узел; пароли скрыты."""
    settings = settings_of(config)
    node = build(settings)
    shown = masked(settings) | {"policy": dataclasses.asdict(node.policy)}
    out.print_json(json.dumps(shown, ensure_ascii=False, default=str))
    for surprise in node.rulebook.surprises():
        err.print(f"[yellow]Внимание:[/] {surprise}")


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV в UTF-8 с заголовком.")],
    profile: Annotated[str, typer.Option(help="Имя профиля или путь к файлу .toml.")],
    territory: Annotated[
        str | None, typer.Option(help="Код территории, если её нет в файле.")
    ] = None,
    received_on: Annotated[
        str | None, typer.Option(help="День поступления ГГГГ-ММ-ДД, если его нет в файле.")
    ] = None,
    config: Config = None,
) -> None:
    """Загрузить обращения из файла. Повторный запуск ничего не удваивает."""
    from node.commands.import_appeals import run_import

    with opened(config) as node:
        run_import(node, file, profile, territory, _day(received_on, "--received-on"), out)


@app.command()
def scenario(
    name: Annotated[
        str | None, typer.Argument(help="Имя сценария; без него список имеющихся.")
    ] = None,
    config: Config = None,
) -> None:
    """Загрузить историю из config/scenarios. Повторный запуск ничего не удваивает."""
    from node.commands import scenario as scenarios

    with opened(config) as node:
        if name is None:
            scenarios.show_known(node, out)
        else:
            scenarios.load(node, name, out)


@app.command("pack")
def meeting_pack(
    directive: Annotated[str, typer.Argument(help="Код поручения.")],
    as_of: Annotated[
        str | None, typer.Option(help="День данных ГГГГ-ММ-ДД; без указания сегодня.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="С каким днём сравнить; без указания за неделю до.")
    ] = None,
    folder: Annotated[Path, typer.Option("--out", help="Папка для файлов.")] = Path("."),
    config: Config = None,
) -> None:
    """Материалы к совещанию по поручению: XLSX и PDF."""
    from node.commands.meeting_pack import make_files

    with opened(config) as node:
        make_files(
            node,
            directive,
            folder,
            out,
            err,
            as_of=_day(as_of, "--as-of"),
            since=_day(since, "--since"),
        )


@app.command("workflow")
def workflow(
    file: Annotated[Path, typer.Option("--out", help="Файл SVG.")] = Path("workflow.svg"),
) -> None:
    """Картинка пути проблемы: все состояния и ходы."""
    from node.commands.workflow import write_picture

    write_picture(file, out)


@app.command()
def invite(
    unit: Annotated[str, typer.Argument(help="Код подчинённой единицы.")],
    starts_on: Annotated[
        str | None,
        typer.Option("--from", help="С какого дня единица отвечает сама; без указания сегодня."),
    ] = None,
    config: Config = None,
) -> None:
    """Пригласить подчинённый узел: печатает строку, которую наберут там."""
    from node.commands import membership

    with opened(config) as node:
        membership.invite(node, unit, _day(starts_on, "--from"), out, err)


@app.command()
def join(
    url: Annotated[str, typer.Argument(help="Адрес вышестоящего узла.")],
    token: Annotated[str, typer.Argument(help="Слово из приглашения.")],
    root: Annotated[
        Path | None, typer.Option("--root", help="Файл корневого ключа, если он не рядом.")
    ] = None,
    config: Config = None,
) -> None:
    """Войти под вышестоящий узел."""
    from node.commands import membership

    with opened(config) as node:
        membership.join(node, url, token, root, out)


@keys_app.callback(invoke_without_command=True)
def keys(context: typer.Context, config: Config = None) -> None:
    if context.invoked_subcommand is None:
        keys_show(config)


@keys_app.command("show")
def keys_show(config: Config = None) -> None:
    """Показать отпечатки ключей этого узла."""
    from node.commands import keys, membership

    with opened(config) as node:
        keys.show(node, out)
        for unit, fingerprint in membership.fingerprints_below(node):
            out.print(f"подчинённый      {unit}  {fingerprint}")


@keys_app.command("init")
def keys_init(config: Config = None) -> None:
    """Создать ключи (узел создаёт их и сам при первом запуске)."""
    from node.commands.keys import create, show

    with opened(config) as node:
        create(node)
        show(node, out)


@token_app.command("add")
def token_add(
    name: Annotated[str, typer.Argument(help="Чей это токен: попадёт в журнал.")],
    config: Config = None,
) -> None:
    """Создать токен и показать его один раз."""
    from node.actions import manage_tokens

    with opened(config) as node:
        now = node.clock()
        with node.transaction() as session:
            secret = manage_tokens.add(session, name=name, actor="cur", now=now)
    out.print(secret)


@token_app.command("revoke")
def token_revoke(
    name: Annotated[str, typer.Argument(help="Имя токена.")], config: Config = None
) -> None:
    """Отозвать токен; открытые с ним страницы закрываются."""
    from node.actions import manage_tokens

    with opened(config) as node:
        now = node.clock()
        with node.transaction() as session:
            manage_tokens.revoke(session, name=name, actor="cur", now=now)
    out.print(f"Токен {name} отозван.")


@directory_app.callback(invoke_without_command=True)
def directory(context: typer.Context, config: Config = None) -> None:
    if context.invoked_subcommand is None:
        directory_show(config)


@directory_app.command("show")
def directory_show(config: Config = None) -> None:
    """Показать, какой справочник действует и чем он отличается от файлов."""
    from node.commands import directory

    with opened(config) as node:
        directory.show(node, out)


@directory_app.command("publish")
def directory_publish(config: Config = None) -> None:
    """Подписать справочник из файлов и разослать вниз (только верхний узел)."""
    from node.commands import directory

    with opened(config) as node:
        directory.publish(node, out)


def _day(text: str | None, option: str) -> date | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError as error:
        raise typer.BadParameter(f"{option}: нужен день вида 2026-11-21, а не {text!r}") from error


if __name__ == "__main__":
    main()
