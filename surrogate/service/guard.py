"""The gate before every route: host, origin, kind, size, pace. A page elsewhere gets nowhere.

A browser lets any page send requests to a service on loopback. So a request must name a host that
the service answers to (against rebinding of names), come from no other origin, and bring JSON,
which no form can send. Bodies are read to a limit and no further, and no longer than a while.
"""

import asyncio
import math
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from surrogate.clock import Clock
from surrogate.service.door import Address, Buckets, Pace
from surrogate.service.problems import problem

LARGEST_BODY = 8 << 20  # bytes: some hundred thousand points
_SAFE = ("GET", "HEAD", "OPTIONS")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; "
        "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
}


class Guard:
    """ASGI middleware; see the module's text."""

    def __init__(self, app: ASGIApp, address: Address, pace: Pace, clock: Clock) -> None:
        self._app, self._address, self._pace, self._clock = app, address, pace, clock
        self._buckets = Buckets(pace)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Turn the request away with a problem, or let it pass with a limited body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if (refused := self._refused(scope)) is not None:
            await refused(scope, receive, send)
            return
        limited, answer = _Limited(receive, self._pace.body), _Answered(send)
        try:
            await self._app(scope, limited, answer)
        except asyncio.CancelledError:
            if answer.begun:
                raise
            said = "the service is stopping; send it again with the same key once it is back"
            await _not_now(said, 5)(scope, receive, send)

    def _refused(self, scope: Scope) -> JSONResponse | None:
        """The problem of a request that is not even looked at; None for one that may pass."""
        caller, pace = (scope.get("client") or ("",))[0], self._pace
        if wait := self._buckets.wait(caller, self._clock.monotonic()):
            return problem(
                429,
                f"{pace.rate:g} requests a second are the most from one address; "
                "come again in a moment",
                {"Retry-After": str(math.ceil(wait))},
            )
        if len(scope.get("state", {}).get("connections", ())) > pace.connections:
            return _not_now(
                f"{pace.connections} connections are the most at a time; come again in a moment", 1
            )
        turned_away = trouble(scope["method"], Headers(scope=scope), self._address)
        return problem(*turned_away) if turned_away else None


class Neighbours(CORSMiddleware):
    """Pages of other origins that may use the service; one that asks for more is told so."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """What a browser is told before it sends a page's request."""
        answer = super().preflight_response(request_headers)
        if answer.status_code == 200:
            return answer
        origin, said = request_headers.get("origin", ""), bytes(answer.body).decode()
        return problem(400, f"{said}: a page of {origin} may not ask so; see --origin of serve")


def trouble(method: str, headers: Mapping[str, str], address: Address) -> tuple[int, str] | None:
    """Status and sentence for a request that must be turned away; None for one that may pass."""
    host = hostname(headers.get("host", ""))
    if host not in address.hosts:
        known = ", ".join(address.hosts)
        return 421, f"this service answers to {known}, not to '{host}'; start it with --host-name"
    origin = headers.get("origin")
    if origin is not None and not _is_own(origin, headers.get("host", ""), address):
        return 403, f"a page of {origin} may not use this service; open the service's own page"
    if method in _SAFE:
        return None
    length = headers.get("content-length", "0")
    if not length.isdecimal():
        return 400, f"Content-Length: a whole number was expected, '{length}' came; give the bytes"
    if int(length) > LARGEST_BODY:
        return 413, _too_large()
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    has_body = int(length) > 0 or "transfer-encoding" in headers
    if kind != "application/json" and (has_body or method != "DELETE"):
        return 415, f"content type application/json was expected, '{kind}' came; send JSON as such"
    return None


def _too_large() -> str:
    return f"{LARGEST_BODY} bytes are the most that a body may have; send it in parts"


def hostname(host: str) -> str:
    """A Host header without its port, in small letters."""
    bare = host.strip().lower()
    return bare.partition("]")[0] + "]" if bare.startswith("[") else bare.partition(":")[0]


def _is_own(origin: str, host: str, address: Address) -> bool:
    return origin in address.origins or urlsplit(origin).netloc.lower() == host.strip().lower()


def _not_now(said: str, seconds: int) -> JSONResponse:
    return problem(503, said, {"Retry-After": str(seconds), "Connection": "close"})


class _Limited:
    """A request's body; passing a limit of size or time is a problem for whoever reads it."""

    def __init__(self, receive: Receive, seconds: float) -> None:
        self._receive, self._left, self._whole = receive, LARGEST_BODY, False
        self._until = asyncio.get_running_loop().time() + seconds

    async def __call__(self) -> Message:
        if self._whole:  # what is awaited now is the end of the connection
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError as late:
            raise HTTPException(408, "the body did not arrive in time; send it again") from late
        self._whole = not message.get("more_body", False)
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(413, _too_large())
        return message


class _Answered:
    """An answer on its way, with the headers that all have; `begun` once any of it is sent."""

    def __init__(self, send: Send) -> None:
        self._send, self.begun = send, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            own = [(k.lower().encode(), v.encode()) for k, v in _HEADERS.items()]
            message = {**message, "headers": [*message["headers"], *own]}
        await self._send(message)
