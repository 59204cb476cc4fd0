"""The one place that reads the environment: for child processes, and for a token."""

import os


def environment() -> dict[str, str]:
    """A copy of the environment, for child processes."""
    return dict(os.environ)


def service_token() -> str:
    """The token for a service, from SURROGATE_TOKEN; empty where there is none."""
    return os.environ.get("SURROGATE_TOKEN", "")
