"""`cur mail test`: one letter to an address, and what the mail server said to it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from node.bootstrap import Node, build
from node.commands.opening import Config, out, settings_of
from node.delivery.delivery import Parcel
from node.delivery.email import composed, mailable
from node.delivery.smtp import Answer, SmtpServer, Stage
from node.domain.errors import Fault, Invalid, Unavailable
from node.domain.notices import Letter
from node.domain.reply_delivery import Kind

STAGES = {
    Stage.SESSION: "соединение, вход или адрес отправителя",
    Stage.RECIPIENT: "адрес получателя",
    Stage.CONTENT: "само письмо",
}
REMEDIES = {
    "unreachable": "Проверьте smtp.host и smtp.port, и что межсетевой экран выпускает узел наружу.",
    "timeout": "Сервер молчит: проверьте smtp.port и smtp.tls (587 – starttls, 465 – tls).",
    "dropped": "Сервер закрыл соединение: проверьте smtp.port и smtp.tls.",
    "tls": "Защищённое соединение не удалось: проверьте smtp.tls, имя сервера и его сертификат.",
    "login": "Сервер не предлагает входа по паролю: проверьте smtp.tls или уберите smtp.user.",
    "535": "Имя или пароль не подошли: проверьте smtp.user и smtp.password.",
}


class NoMailServer(Unavailable):
    """Почта не настроена: заполните раздел [smtp] в node.toml (host, port, sender)."""


class NotAccepted(Unavailable):
    """Почтовый сервер не принял письмо."""


app = typer.Typer(help="Почта этого узла.", no_args_is_help=True)


@app.callback()
def chosen() -> None:
    """Without it Typer would take the one command for the whole of `mail`."""


@app.command("test")
def send_test(
    address: Annotated[str, typer.Argument(help="Адрес, на который отправить проверку.")],
    config: Config = None,
) -> None:
    """Отправить проверочное письмо и показать, что сказал почтовый сервер."""
    node = build(settings_of(config))
    try:
        try_out(node, address, out)
    finally:
        node.close()


def try_out(node: Node, address: str, out: Console) -> None:
    """Send a letter and tell the server's words. NoMailServer, Invalid, NotAccepted."""
    smtp = node.deliveries.smtp
    if smtp is None:
        raise NoMailServer
    to = mailable(address)
    if to is None:
        raise Invalid(Fault("address", "не похож на адрес: нужен вид имя@домен.ru"))
    server = smtp.server
    parcel = _parcel(node, to)
    message = composed(
        parcel, (to,), sender=server.sender, sender_name=server.sender_name, unit=server.unit
    )
    with smtp.connection() as connection:
        answer = connection.send(message, (to,))
    if not answer.accepted:
        raise NotAccepted(_refusal(answer, server))
    out.print(f"Сервер {server.host} принял письмо: {answer.status} {escape(answer.said)}")
    out.print(
        f"Отправитель {server.sender}, номер письма {message['Message-ID']}. Проверьте, что письмо"
        " пришло и не попало в спам: принял – ещё не значит показал."
    )


def _parcel(node: Node, to: str) -> Parcel:
    now = node.clock()
    text = (
        f"Проверка почты узла «{node.unit.name}» ({node.code}).\n\n"
        "Если вы читаете это письмо, узел может отвечать жителям по электронной почте.\n\n"
        f"{node.url}"
    )
    return Parcel(
        key="test",
        kind=Kind.NOTICE,
        thread=None,
        written_at=now,
        link_shown=False,
        write=lambda: Letter(f"Проверка почты узла {node.code}", text),
        to=(to,),
    )


def _refusal(answer: Answer, server: SmtpServer) -> str:
    said = f"{answer.status} {answer.said}" if answer.status else answer.code
    remedy = REMEDIES.get(answer.code.split()[0], "")
    return " ".join(
        part
        for part in (
            f"Почтовый сервер {server.host}:{server.port} не принял письмо"
            f" ({STAGES[answer.stage]}): {said}.",
            remedy,
        )
        if part
    )
