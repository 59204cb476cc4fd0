"""What went wrong, as problem+json (RFC 9457): a status, a title, and a sentence on what to do.

Nothing that came in is repeated, except names that people chose: a body may hold NaN, which JSON
has not, or a secret.
"""

from collections.abc import Mapping, Sequence
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
    media = "application/problem+json"
    return JSONResponse(body.model_dump(), status, dict(headers or {}), media_type=media)


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
    def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return problem(422, "; ".join(sentences(error.errors())))

    @app.exception_handler(HTTPException)
    def http(_: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, str(error.detail), error.headers)

    @app.exception_handler(Exception)
    def unforeseen(_: Request, error: Exception) -> JSONResponse:
        return problem(500, f"{type(error).__name__}: the service's log says more")


def sentences(errors: Sequence[Mapping[str, Any]]) -> list[str]:
    """Complaints of a validation in words, without what came in."""
    return [f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in errors]
