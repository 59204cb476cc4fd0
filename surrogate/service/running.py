"""The service on a port: uvicorn with limits, so that slow or many clients don't hold it up."""

from collections.abc import Mapping

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
    host: str,
    port: int,
    address: Address,
    registered: Mapping[str, Plan],
    pace: Pace,
) -> None:
    """Serve a store until somebody interrupts; see `app.create_app`.

    Raises `SurrogateError` without the extra `service`.
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
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=_IDLE_SECONDS,
        h11_max_incomplete_event_size=_LONGEST_HEAD,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        server_header=False,
        http=Hasty,
    )
