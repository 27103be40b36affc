"""Errors → answers, once: problem+json (RFC 9457) for programs, a page for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from federation.errors import Refusal
from node.actions.sign_in import TooManyRefusals
from node.domain.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Unavailable
from node.store.session import DatabaseUnavailable
from node.web.auth import GoToSignIn, NotSignedIn
from node.web.pages.rendering import render

STATUS = {
    NotSignedIn.kind: 401,
    Forbidden.kind: 403,
    NotFound.kind: 404,
    Conflict.kind: 409,
    Invalid.kind: 422,
    TooManyRefusals.kind: 429,
    Unavailable.kind: 503,
}
TITLES = {
    400: "Запрос не понят",
    401: "Нужно войти",
    403: "Нет прав",
    404: "Не найдено",
    405: "Так сюда не обращаются",
    409: "Уже изменилось",
    413: "Слишком большой запрос",
    415: "Не тот формат",
    422: "Проверьте данные",
    429: "Слишком часто",
    500: "Внутренняя ошибка",
    503: "Временно недоступно",
}
MESSAGES = {
    "missing": "обязательное поле",
    "extra_forbidden": "неизвестное поле: уберите его или проверьте написание",
    "json_invalid": "тело запроса не является JSON",
    "string_type": "должна быть строка",
    "string_too_short": "слишком коротко: от {min_length} знаков",
    "string_too_long": "слишком длинно: до {max_length} знаков",
    "string_pattern_mismatch": "не того вида",
    "string_unicode": "не текст: недопустимые знаки",
    "float_type": "должно быть число",
    "float_parsing": "должно быть число",
    "finite_number": "должно быть конечное число",
    "int_type": "должно быть целое число",
    "int_parsing": "должно быть целое число",
    "int_from_float": "должно быть целое число, без дробной части",
    "int_parsing_size": "слишком большое число",
    "greater_than_equal": "должно быть не меньше {ge}",
    "greater_than": "должно быть больше {gt}",
    "less_than_equal": "должно быть не больше {le}",
    "less_than": "должно быть меньше {lt}",
    "bool_type": "должно быть true или false",
    "bool_parsing": "должно быть true или false",
    "list_type": "должен быть список",
    "too_short": "слишком мало: от {min_length}",
    "too_long": "слишком много: до {max_length}",
    "dict_type": "должен быть объект",
    "model_type": "должен быть объект",
    "model_attributes_type": "должен быть объект",
    "date_type": "должен быть день ГГГГ-ММ-ДД",
    "date_parsing": "должен быть день ГГГГ-ММ-ДД",
    "date_from_datetime_parsing": "должен быть день ГГГГ-ММ-ДД",
    "date_from_datetime_inexact": "должен быть день ГГГГ-ММ-ДД, без времени",
    "datetime_type": "должен быть момент, как 2026-11-21T09:00:00Z",
    "datetime_parsing": "должен быть момент, как 2026-11-21T09:00:00Z",
    "datetime_from_date_parsing": "должен быть момент, как 2026-11-21T09:00:00Z",
    "timezone_aware": "у момента должен быть часовой пояс, как в 2026-11-21T09:00:00Z",
    "enum": "должно быть одно из: {expected}",
    "literal_error": "должно быть одно из: {expected}",
}
"""By pydantic's kind of error; braces are filled from what it says of the case."""
log = structlog.get_logger("cur.web")


class Problem(BaseModel):
    """RFC 9457. `errors` name the fields; a conflict also brings what it is about."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] = []


_DESCRIBED = {"application/problem+json": {"schema": Problem.model_json_schema()}}
REFUSALS: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "Отказ: что не так и что делать", "content": _DESCRIBED},
    "503": {"description": TITLES[503], "content": _DESCRIBED},
}
"""Of every operation in the API's description: FastAPI's own would promise another form."""


def problem(
    request: Request,
    status: int,
    detail: str,
    *,
    errors: Sequence[Mapping[str, str]] = (),
    extra: Mapping[str, Any] | None = None,
) -> Response:
    """One fault as this client reads it. `errors` = [{field, message}]."""
    title = TITLES.get(status, "Ошибка")
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
    body |= {"detail": detail} | ({"errors": list(errors)} if errors else {}) | dict(extra or {})
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if _is_for_people(request):
        return render(
            request,
            "problem.html",
            status_code=status,
            status=status,
            title=title,
            detail=detail,
            errors=errors,
            headers=headers,
        )
    return Response(
        # A lone surrogate in an echoed name must not break the answer that complains of it.
        json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"),
        status_code=status,
        media_type="application/problem+json",
        headers=headers,
    )


def install(app: FastAPI) -> None:
    """Register every handler."""

    @app.exception_handler(DomainError)
    async def _domain(request: Request, error: DomainError) -> Response:
        errors: list[dict[str, str]] = []
        if isinstance(error, Invalid):
            errors = [{"field": fault.field, "message": fault.message} for fault in error.faults]
        if isinstance(error, Unavailable) and error.__cause__ is not None:
            log.error("unavailable", why=type(error).__name__, error=repr(error.__cause__))
        answer = problem(
            request, STATUS[error.kind], error.message, errors=errors, extra=error.extra
        )
        if isinstance(error, TooManyRefusals):
            answer.headers["Retry-After"] = str(error.seconds)
        return answer

    @app.exception_handler(RequestValidationError)
    async def _request(request: Request, error: RequestValidationError) -> Response:
        errors = []
        for fault in error.errors():
            # Of what is no JSON at all the place is an offset, which names no field.
            loc = () if fault["type"] == "json_invalid" else fault["loc"]
            where = [str(part) for part in loc if part not in ("body", "query", "path")]
            errors.append({"field": ".".join(where) or "body", "message": in_words(fault)})
        detail = "; ".join(f"{fault['field']}: {fault['message']}" for fault in errors)
        return problem(request, 422, detail, errors=errors)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        detail = error.detail
        if error.status_code == 404 and detail == "Not Found":
            detail = "Такой страницы нет. Проверьте адрес или начните с главной страницы."
        return problem(request, error.status_code, detail)

    @app.exception_handler(Refusal)
    async def _refusal(_request: Request, refusal: Refusal) -> Response:
        return Response(
            json.dumps(refusal.problem(), ensure_ascii=False),
            status_code=refusal.status,
            media_type="application/problem+json",
        )

    @app.exception_handler(DatabaseUnavailable)
    async def _database(request: Request, error: DatabaseUnavailable) -> Response:
        log.error("database", path=request.url.path, error=type(error.orig).__name__)
        answer = problem(request, 503, "База данных не отвечает. Ничего не записано: повторите.")
        answer.headers["Retry-After"] = "30"
        return answer

    @app.exception_handler(GoToSignIn)
    async def _sign_in(request: Request, error: GoToSignIn) -> Response:
        if request.headers.get("hx-request") == "true":
            return Response(status_code=401, headers={"HX-Redirect": error.location})
        return RedirectResponse(error.location, status_code=303)

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> Response:
        log.error("unexpected", path=request.url.path, error=type(error).__name__, exc_info=error)
        return problem(
            request,
            500,
            "Программа не справилась. Ошибка записана в журнал сервера; повторите позже.",
        )


def in_words(fault: Mapping[str, Any]) -> str:
    """One of pydantic's errors in Russian, or as pydantic says it where there are no words yet."""
    if fault["type"] == "value_error" and "UploadFile" in str(fault["msg"]):
        return "нужен файл: отправьте его как multipart/form-data, с именем файла"
    words = MESSAGES.get(fault["type"])
    return str(fault["msg"]) if words is None else words.format_map(fault.get("ctx", {}))


def _is_for_people(request: Request) -> bool:
    if request.url.path.startswith(("/api/", "/federation/")):
        return False
    return "text/html" in request.headers.get("accept", "")
