"""The words of a unit's card: how its node is, what to do about it, what the zone is called."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from node.dashboards.unit_card import NodeState


class NodeWord(NamedTuple):
    """A name, the tone of its colour, and what to do: `{code}` is the unit's code."""

    name: str
    tone: str
    meaning: str


NODES: Mapping[NodeState, NodeWord] = {
    NodeState.SUSPENDED: NodeWord(
        "связь приостановлена",
        "bad",
        "Сама связь не восстановится: администраторы двух узлов выясняют причину и входят заново "
        "(cur invite {code}).",
    ),
    NodeState.ENDED: NodeWord(
        "сертификат кончился",
        "bad",
        "Узлу больше не верят. Чтобы он вернулся, пригласите его заново: cur invite {code}.",
    ),
    NodeState.SILENT: NodeWord(
        "нет связи",
        "bad",
        "Узел работает сам по себе; всё накопленное придёт, когда связь вернётся. Спросите его "
        "администратора.",
    ),
    NodeState.NEVER: NodeWord(
        "ещё не звонил",
        "warn",
        "Узел подключён, но обменов не было. Проверьте, запущен ли он (cur run).",
    ),
    NodeState.INVITED: NodeWord(
        "приглашён",
        "warn",
        "Приглашение выдано и ждёт: его набирают на новом узле (cur join …). Оно действует сутки.",
    ),
    NodeState.UP: NodeWord("на связи", "good", ""),
    NodeState.CERTIFIED: NodeWord(
        "узел есть", "good", "Связь с ним видна на узле, который стоит прямо над ним."
    ),
    NodeState.HERE: NodeWord("этот узел", "good", ""),
    NodeState.NONE: NodeWord(
        "узла нет",
        "none",
        "Пригласить узел: cur invite {code} – на том узле, который стоит прямо над территорией. "
        "Пока его нет, обращения принимает и отчитывается вышестоящий.",
    ),
    NodeState.UNKNOWN: NodeWord(
        "здесь не видно", "none", "Территория другой ветви: её узел виден вышестоящим."
    ),
}


def offset(local: datetime) -> str:
    """`UTC+3`, `UTC+5:30`."""
    minutes = int((local.utcoffset() or local - local).total_seconds()) // 60
    sign = "+" if minutes >= 0 else "\u2212"
    whole, rest = divmod(abs(minutes), 60)
    return f"UTC{sign}{whole}" + (f":{rest:02}" if rest else "")
