"""Under which names the service answers: needed before anything of the web is imported."""

from dataclasses import dataclass

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True)
class Address:
    """Where the service lives: the host names it answers to, and other origins it trusts."""

    hosts: tuple[str, ...] = LOOPBACK
    origins: tuple[str, ...] = ()
