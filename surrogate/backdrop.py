"""Drawings in world coordinates: what a map is laid over, a pitch or a level or a wing.

A simulator that has a natural picture declares a `Backdrop`; plots and the page draw the map in
its coordinates and its lines above the colours. Shapes are facts only: nothing here draws.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Line:
    """A straight or broken line through `points`, each (across, up) in world units."""

    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Arc:
    """Part of a circle, from `start` to `end` degrees counter-clockwise from the across axis."""

    centre: tuple[float, float]
    radius: float
    start: float = 0.0
    end: float = 360.0


@dataclass(frozen=True)
class Label:
    """A word at a place."""

    at: tuple[float, float]
    text: str


@dataclass(frozen=True)
class Backdrop:
    """A drawing over two parameters: `across` runs to the right, `up` runs upwards."""

    across: str
    up: str
    shapes: tuple[Line | Arc | Label, ...] = field(default=())
    title: str = ""
