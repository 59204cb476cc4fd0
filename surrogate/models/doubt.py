"""How sure hyper-parameters are: the normal approximation of their posterior at its peak.

symbol   meaning                                                          shape
theta    hyper-parameters at the peak, logarithms                         (p,)
H        second derivatives of -log posterior in units of the prior's sd  (p, p)
"""

import numpy as np

from surrogate.models.forms import Prior
from surrogate.models.search import Evidence
from surrogate.space import Array, Mask

# At few runs the variance may well be far higher than at the peak, and intervals that know only the
# peak's are too narrow. The mean of a lognormal variance is exp(s2 / 2) times its median; half of
# that exponent brought intervals at 10 and 20 runs of the published level sets to what they
# promise, and left errors after 50 and 100 runs as they were.
_RISE = 0.25
_FEW, _ENOUGH = 20, 50  # runs up to which all of the rise counts, and from which none of it
_STEP = 0.05  # of a prior's sd: wide against the rounding of gradients, narrow against their bend


def alternatives(evidence: Evidence, prior: Prior, theta: Array) -> Array:
    """Hyper-parameters (p, p), a row each: one posterior sd from theta along a principal direction.

    H comes from differences of the evidence's gradients. No direction is taken to be wider than
    the prior, which stands for H where the evidence has no finite gradient, and no
    hyper-parameter leaves its bounds.
    """
    H = np.eye(len(theta))
    here = evidence(theta)[1]
    inward = np.where(theta < prior.centre, _STEP, -_STEP) * prior.spread
    for j, step in enumerate(np.diag(inward)):
        rise = evidence(theta + step)[1] - here
        H[:, j] -= prior.spread * rise * prior.spread[j] / step[j]
    H = 0.5 * (H + H.T)
    curvature, axes = np.linalg.eigh(np.where(np.isfinite(H), H, np.eye(len(theta))))
    sd = 1.0 / np.sqrt(np.maximum(curvature, 1.0))
    moves = prior.spread * (axes * sd).T
    outward = np.sum(moves * (prior.centre - theta), axis=1) < 0
    moved = theta + np.where(outward, -1.0, 1.0)[:, None] * moves
    return np.asarray(np.clip(moved, prior.lower, prior.upper))


def risen(theta: Array, others: Array, prior: Prior, scales: Mask, runs: int) -> Array:
    """By how much theta and its alternatives rise so that a variance stands for its mean, (p,).

    `others` are the alternatives (p, p), whose squared distances add up to the posterior variance
    s2 of each hyper-parameter; `scales` (p,) says which of them are variances, those that rise.
    """
    weight = _RISE * np.clip((_ENOUGH - runs) / (_ENOUGH - _FEW), 0.0, 1.0)
    s2 = np.sum((others - theta) ** 2, axis=0)
    return np.asarray(
        np.clip(theta + np.where(scales, weight * s2, 0.0), None, prior.upper) - theta
    )
