"""What routes are handed: the node, and who asks."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from node.bootstrap import Node
from node.domain.errors import Fault, Invalid
from node.domain.rights import Actor
from node.web import auth
from node.web.auth import Brakes

# Dependencies that never wait are coroutines: a plain function is handed to another thread.


async def the_node(request: Request) -> Node:
    node: Node = request.app.state.node
    if node.is_behind():
        await run_in_threadpool(node.keep_up)
    return node


async def the_brakes(request: Request) -> Brakes:
    brakes: Brakes = request.app.state.brakes
    return brakes


NodeDep = Annotated[Node, Depends(the_node)]
BrakesDep = Annotated[Brakes, Depends(the_brakes)]
# For the API's description only: the header is read in `auth`, where a cookie does as well.
Described = Annotated[
    HTTPAuthorizationCredentials | None,
    Security(
        HTTPBearer(auto_error=False, description="Токен: страница /account или cur token add ИМЯ")
    ),
]


def api_actor(request: Request, node: NodeDep, _described: Described) -> Actor:
    """Who asks; 401 with what to do when there is none."""
    return auth.actor(request, node)


def page_actor(request: Request, node: NodeDep) -> Actor:
    """As `api_actor`, but a browser without a session is sent to sign in."""
    return auth.actor(request, node, page=True)


async def only_known_parameters(request: Request) -> None:
    """Refuse a parameter no route has asked for: `perod=day` must not answer for a week. Nor does
    one given twice: no route takes a list, and of two values one would pass unseen."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute) or not route.include_in_schema:
        return
    known = [field.alias for field in route.dependant.query_params]
    unknown = sorted(set(request.query_params) - set(known))
    if unknown:
        hint = f"; известны: {', '.join(known)}" if known else "; параметров здесь нет"
        raise Invalid(*(Fault(name[:80], f"неизвестный параметр{hint}") for name in unknown))
    given = Counter(name for name, _ in request.query_params.multi_items())
    if twice := sorted(name for name, times in given.items() if times > 1):
        raise Invalid(*(Fault(name, "дан несколько раз: оставьте один") for name in twice))


def watching_actor(request: Request, node: NodeDep) -> Actor:
    """As `api_actor`, of what an open page asks by itself: nobody stays signed in by it."""
    return auth.actor(request, node, prolong=False)


ActorDep = Annotated[Actor, Depends(api_actor)]
PageActorDep = Annotated[Actor, Depends(page_actor)]
WatchingActorDep = Annotated[Actor, Depends(watching_actor)]
