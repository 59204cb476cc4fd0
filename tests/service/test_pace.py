"""How fast a caller may ask and how slowly it may send, by a clock that is told the time."""

import asyncio
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request
from uvicorn.config import Config
from uvicorn.server import ServerState

from surrogate.service.app import create_app
from surrogate.service.door import Address, Buckets, Pace
from surrogate.service.guard import Guard, _Limited
from surrogate.service.haste import Hasty
from surrogate.service.routes.events import _stream
from surrogate.store.sql import SqlStore
from tests.clocks import ManualClock
from tests.service.conftest import BASE

SLOW = Pace(rate=2.0, burst=3)


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    buckets = Buckets(SLOW)
    assert [buckets.wait("a", 0.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert buckets.wait("a", 0.5) == 0.0
    assert buckets.wait("a", 0.5) == pytest.approx(0.5)


def test_over_a_long_time_no_more_gets_through_than_rate_and_burst() -> None:
    buckets = Buckets(SLOW)
    passed = sum(buckets.wait("a", k / 50) == 0.0 for k in range(50 * 100))
    assert passed == 3 + 2 * 100 - 1  # the last one would come at t = 100


def test_callers_do_not_wait_for_each_other() -> None:
    buckets = Buckets(SLOW)
    for _ in range(9):
        buckets.wait("a", 0.0)
    assert buckets.wait("b", 0.0) == 0.0


def test_a_caller_that_asks_too_fast_is_told_when_to_come_again(store: SqlStore) -> None:
    clock = ManualClock(100.0)
    with TestClient(create_app(store, clock=clock, pace=SLOW), base_url=BASE) as client:
        statuses = [client.get("/health").status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        said = client.get("/health")
        assert said.headers["content-type"] == "application/problem+json"
        assert said.headers["retry-after"] == "1"
        assert "2 requests a second are the most" in said.json()["detail"]
        clock.sleep(1.0)
        assert client.get("/health").status_code == 200


@pytest.mark.parametrize(("others", "status"), [(3, 200), (4, 503)])
def test_who_comes_while_too_many_connections_are_open_is_told_to_come_again(
    store: SqlStore, others: int, status: int
) -> None:
    app = create_app(store, pace=Pace(connections=3))

    async def crowded(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "state": {"connections": set(range(others))}}, receive, send)

    said = TestClient(crowded, base_url=BASE).get("/health")
    assert said.status_code == status
    if status == 503:
        assert said.headers["content-type"] == "application/problem+json"
        assert said.headers["retry-after"] == "1"
        assert "3 connections are the most" in said.json()["detail"]


def test_a_body_that_does_not_come_is_given_up() -> None:
    async def never() -> Any:
        await asyncio.Event().wait()

    async def read() -> None:
        await _Limited(never, seconds=0.0)()

    with pytest.raises(Exception, match="did not arrive in time"):
        asyncio.run(read())


def test_a_request_that_is_cut_off_by_the_end_of_the_service_is_told_so() -> None:
    async def cut_off(scope: Any, receive: Any, send: Any) -> None:
        raise asyncio.CancelledError

    guarded = Guard(cut_off, Address(), Pace(), ManualClock(0.0))
    said = TestClient(guarded, base_url=BASE).get("/health")
    assert (said.status_code, said.headers["retry-after"]) == (503, "5")
    assert said.headers["content-type"] == "application/problem+json"
    assert "send it again with the same key" in said.json()["detail"]


class AtOnce(Hasty):
    seconds = 0.0


class Line:
    """A connection as a protocol sees it."""

    def __init__(self) -> None:
        self.closed, self.sent = False, b""

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def write(self, data: bytes) -> None:
        self.sent += data

    def get_extra_info(self, name: str) -> Any:
        return ("127.0.0.1", 1) if name in ("peername", "sockname") else None


@pytest.mark.parametrize(
    ("arrived", "closed"),
    [(b"", True), (b"GET / HT", True), (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", False)],
)
def test_a_head_that_is_late_ends_the_connection(arrived: bytes, closed: bool) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    async def connect() -> bool:
        config = Config(app, lifespan="off")
        config.load()
        line, made = Line(), AtOnce(config, ServerState(), {})
        made.connection_made(line)
        if arrived:
            made.data_received(arrived)
        for _ in range(5):
            await asyncio.sleep(0)
        for task in made.tasks:
            task.cancel()
        assert made.app_state["connections"] == {made}
        return line.closed

    assert asyncio.run(connect()) is closed


def test_what_has_no_end_is_told_that_the_service_stops() -> None:
    async def endless(scope: Any, receive: Any, send: Any) -> None:
        await scope["state"]["stopping"].wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"over"})

    async def stop() -> bytes:
        config = Config(endless, lifespan="off")
        config.load()
        line, made = Line(), Hasty(config, ServerState(), {})
        made.connection_made(line)
        made.data_received(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(0)
        made.shutdown()
        await asyncio.gather(*made.tasks)
        return line.sent

    assert b"over" in asyncio.run(stop())


def test_events_end_when_the_service_stops(rig: TestClient) -> None:
    house = rig.app.state.house  # type: ignore[attr-defined]

    async def never() -> dict[str, Any]:
        return await asyncio.Event().wait() and {}

    async def listen() -> list[str]:
        stopping, heard = asyncio.Event(), list[str]()
        request = Request({"type": "http", "state": {"stopping": stopping}}, never)
        async for said in _stream(request, house, house.library.hosted("rig")):
            heard.append(said)
            stopping.set()
        return heard

    (said,) = asyncio.run(asyncio.wait_for(listen(), 5))
    assert said.startswith("event: moved")


def test_what_is_no_request_is_told_so_as_a_problem() -> None:
    async def connect() -> bytes:
        config = Config(lambda scope: scope, lifespan="off")
        config.load()
        line, made = Line(), Hasty(config, ServerState(), {})
        made.connection_made(line)
        made.data_received(b"\x16\x03\x01 this is TLS\r\n\r\n")
        assert line.closed
        return line.sent

    head, _, body = asyncio.run(connect()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert b"application/problem+json" in head
    assert b"a request of HTTP/1.1 was expected" in body
