"""`cur people`: enter people, their roles and passwords. The first administrator comes from here.

Whoever may run commands on the server may do everything here; the journal names them `cur`.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from node.bootstrap import Node
from node.commands.opening import Config, err, opened, out
from node.domain.errors import Fault, Invalid
from node.domain.people import NewGrant, Profile, checked_login, checked_password, new_password
from node.domain.rights import Actor, unlimited
from node.store import people as store

app = typer.Typer(help="Люди, которые входят на узел, и их роли.", no_args_is_help=True)

Login = Annotated[str, typer.Argument(help="Логин: латинские буквы, цифры, точка, дефис.")]
UnitOption = Annotated[
    str | None, typer.Option("--unit", help="Код территории; без него территория узла.")
]
AgencyOption = Annotated[
    list[str] | None,
    typer.Option(
        "--agency",
        help="Только это ведомство с его исполнителями или этот исполнитель; можно несколько раз.",
    ),
]
SectorOption = Annotated[
    list[str] | None,
    typer.Option("--sector", help="Только эта отрасль; несколько раз; '*' – все, и закрытые."),
]
BodyOption = Annotated[
    list[str] | None, typer.Option("--body", help="Код координирующего органа поручений.")
]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Прочесть пароль из ввода, а не придумать.")
]


@app.command()
def add(
    login: Login,
    name: Annotated[str, typer.Option(help="Имя.")],
    post: Annotated[str, typer.Option(help="Должность: она, а не имя, уходит наверх.")],
    role: Annotated[list[str], typer.Option(help="Роль из roles.toml; можно несколько раз.")],
    unit: UnitOption = None,
    agency: AgencyOption = None,
    sector: SectorOption = None,
    body: BodyOption = None,
    email: Annotated[str | None, typer.Option(help="Электронная почта.")] = None,
    password_stdin: PasswordStdin = False,
    config: Config = None,
) -> None:
    """Завести человека; пароль печатается один раз."""
    from node.actions.manage_people import add_person

    with opened(config) as node:
        password = _password(checked_login(login), password_stdin)
        hashed = node.passwords.hashed(password)
        with node.transaction() as session:
            person = add_person(
                session,
                node.rulebook,
                me=node.code,
                login=login,
                profile=Profile(name, post, email),
                grants=[_grant(node, one, unit, agency, sector, body) for one in role],
                password_hash=hashed,
                actor=_operator(node),
                now=node.clock(),
            )
    err.print(f"Человек заведён: {person.login}.")
    _tell(password, password_stdin)


@app.command("list")
def show(config: Config = None) -> None:
    """Показать людей и их роли."""
    with opened(config) as node:
        now = node.clock()
        with node.reading() as session:
            everybody = store.listed(session)
            grants = store.every_grant(session)
    if not everybody:
        err.print("Людей на этом узле ещё нет: cur people add ЛОГИН --name … --post … --role …")
    for person in everybody:
        state = ""
        if person.disabled_at is not None:
            state = "  (отключён)"
        elif person.locked_until is not None and person.locked_until > now:
            state = "  (вход закрыт)"
        out.print(f"{person.login}  {person.name}, {person.post}{state}", markup=False)
        for grant in grants.get(person.id, []):
            limits = " ".join([*grant.sectors, *grant.agencies, *grant.bodies])
            title = node.rulebook.roles.title(grant.role)
            out.print(f"    {grant.role} ({title})  {grant.unit}  {limits}".rstrip(), markup=False)


@app.command()
def grant(
    login: Login,
    role: Annotated[str, typer.Argument(help="Роль из roles.toml.")],
    unit: UnitOption = None,
    agency: AgencyOption = None,
    sector: SectorOption = None,
    body: BodyOption = None,
    config: Config = None,
) -> None:
    """Дать роль; данной раньше на той же территории заменить ограничения."""
    from node.actions.manage_people import grant_role

    with opened(config) as node, node.transaction() as session:
        grant_role(
            session,
            node.rulebook,
            me=node.code,
            login=login,
            grant=_grant(node, role, unit, agency, sector, body),
            actor=_operator(node),
            now=node.clock(),
        )
    out.print(f"Роль {role} дана: {login}.", markup=False)


@app.command()
def revoke(
    login: Login,
    role: Annotated[str, typer.Argument(help="Роль из roles.toml.")],
    unit: UnitOption = None,
    config: Config = None,
) -> None:
    """Забрать роль."""
    from node.actions.manage_people import revoke_role

    with opened(config) as node, node.transaction() as session:
        revoke_role(
            session,
            login=login,
            role=role,
            unit=unit or node.code,
            actor=_operator(node),
            now=node.clock(),
        )
    out.print(f"Роль {role} больше не дана: {login}.", markup=False)


@app.command()
def password(login: Login, password_stdin: PasswordStdin = False, config: Config = None) -> None:
    """Выдать новый пароль; все сеансы человека заканчиваются."""
    from node.actions.manage_people import reset_password

    with opened(config) as node:
        made = _password(checked_login(login), password_stdin)
        hashed = node.passwords.hashed(made)
        with node.transaction() as session:
            reset_password(
                session,
                login=login,
                password_hash=hashed,
                actor=_operator(node),
                now=node.clock(),
            )
    _tell(made, password_stdin)


@app.command()
def disable(login: Login, config: Config = None) -> None:
    """Отключить человека: сеансы и токены перестают действовать сразу."""
    from node.actions.manage_people import disable_person

    with opened(config) as node, node.transaction() as session:
        disable_person(session, login=login, actor=_operator(node), now=node.clock())
    out.print(f"Отключён: {login}.", markup=False)


@app.command()
def enable(login: Login, config: Config = None) -> None:
    """Включить отключённого."""
    from node.actions.manage_people import enable_person

    with opened(config) as node, node.transaction() as session:
        enable_person(session, login=login, actor=_operator(node), now=node.clock())
    out.print(f"Включён: {login}.", markup=False)


@app.command()
def unlock(login: Login, config: Config = None) -> None:
    """Открыть вход, закрытый после неверных паролей."""
    from node.actions.manage_people import unlock_person

    with opened(config) as node, node.transaction() as session:
        unlock_person(session, login=login, actor=_operator(node), now=node.clock())
    out.print(f"Вход открыт: {login}.", markup=False)


def _operator(node: Node) -> Actor:
    return unlimited("cur", node.code)


def _grant(
    node: Node,
    role: str,
    unit: str | None,
    agency: list[str] | None,
    sector: list[str] | None,
    body: list[str] | None,
) -> NewGrant:
    return NewGrant(
        role, unit or node.code, tuple(agency or ()), tuple(sector or ()), tuple(body or ())
    )


def _password(login: str, from_stdin: bool) -> str:
    """Never from the command line: it would stay in the shell's history and the process list."""
    if not from_stdin:
        return new_password()
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise Invalid(Fault("password", "ввод пуст: подайте пароль одной строкой"))
    return checked_password(line, login=login)


def _tell(password: str, given: bool) -> None:
    if not given:
        err.print("Пароль, больше он не будет показан:")
        out.print(password, markup=False)
