"""`cur keys`: making this node's two keys and showing their fingerprints.

The root key signs descriptors only. It is made here because somebody must, and is meant to be
moved off the node: until then the node works all the same, and says so.
"""

from __future__ import annotations

import structlog
from rich.console import Console

from federation.errors import KeyFileError
from federation.keys import KeyPair, fingerprint, thumbprint
from federation.schemas.descriptor import Descriptor
from node.actions.describe_self import describe_self, own_descriptor
from node.bootstrap import ROOT_KEY, SIGNING_KEY, Node
from node.store import coverage
from node.store.membership import membership

log = structlog.get_logger("cur.keys")


def create(node: Node) -> None:
    """Make root and signing key and the first descriptor. KeyFileError when keys are there."""
    if node.has_keys:
        raise KeyFileError(
            f"keys are there already: {node.settings.keys}. They are never overwritten."
        )
    root, signing = KeyPair.generate(), KeyPair.generate()
    root.save(node.settings.keys / ROOT_KEY)
    signing.save(node.settings.keys / SIGNING_KEY)
    now = node.clock()
    with node.transaction() as session:
        describe_self(
            session,
            node=node.code,
            url=node.url,
            parent=None,
            root=root,
            signing=signing,
            actor="cur",
            now=now,
        )
        coverage.upsert_leaf(
            session,
            unit=node.code,
            node_from=node.unit.node_from or now.astimezone(node.zone).date(),
            node_until=node.unit.node_until,
        )


def ensure_keys(node: Node) -> None:
    """Keys at the first start; a warning when the address has changed and the root is away."""
    if not node.has_keys:
        create(node)
    with node.reading() as session:
        standing = own_descriptor(session, node.code)
        above = membership(session)
    if standing is None:
        raise KeyFileError("the keys belong to another database: restore the one they were made in")
    described = Descriptor.from_body(standing.key, standing.body)
    if described.url == node.url and described.key(node.signing.kid):
        return
    root_file = node.settings.keys / ROOT_KEY
    if not root_file.exists():
        log.warning("descriptor is out of date: bring the root key and start again", url=node.url)
        return
    now = node.clock()
    with node.transaction() as session:
        describe_self(
            session,
            node=node.code,
            url=node.url,
            parent=above.parent if above else None,
            root=KeyPair.load(root_file),
            signing=node.signing,
            actor="cur",
            now=now,
        )


def show(node: Node, out: Console) -> None:
    """Print what people read to each other over the telephone."""
    with node.reading() as session:
        standing = own_descriptor(session, node.code)
    if standing is None:
        out.print("Ключей ещё нет: [bold]cur keys init[/] или первый запуск [bold]cur run[/].")
        return
    described = Descriptor.from_body(standing.key, standing.body)
    out.print(f"узел             {node.code}  {node.unit.name}")
    out.print(f"адрес            {described.url}")
    out.print(f"корневой ключ    {fingerprint(thumbprint(described.root))}")
    out.print(f"ключ подписи     {fingerprint(node.signing.kid)}")
    root_file = node.settings.keys / ROOT_KEY
    if root_file.exists():
        out.print(
            f"Корневой ключ лежит на узле: перенесите {root_file} на отдельный носитель и храните. "
            "Он понадобится при смене адреса, ключа или вышестоящего узла."
        )
