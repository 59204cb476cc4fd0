"""What planted defects do to the rate of goals: the truth that their tests go by."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.football.defects import acts
from simulators.football.flight import Array
from simulators.football.simulator import FootballSimulator
from simulators.football.truth import goal_rate
from surrogate.space import Space

_FOOTPRINT_DRAWS = 2**16


@dataclass(frozen=True)
class DefectTruth:
    """What a design's defects do to the rate of goals in a space, at points where they act.

    `units` (m, d) are rows of the space's cube, drawn from its distribution; `sound` and `broken`
    (m,) the rates there without and with the defects. `footprint` is the share of the space where
    the defects act at all, `share` that where they carry the rate over `level`.
    """

    level: float
    footprint: float
    units: Array
    sound: Array
    broken: Array

    @property
    def crossing(self) -> NDArray[np.bool_]:
        """At which of the points the defects carry the rate over the level."""
        return (self.sound <= self.level) & (self.broken > self.level)

    @property
    def share(self) -> float:
        """Of the space, where the rate is over the level with the defects and not without."""
        return self.footprint * float(np.mean(self.crossing)) if len(self.units) else 0.0

    @property
    def lift(self) -> Array:
        """What the defects add to the rate at the points, `(m,)`."""
        return self.broken - self.sound


def defect_truth(
    simulator: FootballSimulator,
    space: Space,
    rng: np.random.Generator,
    *,
    level: float = 0.5,
    points: int = 400,
    shots: int = 2000,
) -> DefectTruth:
    """Where in `space` the simulator's defects act, and what they change there.

    `space` is what a plan leaves free of the simulator's inputs. At most `points` points are
    measured, with `shots` shots each way.
    """
    units = space.draw(_FOOTPRINT_DRAWS, rng)
    columns = {**space.fixed, **space.columns(units)}
    whole = simulator.columns({name: np.asarray(c) for name, c in columns.items()})
    place = [
        np.broadcast_to(whole[k], len(units)).astype(float) for k in ("x", "y", "keeper_depth")
    ]
    inside = acts(simulator.design, *place)
    chosen = units[inside][:points]
    where = {name: np.asarray(c) for name, c in space.fixed.items()} | space.columns(chosen)
    sound = simulator.with_knobs({"defects": []})
    broken, _ = goal_rate(simulator, where, shots, rng)
    return DefectTruth(
        level,
        float(np.mean(inside)),
        chosen,
        goal_rate(sound, where, shots, rng)[0],
        broken,
    )
