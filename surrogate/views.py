"""What a map, a comparison or a table is asked to show; see the options of the command line."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cut:
    """Which parameters it is over, and where the others are held."""

    x: str | None = None
    y: str | None = None
    hold: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wish(Cut):
    """With a line, or spots, at a level."""

    level: float | None = None


@dataclass(frozen=True)
class Chart(Wish):
    """A map: what is averaged over, and how many points along each axis."""

    average: tuple[str, ...] = ()
    size: int = 128
