"""`cur invite` and `cur join`: how a node comes to stand under another."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from federation.enrolment import build_request, check_answer, read_token
from federation.keys import KeyPair, fingerprint, thumbprint
from federation.schemas.descriptor import Descriptor
from node.actions.accept_parent import accept_parent
from node.actions.describe_self import describe_self, own_descriptor
from node.actions.invite_child import invite_child
from node.bootstrap import ROOT_KEY, Node
from node.commands.keys import create
from node.domain.errors import Conflict, Fault, Invalid, Unavailable
from node.store.membership import membership
from node.web.door import ENROL

if TYPE_CHECKING:
    from rich.console import Console

WHY = {
    "token_unknown": "приглашение неизвестно или истекло: попросите новое (cur invite)",
    "token_used": "приглашение уже использовано с другим ключом: сообщите вышестоящему узлу",
    "wrong_target": "это не вышестоящий узел для этой единицы: проверьте адрес",
    "disputed": "единица уже известна там под другим корневым ключом: нужен файл прежнего (--root)",
    "clock_skew": "часы двух узлов расходятся: поставьте верное время на обоих и повторите",
    "maintenance": "вышестоящий узел пока не может заверять: повторите через минуту",
    "sig_invalid": "подпись не подошла: проверьте ключи (cur keys show)",
}


class AlreadyJoined(Conflict):
    """Этот узел уже состоит под вышестоящим."""


def invite(node: Node, unit: str, starts_on: date | None, out: Console, err: Console) -> None:
    """Print the one line to type at the child; everything else goes to standard error."""
    now = node.clock()
    if not node.has_keys:
        create(node)
    with node.transaction() as session:
        token = invite_child(
            session,
            node.rulebook,
            me=node.code,
            unit=unit,
            starts_on=starts_on or now.astimezone(node.zone).date(),
            actor="cur",
            now=now,
        )
    err.print(f"Наберите на узле «{node.rulebook.directory[unit].name}» в течение суток:")
    out.print(f"cur join {node.url} {token}")
    err.print(f"Отпечаток этого узла: {fingerprint(read_token(token).parent_root_kid)}")


def join(node: Node, url: str, word: str, root_file: Path | None, out: Console) -> None:
    """Enrol under the parent at `url`, and show both fingerprints."""
    try:
        token = read_token(word)
    except ValueError as error:
        raise Invalid(Fault("token", str(error))) from error
    parent = node.rulebook.directory.parent(node.code)
    if parent is None:
        raise Invalid(Fault("unit", f"{node.code} по справочнику не имеет вышестоящей единицы"))
    with node.reading() as session:
        above = membership(session)
    if above is not None and above.parent == parent and above.parent_root != token.parent_root_kid:
        raise AlreadyJoined(
            f"Узел уже состоит под {above.parent}, и у того был другой корневой ключ. "
            "Выясните почему, прежде чем входить заново."
        )
    if not node.has_keys:
        create(node)
    root = KeyPair.load(root_file or node.settings.keys / ROOT_KEY)
    now = node.clock()
    with node.transaction() as session:
        statement = describe_self(
            session,
            node=node.code,
            url=node.url,
            parent=parent,
            root=root,
            signing=node.signing,
            actor="cur",
            now=now,
        )
    url = url.rstrip("/")
    answered = node.courier.post_unsigned(
        url, ENROL, build_request(token, statement, root, node.signing)
    )
    if answered.refusal is not None:
        code = answered.refusal.code
        raise Unavailable(f"{url} отказал: {WHY.get(code, answered.refusal.detail)} ({code})")
    descriptor = Descriptor.from_body(statement.key, statement.body)
    answer = check_answer(answered.payload, token, descriptor=descriptor, now=node.clock())
    with node.transaction() as session:
        accept_parent(
            session,
            node.rulebook.directory,
            me=node.code,
            dial=url,
            token=token,
            answer=answer,
            actor="cur",
            now=node.clock(),
        )
    out.print(f"Узел {node.code} вошёл под {answer.parent.node}.")
    out.print(f"Отпечаток вышестоящего узла: {fingerprint(token.parent_root_kid)}")
    out.print(f"Отпечаток этого узла:        {fingerprint(root.kid)}")
    out.print("Сверьте оба отпечатка по телефону: там их показывает cur keys show.")


def fingerprints_below(node: Node) -> list[tuple[str, str]]:
    """Unit and root fingerprint of every child this node has certified."""
    with node.reading() as session:
        found = []
        for unit in node.rulebook.directory.children(node.code):
            statement = own_descriptor(session, unit.code)
            if statement is not None:
                root = Descriptor.from_body(statement.key, statement.body).root
                found.append((unit.code, fingerprint(thumbprint(root))))
        return found
