"""The one place that reads the environment: a table of settings, each with its meaning."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """One environment variable."""

    variable: str
    default: str
    meaning: str


TABLE = {
    "color": Setting("NO_COLOR", "", "set to anything: plain text, no colours"),
    "lease": Setting("SURROGATE_LEASE_SECONDS", "60", "how long a claim holds without heartbeat"),
}


def read(name: str) -> str:
    """The value of a setting in this process's environment."""
    setting = TABLE[name]
    return os.environ.get(setting.variable, setting.default)


def environment() -> dict[str, str]:
    """A copy of the environment, for child processes."""
    return dict(os.environ)
