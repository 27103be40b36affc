"""How far a directive has got to each addressee, in words: received, on its way, not understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from federation.statement import StatementId
from node.domain.delivery import DeliveryState
from node.domain.directory import Directory
from node.store.deliveries import delivery_of
from node.store.directives import DirectiveFile
from node.store.session import Session
from node.web.locale.delivery_words import delivery_words

TONES: Mapping[DeliveryState, str] = {
    DeliveryState.STORED: "better",
    DeliveryState.QUARANTINED: "alarm",
    DeliveryState.NO_NODE: "soft",
}


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """`tone` is the class of the text: alarm where somebody must act."""

    text: str
    tone: str


def deliveries(
    session: Session, file: DirectiveFile, directory: Directory, home: str
) -> Mapping[str, DeliveryView]:
    """By addressee; empty for history, for what is not sealed yet, and at a node that is not the
    issuer."""
    if file.scenario is not None or file.directive.issuer != home:
        return {}
    sent = StatementId(home, "directive", file.directive.id)
    return {
        unit: DeliveryView(delivery_words(found, directory), TONES.get(found.state, "warn-text"))
        for unit, found in delivery_of(session, directory, home, sent).items()
    }
