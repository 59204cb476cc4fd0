"""uvicorn's protocol with a deadline for the head of a request, which uvicorn has none for.

A class of uvicorn's own is extended: it offers no other way in (encode/uvicorn, issue 157). It
also tells the app how many connections are open (`state["connections"]`), since uvicorn's own
limit of them answers in plain text, and that the service stops (`state["stopping"]`, an event), and
says of what is no request that it is none.
"""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from surrogate.service.problems import problem


class Hasty(H11Protocol):
    """A connection that is closed when a head takes more than `seconds` to arrive."""

    seconds = 15.0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """A client is there: its first head is awaited."""
        super().connection_made(transport)
        self._stopping = asyncio.Event()
        own = {"connections": self.connections, "stopping": self._stopping}
        self.app_state = {**self.app_state, **own}
        self._watch()

    def shutdown(self) -> None:
        """The service stops: what would never end is to end now."""
        self._stopping.set()
        super().shutdown()

    def data_received(self, data: bytes) -> None:
        """Some of a head, or of a body."""
        super().data_received(data)
        self._watch()

    def send_400_response(self, msg: str) -> None:
        """Say in our own way that what came is no request."""
        said = f"{msg.rstrip('.')}: a request of HTTP/1.1 was expected, something else came"
        answer = problem(400, said, {"Connection": "close"})
        for part in (
            h11.Response(status_code=400, headers=answer.raw_headers, reason=b"Bad Request"),
            h11.Data(data=bytes(answer.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(part) or b"")
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        super().connection_lost(exc)
        self._unwatch()

    def _watch(self) -> None:
        """A head that is awaited has until its deadline; one that is in has none."""
        if self.conn.their_state is not h11.IDLE:
            self._unwatch()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self.seconds, self._late)

    def _late(self) -> None:
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()

    def _unwatch(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
