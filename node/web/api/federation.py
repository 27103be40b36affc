"""`/federation/v1/…`: raw bytes to the door, its reply back."""

from __future__ import annotations

import anyio
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from federation.door import MAX_BODY, RawRequest, Reply
from federation.errors import Refusal
from node.web.door import Door

router = APIRouter(include_in_schema=False)


@router.api_route("/federation/{path:path}", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
async def federation(request: Request) -> Response:
    """Show the head to the door, read the body under its limits, then knock in a worker thread."""
    headers = [
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw
    ]
    path = str(request.scope.get("raw_path", b"").decode("latin-1"))
    query = request.scope["query_string"].decode("latin-1")
    head = RawRequest(request.method, f"{path}?{query}" if query else path, headers)
    door: Door = request.app.state.door
    reply = await run_in_threadpool(door.look, head)
    if reply is None:
        reply = await _with_body(request, head, door)
    answer = Response(reply.body, status_code=reply.status)
    for name, value in reply.headers:
        answer.headers[name] = value
    return answer


async def _with_body(request: Request, head: RawRequest, door: Door) -> Reply:
    try:
        with anyio.fail_after(door.body_seconds):
            body = await _read(request)
    except Refusal as refusal:
        return await run_in_threadpool(door.turn_away, refusal, head)
    except TimeoutError:
        slow = Refusal("overloaded", f"a body over {door.body_seconds:.0f} s", retry_after=60)
        return await run_in_threadpool(door.turn_away, slow, head)
    except ClientDisconnect:
        return Reply(400, [], b"")  # nobody reads it
    raw = RawRequest(head.method, head.path, head.headers, body)
    return await run_in_threadpool(door.knock, raw)


async def _read(request: Request) -> bytes:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_BODY:
            raise Refusal("too_big", f"a body over {MAX_BODY} bytes", max=MAX_BODY)
    return bytes(data)
