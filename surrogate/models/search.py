"""Hyper-parameters by maximum a posteriori: few starts, one descent, analytic gradients."""

from collections.abc import Callable, Sequence

import numpy as np

from surrogate.models.forms import Prior
from surrogate.space import Array

Evidence = Callable[[Array], tuple[float, Array]]

PRECISION = 1e-6  # of the log posterior, relative: far below what moves a prediction
_MOST_STEPS = 80


def maximum_a_posteriori(
    evidence: Evidence,
    prior: Prior,
    *,
    starts: Sequence[Array],
    precision: float = PRECISION,
    unit: Array | float = 1.0,
) -> tuple[Array, float]:
    """The theta (p,) of highest evidence times prior, and its log; from the best of `starts`.

    `evidence(theta)` gives a log evidence and its gradient; the search ends when a step gains
    less than `precision` of the log posterior. `unit` is what it takes for equally far along each
    of theta. Of yes and no, whose evidence is weak, the prior's sds are: a quarter fewer
    evaluations in 2 to 8 dimensions.
    """
    from scipy.optimize import minimize  # loads late: who only reads a surrogate does without

    def loss(z: Array) -> tuple[float, Array]:
        theta = z * unit
        value, slope = evidence(theta)
        return -value - prior.log_density(theta), -(slope + prior.gradient(theta)) * unit

    inside = [np.clip(start, prior.lower, prior.upper) / unit for start in starts]
    first = min(inside, key=lambda z: loss(z)[0]) if len(inside) > 1 else inside[0]
    found = minimize(
        loss,
        first,
        jac=True,
        method="L-BFGS-B",
        bounds=list(zip(prior.lower / unit, prior.upper / unit, strict=True)),
        options={"ftol": precision, "gtol": 1e-3, "maxiter": _MOST_STEPS},
    )
    return np.clip(found.x * unit, prior.lower, prior.upper), -float(found.fun)
