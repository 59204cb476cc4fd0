"""The HTTP service over one store: its parts put together, its routes, its page.

Its description shows an answer of each route: real ones, their lists cut short.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from surrogate.clock import Clock, SystemClock
from surrogate.plan import Plan
from surrogate.service import guard
from surrogate.service.door import Address, Pace
from surrogate.service.gate import House
from surrogate.service.library import Library
from surrogate.service.problems import Problem, handle_problems
from surrogate.service.report import PAGE
from surrogate.service.routes import (
    answers,
    campaigns,
    drift,
    events,
    loop,
    people,
    reading,
    tokens,
)
from surrogate.service.scheduler import Scheduler
from surrogate.service.workshop import Contests, Workshop
from surrogate.store.service_tables import Replies, Tokens
from surrogate.store.sql import SqlStore

_EXAMPLES = Path(__file__).parent / "answers.json"

_PROBLEM = {"model": Problem, "content": {"application/problem+json": {}}}
_TROUBLES = {
    "400": "the request is not well formed",
    "401": "a token is needed",
    "403": "this caller, host or origin may not",
    "404": "no such campaign, query or token",
    "408": "the body did not arrive in time",
    "409": "not in this state: too few runs, or a name that is taken",
    "413": "the body is too large",
    "415": "the body is not JSON",
    "421": "another host was meant",
    "422": "something in the request cannot be used; the sentence says what",
    "429": "too many requests from one address",
    "503": "the store can't be reached, too many connections are open, or the service is stopping",
}


def create_app(
    store: SqlStore,
    *,
    address: Address | None = None,
    registered: Mapping[str, Plan] | None = None,
    clock: Clock | None = None,
    pace: Pace | None = None,
) -> FastAPI:
    """The service over `store`, which it closes when it ends."""
    clock = clock or SystemClock()
    library = Library(store, clock, registered=registered)
    house = House(
        library, Workshop(), Tokens(store.database), Replies(store.database), clock, Contests()
    )
    app = FastAPI(
        title="Surrogate",
        description="Campaigns that learn a map of an expensive simulator.",
        version=version("surrogate-service"),
        lifespan=_life(house, Scheduler(store, clock)),
        responses={code: {**_PROBLEM, "description": text} for code, text in _TROUBLES.items()},
        docs_url=None,
        redoc_url=None,
    )
    app.state.house = house
    for part in (campaigns, loop, reading, answers, drift, people, tokens, events):
        app.include_router(part.routes)
    _guard(app, address or Address(), pace or Pace(), clock)
    handle_problems(app)
    _serve_page(app)
    _show_examples(app)
    return app


def _life(
    house: House, scheduler: Scheduler
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """What begins and ends with the service."""

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        scheduler.start()
        yield
        scheduler.close()
        house.contests.close()
        house.workshop.close()
        house.library.close()

    return life


def _guard(app: FastAPI, address: Address, pace: Pace, clock: Clock) -> None:
    app.add_middleware(guard.Guard, address=address, pace=pace, clock=clock)
    if address.origins:
        app.add_middleware(
            guard.Neighbours,
            allow_origins=list(address.origins),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key"],
        )


def _serve_page(app: FastAPI) -> None:
    @app.get("/health", tags=["service"])
    def health() -> dict[str, str]:
        """Whether the service is up."""
        return {"said": "well"}

    @app.get("/", include_in_schema=False)
    def home() -> FileResponse:
        return FileResponse(PAGE / "index.html")

    app.mount("/page", StaticFiles(directory=PAGE), name="page")


def examples() -> Mapping[str, Any]:
    """An answer for each "METHOD /path" that gives JSON."""
    found: Mapping[str, Any] = json.loads(_EXAMPLES.read_text(encoding="utf-8"))
    return found


def _show_examples(app: FastAPI) -> None:
    """Have the app's OpenAPI text show an answer of each of its routes."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        text, known = plain(), examples()
        for path, methods in text["paths"].items():
            for method, operation in methods.items():
                content = operation["responses"]["200"].get("content", {})
                if example := known.get(f"{method.upper()} {path}"):
                    content["application/json"]["example"] = example
        return text

    app.openapi = described  # type: ignore[method-assign]  # as FastAPI's manual has it
