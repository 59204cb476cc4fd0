"""The service on a port: uvicorn with limits, so that slow or many clients don't hold it up."""

import socket
from collections.abc import Callable, Mapping
from contextlib import suppress

from surrogate.errors import SurrogateError
from surrogate.plan import Plan
from surrogate.service.door import Address, Pace
from surrogate.store.sql import open_store

__all__ = ["Address", "Pace", "run_site"]

_IDLE_SECONDS = 20  # that a connection may be silent between requests
_LONGEST_HEAD = 64 << 10  # bytes of a request's line and headers
_GRACE_SECONDS = 5  # for requests under way when the service is told to stop


def run_site(
    store: str,
    *,
    at: tuple[str, int],
    address: Address,
    registered: Mapping[str, Plan],
    pace: Pace,
    announce: Callable[[int], None],
) -> None:
    """Serve a store until somebody interrupts; see `app.create_app`.

    `at` is the host and the port, 0 for any that is free; `announce` is told which once requests
    may come. Raises `SurrogateError` without the extra `service`, and where nothing can listen.
    """
    try:
        import uvicorn

        from surrogate.service.app import create_app
        from surrogate.service.haste import Hasty
    except ModuleNotFoundError as problem:
        raise SurrogateError(
            f"the service needs {problem.name}: pip install 'surrogate-service[service]'"
        ) from problem
    app = create_app(open_store(store), address=address, registered=registered, pace=pace)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=_IDLE_SECONDS,
        h11_max_incomplete_event_size=_LONGEST_HEAD,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        server_header=False,
        http=Hasty,
    )
    with _listening(*at) as door, suppress(KeyboardInterrupt):
        announce(door.getsockname()[1])
        uvicorn.Server(config).run(sockets=[door])


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as problem:
        raise SurrogateError(
            f"nothing can listen at {host}, port {port}: {problem.strerror}; "
            "give --port another, or 0 for any that is free"
        ) from problem
