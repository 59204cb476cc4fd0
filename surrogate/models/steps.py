"""Steps from shape to shape, which a sample of them takes by Metropolis' rule (Green 1995 for those
between shapes of more and fewer bounds: "Reversible jump Markov chain Monte Carlo").

A step moves an edge or two along one axis; or bounds a shape along one more axis, or along one
less; or draws again which axes are round. With only the first, a sample would keep to the kinds
of shape that chance gave it at first.
"""

import numpy as np

from surrogate.models.lines import MOVES
from surrogate.models.shapes import WIDEST, Shapes, combined
from surrogate.space import Array

_KINDS = (0.5, 0.3, 0.2)  # how often each kind of step is tried
_STEPS = (-2.3, -0.7)  # log10 of the sizes of a step of an edge


def tried(shapes: Shapes, rng: np.random.Generator) -> tuple[Shapes, Array]:
    """A step of each shape, and the log of how much likelier the way back is than the way, (k,).

    -inf marks a step that can't be taken.
    """
    kind = rng.choice(len(_KINDS), len(shapes), p=_KINDS)
    ways = [_edged(shapes, rng), _bounded(shapes, rng), _rounded(shapes, rng)]
    shapes = combined([way for way, _ in ways], lambda each: np.choose(kind[:, None], each))
    return shapes, np.choose(kind, [ratio for _, ratio in ways])


def _edged(shapes: Shapes, rng: np.random.Generator) -> tuple[Shapes, Array]:
    """Edges along one of the axes that bound each are moved."""
    k, axis = len(shapes), shapes.some_axis(rng)
    step = rng.standard_normal(k) * 10.0 ** rng.uniform(*_STEPS, k)
    below, above = MOVES[rng.integers(0, len(MOVES), k)].T
    return shapes.shifted(axis, below * step, above * step), np.zeros(k)


def _bounded(shapes: Shapes, rng: np.random.Generator) -> tuple[Shapes, Array]:
    """One axis bounds each that did not, or does not that did; a round one stays as it is."""
    k, d = shapes.low.shape
    axis, rows = rng.integers(0, d, k), np.arange(k)
    was = shapes.bounded[rows, axis]
    width = rng.uniform(0.0, WIDEST, k)
    begin = rng.random(k) - 0.5 * width
    low, high = shapes.low.copy(), shapes.high.copy()
    low[rows, axis] = np.where(was, 0.0, begin)
    high[rows, axis] = np.where(was, 1.0, begin + width)
    ratio = np.where(was, -np.log(WIDEST), np.log(WIDEST))
    stays = was & (shapes.round[rows, axis] | (shapes.bounded.sum(axis=1) < 2))
    return Shapes(low, high, shapes.round), np.where(stays, -np.inf, ratio)


def _rounded(shapes: Shapes, rng: np.random.Generator) -> tuple[Shapes, Array]:
    """Which axes are round is drawn again."""
    anew = shapes.rounded_anew(rng)
    return anew, shapes.log_rounding() - anew.log_rounding()
