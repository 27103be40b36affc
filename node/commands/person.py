"""`cur person`: copy, correct or erase what is held on a resident, by the numbers of appeals."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from node.commands.opening import Config, err, opened, out
from node.commands.person_text import readable
from node.domain.errors import Fault, Invalid
from node.domain.person_file import PersonFile
from node.domain.rights import unlimited
from node.web.api.persons import operator_of
from node.web.locale import retention_words

app = typer.Typer(
    help="Данные жителя по номерам его обращений: копия, исправление, удаление.",
    no_args_is_help=True,
)

NumbersArgument = Annotated[list[str], typer.Argument(help="Номера обращений, которые он назвал.")]
Reason = Annotated[
    str, typer.Option(help="Основание: запрос от такого-то числа. Без личных данных.")
]


@app.command()
def export(
    numbers: NumbersArgument,
    reason: Reason,
    file: Annotated[Path, typer.Option("--out", help="Файл .json; рядом ляжет такой же .txt.")],
    config: Config = None,
) -> None:
    """Всё, что узел хранит: для программы (JSON) и для чтения (TXT)."""
    from node.actions.export_person import export_person

    if file.suffix != ".json":
        raise Invalid(Fault("--out", "имя файла должно кончаться на .json"))
    text_file = file.with_suffix(".txt")
    for one in (file, text_file):
        if one.exists():
            raise Invalid(Fault("--out", f"файл {one} уже есть: назовите другой"))
    with opened(config) as node:
        with node.transaction() as session:
            made = export_person(
                session,
                node.rulebook,
                unit=node.code,
                operator=operator_of(node),
                numbers=numbers,
                reason=reason,
                actor=unlimited("cur", node.code),
                now=node.clock(),
            )
        text = readable(made, node.rulebook, node.zone)
    _write(file, TypeAdapter(PersonFile).dump_json(made, indent=2))
    _write(text_file, text.encode())
    for warning in made.warnings:
        err.print(f"[yellow]Внимание:[/] {warning}")
    out.print(f"Обращений: {len(made.appeals)}. Копия: {file} и {text_file}.")
    out.print("В файлах личные данные: передайте их жителю и удалите.")


@app.command()
def correct(
    number: Annotated[str, typer.Argument(help="Номер обращения.")],
    reason: Reason,
    name: Annotated[str | None, typer.Option(help="Имя; '' – убрать.")] = None,
    phone: Annotated[str | None, typer.Option(help="Телефон; '' – убрать.")] = None,
    email: Annotated[str | None, typer.Option(help="Электронная почта; '' – убрать.")] = None,
    address: Annotated[str | None, typer.Option(help="Адрес или ориентир; '' – убрать.")] = None,
    reply_by: Annotated[
        str | None, typer.Option(help="Как ответить: email, phone, status_page.")
    ] = None,
    config: Config = None,
) -> None:
    """Исправить контакты жителя. В журнал попадёт, какие поля, но не значения."""
    from node.actions.correct_contact import correct_contact

    given = {
        "name": name,
        "phone": phone,
        "email": email,
        "address": address,
        "reply_by": reply_by,
    }
    with opened(config) as node:
        with node.transaction() as session:
            changed = correct_contact(
                session,
                unit=node.code,
                number=number,
                changes={field: value for field, value in given.items() if value is not None},
                reason=reason,
                actor=unlimited("cur", node.code),
                now=node.clock(),
            )
        node.scrub()
    out.print(f"{number}: исправлено – {', '.join(changed) or 'ничего, так и было'}.")


@app.command()
def erase(
    numbers: NumbersArgument,
    reason: Reason,
    force: Annotated[
        bool,
        typer.Option("--force", help="И пока проблема открыта или обращение обязаны хранить."),
    ] = False,
    config: Config = None,
) -> None:
    """Удалить контакты, тексты и фотографии; останется запись, что и когда удалено."""
    from node.actions.erase_person import erase_person

    with opened(config) as node:
        with node.transaction() as session:
            erased = erase_person(
                session,
                node.rulebook,
                unit=node.code,
                numbers=numbers,
                reason=reason,
                force=force,
                actor=unlimited("cur", node.code),
                now=node.clock(),
            )
        node.scrub()
    for one in erased:
        done = [
            f"{retention_words.DONE[fate]} – {retention_words.DATA[data]}"
            for data, fate in one.done
        ]
        out.print(f"{one.number}: {'; '.join(done) or 'удалено раньше, здесь ничего нет'}.")


def _write(file: Path, data: bytes) -> None:
    """For its owner only; an existing file is not written over."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Invalid(Fault("--out", f"файл {file} не записать: {error.strerror}")) from error
    with os.fdopen(descriptor, "wb") as opened_file:
        opened_file.write(data)
