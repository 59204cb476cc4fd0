"""The route of live events: what moved in a campaign, as server-sent events without an end.

A browser reads them with `fetch`, which can carry a token, not with EventSource, which can't.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from surrogate.bidding import paused_by
from surrogate.service.gate import AnyHosted, AnyHouse, House, Reader
from surrogate.service.library import Hosted
from surrogate.store.pages import position
from surrogate.store.sql import SqlStore

routes = APIRouter(tags=["live"])

_LOOK_EVERY = 0.5  # s
_ALIVE_EVERY = 30  # looks: a word now and then keeps what lies between from closing the line


@routes.get("/campaigns/{name}/events", response_class=StreamingResponse)
async def events(
    request: Request, house: AnyHouse, hosted: AnyHosted, caller: Reader
) -> StreamingResponse:
    """Server-sent events named `moved`, whenever any of this changes: counts, the last revision,
    `words` (the number of the last word that people said of a result), `running`, `paused`.
    """
    return StreamingResponse(_stream(request, house, hosted), media_type="text/event-stream")


async def _stream(request: Request, house: House, hosted: Hosted) -> AsyncIterator[str]:
    """What moved, until the client goes or the service stops."""
    last, silent = "", 0
    stopping: asyncio.Event = request.scope.get("state", {}).get("stopping") or asyncio.Event()
    while not (stopping.is_set() or await request.is_disconnected()):
        said = await run_in_threadpool(_moved, house, hosted)
        if said != last:
            last, silent = said, 0
            yield f"event: moved\ndata: {said}\n\n"
        elif (silent := silent + 1) % _ALIVE_EVERY == 0:
            yield ": still here\n\n"
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), _LOOK_EVERY)


def _moved(house: House, hosted: Hosted) -> str:
    """What a page hears; the ledger is looked into once for all that listen."""
    name = hosted.name
    running, message = house.workshop.state(name)
    counted = house.library.recall(("moved", name), lambda: _counted(hosted.store, name))
    return json.dumps({**counted, "running": running, "message": message})


def _counted(store: SqlStore, name: str) -> dict[str, Any]:
    counts, at = store.counts(name), position(store.database, name)
    return {
        "queries": {state.value: count for state, count in counts.queries.items()},
        "runs": {kind.value: count for kind, count in counts.runs.items()},
        "revision": at.revision,
        "words": at.words,
        "paused": paused_by(store, name),
    }
