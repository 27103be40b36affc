"""Where a statement goes: up as far as whom, and down to which children.

Pure: a type has its way, and for some types the way is read from the typed body. Both ends use the
same functions, the sender to choose and the receiver to refuse, so that neither can drift.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from federation.errors import BadStatement
from federation.schemas.delivery import Delivery
from federation.schemas.directive import Directive
from federation.schemas.directive_report import DirectiveReport
from federation.schemas.directive_risk import DirectiveRisk
from federation.schemas.help import Help
from federation.schemas.help_report import HelpReport
from federation.statement import Statement

TO_TOP = frozenset({"descriptor", "certificate", "summary", "manifest", "decision"})
"""Every tier above has these."""
ADDRESSED = frozenset({"directive", "directive_risk", "help"})
"""These go down to those their body names, and to nobody else."""
DOWN = frozenset({"descriptor", "certificate", "directory", *ADDRESSED})
CLIMBING = frozenset({"directive_report", "help_report", "delivery"})
"""These go up to one node their body names, and stop there."""


class Tree(Protocol):
    """Who is under whom, by the directory."""

    def parent_of(self, unit: str) -> str | None:
        """The unit above; None at the top and for an unknown unit."""

    def under(self, origin: str, sender: str) -> bool:
        """Whether `origin` is under `sender`, or is `sender`."""


def by_body(type: str) -> bool:
    """Whether only the body says where a statement of the type goes."""
    return type in ADDRESSED or type in CLIMBING


def climbs_to(typed: object) -> str | None:
    """The node a body of a climbing type names as its end; None for other types."""
    if isinstance(typed, DirectiveReport | HelpReport):
        return typed.issuer
    return typed.origin if isinstance(typed, Delivery) else None


def goes_up(statement: Statement, typed: object, me: str) -> bool:
    """Whether `me` sends it on to its parent."""
    end = climbs_to(typed)
    return statement.type in TO_TOP or (end is not None and end != me)


def reaches_top(statement: Statement, typed: object, top: str) -> bool:
    """Whether every tier up to `top` gets to hold it."""
    return statement.type in TO_TOP or climbs_to(typed) == top


def goes_down(
    statement: Statement, typed: object, *, tree: Tree, me: str, children: Collection[str]
) -> frozenset[str]:
    """Which of `children`, nodes directly under `me`, it goes to.

    Descriptors and certificates of `me` and of those above it go to everybody below, who verify by
    them what the ancestors signed. A child's own certificate, renewed, goes to that child alone.
    """
    if statement.type == "certificate" and statement.origin == me:
        return frozenset({statement.key}).intersection(children)
    if statement.type in ("descriptor", "certificate"):
        # The key of both is the node they are about.
        return frozenset(children if tree.under(me, statement.key) else ())
    if not tree.under(me, statement.origin):
        return frozenset()
    if statement.type == "directory":
        return frozenset(children)
    towards = {_child_towards(unit, tree, me) for unit in addressees(typed)}
    return frozenset(children).intersection(towards)


def addressees(typed: object) -> frozenset[str]:
    """The units a body of an addressed type names; none for other types."""
    return typed.to if isinstance(typed, Directive | DirectiveRisk | Help) else frozenset()


def check_sent_up(statement: Statement, typed: object, tree: Tree, me: str) -> None:
    """What may come from a child, by type and by where it climbs. BadStatement: unsupported_type,
    not_yours.

    A child could otherwise have its own instruction acted on above it, and under an id it has seen
    it would stand in the way of its superior's. What is `me`'s own and comes back is not asked: it
    acts on nothing.
    """
    if statement.origin == me:
        return
    end = climbs_to(typed)
    if statement.type not in TO_TOP and end is None:
        raise BadStatement("unsupported_type", f"{statement.type} does not go up")
    if end is not None and not tree.under(me, end):
        raise BadStatement("not_yours", f"it climbs to {end}, which is not above {me}")


def check_sent_down(statement: Statement, tree: Tree, me: str) -> None:
    """What may come from the parent, by type and origin. BadStatement: unsupported_type, not_yours.

    Whoever stands between could otherwise speak for a unit that is nobody's superior here.
    """
    if statement.type not in DOWN:
        raise BadStatement("unsupported_type", f"{statement.type} does not go down here")
    about = statement.key if statement.type == "certificate" else statement.origin
    if not tree.under(me, about):
        raise BadStatement("not_yours", f"{about} is not above {me}")
    if statement.type in ("descriptor", "certificate"):
        return
    if statement.origin == me:
        raise BadStatement("not_yours", f"{me} says that itself")
    if statement.type == "directory" and tree.parent_of(statement.origin) is not None:
        raise BadStatement("not_yours", f"{statement.origin} is not the top")


def check_addressed(statement: Statement, typed: object, tree: Tree, me: str) -> None:
    """BadStatement("not_yours") for what came down although nobody here or below is addressed."""
    if statement.type in ADDRESSED and not any(tree.under(u, me) for u in addressees(typed)):
        raise BadStatement("not_yours", f"neither {me} nor anybody below is addressed")


def _child_towards(unit: str, tree: Tree, me: str) -> str | None:
    """The unit directly under `me` on the way to `unit`; None when it does not lie below."""
    if unit == me or not tree.under(unit, me):
        return None
    above = tree.parent_of(unit)
    while above is not None and above != me:
        unit, above = above, tree.parent_of(above)
    return unit
