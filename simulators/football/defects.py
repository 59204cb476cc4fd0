"""Named defects of a build: what goes wrong in the goalkeeper's head, and where.

Each defect is a physical cause (a late reaction, a wrong step), never a probability. Where it acts
is drawn from the design's `defect_seed`.
"""

from dataclasses import dataclass

import numpy as np

from simulators.football.design import Design
from simulators.football.flight import Array, Mask


@dataclass(frozen=True)
class Bugs:
    """What the defects do to each of n shots, each `(n,)`.

    `late_left`, `late_right`: seconds by which he starts too late towards -aside and +aside;
    `rush`: metres he has come out too far; `stays`: he does not go back for a chip.
    """

    late_left: Array
    late_right: Array
    rush: Array
    stays: Mask


def bugs_at(design: Design, x: Array, y: Array, depth: Array, offset: Array) -> Bugs:
    """What the design's defects do to shots from (x, y) on a keeper at (depth, offset)."""
    none = np.zeros_like(x)
    return Bugs(none, none, none, np.zeros(x.shape, dtype=bool))
