"""Where a patch lies, told by a graded outcome beside the answers: by how much, not only whether.

A goal says whether; by how much it was one says more of where a goalkeeper errs. (On the football
game, a shot inside a planted defect tells .5 to 1.4 nats by its margin, and .2 by being a goal or
none.) So shapes are sampled by what the graded outcome has of them, and then judged by the answers,
which alone say what a patch does to the odds.

    symbol   meaning                                                              shape
    y        the graded outcome's mean at each site, up where yes is, of sd 1     (n,)
    t        runs that gave it there                                              (n,)
    c        the sd of a run's noise, learned as `plain` learns a kernel          1

y / c is seen through noise of variance 1 / t, as f is through a probit's, so that the same priors
and the same lifts serve. Conditioning is exact: with w and B of `updating`,
log p(y) = -y'w / 2c - log |B| / 2 - n log c up to a constant, and its slope along log c is
y'w / c - n (Rasmussen and Williams 2006, eq. 2.30).
"""

from dataclasses import dataclass

import numpy as np

from surrogate.dataset import Dataset
from surrogate.models.conditioning import MISSING
from surrogate.models.forms import Form, Prior
from surrogate.models.helping import grading, seen
from surrogate.models.patches import Located, located
from surrogate.models.plain import PRECISION, beginnings, stiff
from surrogate.models.propagation import Propagated
from surrogate.models.search import maximum_a_posteriori
from surrogate.models.sites import unique_places
from surrogate.models.updating import LEAST_PRECISION, Messages, Updated, thinned
from surrogate.space import Array

_SIZE = 1.0  # of the median distance from what parts yes from no: farther misses count by their log
_FEWEST = 20  # runs that gave the outcome
_ALIKE = 0.1  # of logarithms of hyper-parameters: what is so near is one plain
_NOISE = Prior(  # of log c
    centre=np.zeros(1), spread=np.ones(1), lower=np.full(1, -5.0), upper=np.full(1, 2.0)
)


@dataclass(frozen=True)
class Told:
    """What runs at the sites `units` (n, d) say of y: its means, and t, both (n,)."""

    units: Array
    y: Array
    t: Array

    def evidence(self, form: Form, theta: Array) -> tuple[float, Array]:
        """log p(y) for `form` at theta (p + 1,), log c last, and its gradient."""
        K, pull = form.kernel.at(theta[:-1]).evaluate(self.units)
        found = self._heard(K, theta[-1])
        spread = self.y / np.exp(theta[-1]) @ found.weights - np.count_nonzero(self.t)
        return found.log_evidence, np.append(pull(found.sensitivity()), spread)

    def located(self, form: Form, theta: Array) -> tuple[float, Located]:
        """Where patches may lie beside that process, and the log density of y with one."""
        K = form.kernel.at(theta[:-1])(self.units, self.units)
        found = self._heard(K, theta[-1])
        known = located(self.units, found)
        return found.log_evidence + known.log_factor, known

    def _heard(self, K: Array, log_c: float) -> Propagated[Updated]:
        """The process of prior covariance K (n, n) that has read y / c."""
        y = self.y / np.exp(log_c)
        tau = np.maximum(self.t, LEAST_PRECISION)
        messages = Messages(tau, tau * y)
        updated = thinned(K, MISSING).updated(messages)
        value = -0.5 * (y @ updated.weights) - updated.half_log_det
        value -= np.count_nonzero(self.t) * log_c
        return Propagated(messages, updated, float(value), sweeps=0, converged=True)


def told_by(data: Dataset, name: str) -> Told | None:
    """What the outcome `name` tells at the unique places of `data`; None where it says too little.

    Fewer than 20 runs do, and such as all gave one answer.
    """
    if (found := seen(data, name, _FEWEST)) is None:
        return None
    known, m, share = found
    y = grading(m, share, _SIZE)(m)
    units, place = unique_places(data.units)
    t = np.bincount(place[known], minlength=len(units)).astype(float)
    means = np.bincount(place[known], weights=(y - y.mean()) / y.std(), minlength=len(units))
    return Told(units, means / np.maximum(t, 1.0), t)


def locate(told: Told, form: Form) -> Located:
    """Where a patch may lie, beside the plain of `form` that explains y best with one."""
    even = stiff(form)
    prior = even.prior.beside(_NOISE)
    learned, _ = maximum_a_posteriori(
        lambda theta: told.evidence(even, theta),
        prior,
        starts=[np.append(one, 0.0) for one in beginnings(even)],
        precision=PRECISION,
    )
    centre = np.append(even.prior.centre, learned[-1])
    alike = np.allclose(centre, learned, atol=_ALIKE)
    plains = [learned] if alike else [centre, learned]
    found = [(*told.located(even, theta), prior.log_density(theta)) for theta in plains]
    return max(found, key=lambda one: one[0] + one[2])[1]
