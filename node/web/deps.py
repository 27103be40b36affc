"""What routes are handed: the node, and who asks."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from node.bootstrap import Node
from node.web import auth


def the_node(request: Request) -> Node:
    node: Node = request.app.state.node
    return node


NodeDep = Annotated[Node, Depends(the_node)]


def api_actor(request: Request, node: NodeDep) -> str:
    """The name of the token that asks; 401 with what to do when there is none."""
    return auth.actor(request, node)


def page_actor(request: Request, node: NodeDep) -> str:
    """As `api_actor`, but a browser without a session is sent to sign in."""
    return auth.actor(request, node, page=True)


ActorDep = Annotated[str, Depends(api_actor)]
PageActorDep = Annotated[str, Depends(page_actor)]
