"""What every request passes before a route: size, cross-site posts, and the headers of answers.

Plain ASGI: Starlette's BaseHTTPMiddleware would buffer and re-wrap every body.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from node.domain.photo import MAX_SENT, MEGABYTE
from node.web.problems import problem

MAX_BODY = 1024 * 1024  # of a form or an API call; the federation's door has limits of its own
MAX_UPLOAD = MAX_SENT + MAX_BODY  # of a form with files, sent to one of the addresses that take any
UPLOADS = re.compile(
    r"/appeal|/status/[^/]+/photos|/issues/[^/]+/photos|/api/v1/(appeals|issues)/[^/]+/photos"
)
TOO_BIG = {
    MAX_BODY: f"Запрос больше {MAX_BODY} байт: сократите его.",
    MAX_UPLOAD: (
        f"Файлы вместе больше {MAX_SENT // MEGABYTE} МБ: отправьте часть из них, остальные потом. "
        "Ничего не записано; если вернуться назад, написанное останется на странице."
    ),
}
DRAINED = 4 * MAX_UPLOAD
"""A browser hears no answer before it has sent its whole body: so much is read to be told it."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
}


class Guard:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        if path.startswith("/federation/"):  # signed, and read under its own limits
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if not path.startswith("/static/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        headers = Headers(scope=scope)
        if scope["method"] not in SAFE and _is_cross_site(headers):
            refused = problem(Request(scope), 403, "Запрос пришёл с другого сайта и отклонён.")
            await refused(scope, receive, send_with_headers)
            return
        most = _most(scope, headers)
        declared = _declared(headers)
        if declared > most:
            if most > MAX_BODY and declared <= DRAINED:
                await _drain(receive)
            await problem(Request(scope), 413, TOO_BIG[most])(scope, receive, send_with_headers)
            return
        await self.app(scope, _capped(receive, most), send_with_headers)


def _most(scope: Scope, headers: Headers) -> int:
    """How many bytes a body may have."""
    with_files = headers.get("content-type", "").lower().startswith("multipart/form-data")
    if scope["method"] == "POST" and with_files and UPLOADS.fullmatch(scope["path"]):
        return MAX_UPLOAD
    return MAX_BODY


async def _drain(receive: Receive) -> None:
    """Read what was announced, and keep none of it."""
    while True:
        message = await receive()
        if message["type"] != "http.request" or not message.get("more_body"):
            return


def _capped(receive: Receive, most: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > most:
                # Of a length that was not announced. The rest is not read.
                raise HTTPException(413, TOO_BIG[most])
        return message

    return counted


def _declared(headers: Headers) -> int:
    text = headers.get("content-length", "0")
    return int(text) if text.isascii() and text.isdigit() else 0


def _is_cross_site(headers: Headers) -> bool:
    """Whether a browser sends this for another site. Programs send neither header and carry a
    bearer token, which no foreign page has."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
