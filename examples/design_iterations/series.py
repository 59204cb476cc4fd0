"""Forty shots from each place: one run of the campaign is a short series in the game."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from simulators.football import shot
from simulators.football.simulator import FootballSimulator
from surrogate import Count, Space
from surrogate.space import Point

SHOTS = 40


@dataclass(frozen=True)
class Series:
    """The game, asked forty times; its knobs are the game's."""

    game: FootballSimulator = shot
    name: str = "forty shots"
    outcomes: tuple[Count, ...] = (Count("goals", of=SHOTS),)

    @property
    def space(self) -> Space:
        """The inputs of one shot."""
        return self.game.space

    @property
    def knobs(self) -> Mapping[str, Any]:
        """The design's decisions."""
        return self.game.knobs

    def with_knobs(self, changes: Mapping[str, Any]) -> "Series":
        """The series in another design."""
        return replace(self, game=self.game.with_knobs(changes))

    def with_settings(self, changes: Mapping[str, Any]) -> "Series":
        """The series with the game run another way."""
        return replace(self, game=self.game.with_settings(changes))

    def __call__(self, point: Point, *, rng: np.random.Generator) -> int:
        """How many of forty shots go in."""
        draws = rng.standard_normal((SHOTS, self.game.scene.draws))
        shots = self.game.columns([point] * SHOTS)
        return int(self.game.scene.play(shots, draws, self.game.design).goal.sum())


series = Series()
