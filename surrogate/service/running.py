"""The service on a port: uvicorn with limits, so that slow or many clients don't hold it up."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from surrogate.errors import SurrogateError
from surrogate.plan import Plan
from surrogate.service.address import Address
from surrogate.service.pace import Pace
from surrogate.store.sql import open_store

__all__ = ["Address", "Pace", "Site", "run_site"]

_IDLE_SECONDS = 20  # that a connection may be silent between requests
_LONGEST_HEAD = 64 << 10  # bytes of a request's line and headers
_GRACE_SECONDS = 5  # for requests under way when the service is told to stop


@dataclass(frozen=True)
class Site:
    """Which store is served, where, and under which names; see `app.create_app`."""

    store: str
    host: str = "127.0.0.1"
    port: int = 8321
    address: Address = field(default_factory=Address)
    registered: Mapping[str, Plan] = field(default_factory=dict)
    pace: Pace = field(default_factory=Pace)


def run_site(site: Site) -> None:
    """Serve until somebody interrupts; raises `SurrogateError` without the extra `service`."""
    try:
        import uvicorn

        from surrogate.service.app import create_app
        from surrogate.service.haste import Hasty
    except ModuleNotFoundError as problem:
        raise SurrogateError(
            f"the service needs {problem.name}: pip install 'surrogate-service[service]'"
        ) from problem
    app = create_app(
        open_store(site.store), address=site.address, registered=site.registered, pace=site.pace
    )
    uvicorn.run(
        app,
        host=site.host,
        port=site.port,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=_IDLE_SECONDS,
        h11_max_incomplete_event_size=_LONGEST_HEAD,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        server_header=False,
        http=Hasty,
    )
