"""`/federation/v1/…`: raw bytes to the door, its reply back."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from federation.door import MAX_BODY, RawRequest, check_head, problem
from federation.errors import Refusal
from node.web.door import Door

router = APIRouter(include_in_schema=False)


@router.api_route("/federation/{path:path}", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
async def federation(request: Request) -> Response:
    """Read the request under the door's limits, then knock in a worker thread."""
    headers = [
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw
    ]
    path = str(request.scope.get("raw_path", b"").decode("latin-1"))
    query = request.scope["query_string"].decode("latin-1")
    try:
        check_head(headers)
        body = await _read(request)
    except Refusal as refusal:
        reply = problem(refusal)
    else:
        raw = RawRequest(request.method, f"{path}?{query}" if query else path, headers, body)
        door: Door = request.app.state.door
        reply = await run_in_threadpool(door.knock, raw)
    answer = Response(reply.body, status_code=reply.status)
    for name, value in reply.headers:
        answer.headers[name] = value
    return answer


async def _read(request: Request) -> bytes:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_BODY:
            raise Refusal("too_big", f"a body over {MAX_BODY} bytes", max=MAX_BODY)
    return bytes(data)
