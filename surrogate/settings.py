"""The one place that reads the environment; so far only to hand it to child processes."""

import os


def environment() -> dict[str, str]:
    """A copy of the environment, for child processes."""
    return dict(os.environ)
