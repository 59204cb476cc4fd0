"""What went wrong, as problem+json (RFC 9457): a status, a title, and a sentence on what to do.

What came in is repeated where it is a number, a word or short: a body may hold pages.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from surrogate.errors import (
    DataError,
    NotEnoughData,
    NothingToAsk,
    StoreError,
    SurrogateError,
    UnknownName,
)
from surrogate.store.base import StoreAway

_STATUSES: tuple[tuple[type[SurrogateError], int], ...] = (
    (UnknownName, 404),
    (NotEnoughData, 409),
    (NothingToAsk, 409),
    (DataError, 409),
    (StoreAway, 503),
    (StoreError, 409),
    (SurrogateError, 422),
)
_TITLES = {
    400: "the request is not well formed",
    401: "a token is needed",
    403: "not allowed",
    404: "not there",
    405: "not that way",
    408: "too slow",
    409: "not in this state",
    413: "too large",
    415: "JSON was expected",
    421: "another host was meant",
    422: "cannot be used",
    429: "too many requests",
    500: "an error of the service",
    503: "not just now",
}


_TELLING = ("missing", "extra_forbidden", "value_error")  # the place, or the words, say what came
_LONGEST_WORD = 60  # characters


class Problem(BaseModel):
    """The body of every answer with a status of 400 and more."""

    type: str = Field(default="about:blank", description="A kind of problem; none is named yet.")
    title: str = Field(description="What kind of trouble it is.", examples=["cannot be used"])
    status: int = Field(description="The HTTP status.", examples=[422])
    detail: str = Field(
        description="What was expected, what came, and what to do.",
        examples=["parameter 'x': 99 is outside 1..16.5"],
    )


class Refusal(Exception):  # noqa: N818 - a state of affairs
    """A request that is turned away with a status and a sentence."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An answer that says what is wrong."""
    body = Problem(title=_TITLES.get(status, "a problem"), status=status, detail=detail)
    return JSONResponse(
        body.model_dump(), status, dict(headers or {}), media_type="application/problem+json"
    )


def handle_problems(app: FastAPI) -> None:
    """Have the app answer every error as a problem."""

    @app.exception_handler(SurrogateError)
    def surrogate_error(_: Request, error: SurrogateError) -> JSONResponse:
        status = next(status for kind, status in _STATUSES if isinstance(error, kind))
        return problem(status, str(error))

    @app.exception_handler(Refusal)
    def refusal(_: Request, error: Refusal) -> JSONResponse:
        headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
        return problem(error.status, error.detail, headers)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        asked = getattr(request.scope.get("route"), "path", request.url.path)
        example = f"/openapi.json has an example of {request.method} {asked}"
        return problem(422, "; ".join([*map(_sentence, error.errors()), example]))

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, _in_words(request, error), error.headers)

    @app.exception_handler(Exception)
    def unforeseen(_: Request, error: Exception) -> JSONResponse:
        said = "the service's log says more; whoever keeps it can tell what broke"
        return problem(500, f"{type(error).__name__}: {said}")


def _sentence(error: Mapping[str, Any]) -> str:
    """A complaint of a validation in words: where, what was expected, and what came."""
    kind, place = error["type"], [str(part) for part in error["loc"]]
    if kind == "json_invalid":
        where = f" at character {place[-1]}" if len(place) > 1 else ""
        return f"{place[0]}: JSON was expected, and breaks off{where}: {error['ctx']['error']}"
    came = "" if kind in _TELLING else _came(error.get("input"))
    return f"{'.'.join(place)}: {error['msg']}{came}"


def _came(value: Any) -> str:
    """What came, where that can be said in a word or two."""
    if isinstance(value, str) and len(value) > _LONGEST_WORD:
        return f"; {len(value)} characters came"
    if isinstance(value, str | int | float | None):
        return f"; {value!r} came"
    return f"; {len(value)} came" if isinstance(value, list | dict) else ""


def _in_words(request: Request, error: HTTPException) -> str:
    """What an error of HTTP says; of the framework's own, what is there in place of what came."""
    came = f"{request.method} {request.url.path}"
    if error.detail != HTTPStatus(error.status_code).phrase:
        return str(error.detail)
    if error.status_code == 404:
        return f"{came}: there is nothing there; /openapi.json lists what is, / is the page"
    if error.status_code == 405:
        ways = (error.headers or {}).get("Allow", "")
        return f"{came}: not answered that way; {ways or 'GET'} is; /openapi.json says more"
    return f"{came}: {error.detail}; /openapi.json says what is expected"
