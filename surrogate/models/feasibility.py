"""Where the simulator answers: r(x), the chance that a run gives an outcome at all.

Learned from runs that were declined. A simulator may also decline at random, and then no place is
to blame: a map of r is kept only where the data favour it over one rate for the whole space.

    symbol   meaning                                                                 shape
    r        chance of an answer at a point, in [0, 1]                               (n,)
    k, n     how many runs were answered, and how many there were
    odds     log evidence of a map of r over that of one rate, B(k + 1, n - k + 1)

The map is the Gaussian process for yes and no at its most probable hyper-parameters; with their
prior density at its peak taken as 1 the odds are generous to it, which `_CONVINCING` makes good.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import betaln

from surrogate.dataset import ANSWER, Dataset
from surrogate.models.forms import form_of
from surrogate.models.neighbours import EXACT
from surrogate.models.probability import ProbabilityRecipe, ProbabilitySurrogate
from surrogate.models.propagation import propagate
from surrogate.models.sites import CountSites, count_sites
from surrogate.space import Array

# Of 180 designs of 30 to 200 runs in 2-D and 4-D, a tenth to a half of them declined at random,
# none gave such odds (the highest was 4.8). A declined fifth gives 4 to 11 at 30 runs, and 14 or
# more at 60.
_CONVINCING = 5.0  # nats
_WEIGHED = 800  # runs, where there are more than one process holds


@dataclass(frozen=True)
class Feasibility:
    """The chance of an answer: `region`, a map of it, or None where one rate serves.

    `reason` is what the simulator said most often when it declined.
    """

    runs: int
    declined: int
    region: ProbabilitySurrogate | None = None
    reason: str = ""

    @property
    def rate(self) -> float:
        """The share of runs that is answered; Laplace's estimate while there are few."""
        if self.declined == 0:
            return 1.0
        return (self.runs - self.declined + 1.0) / (self.runs + 2.0)

    @property
    def hyperparameters(self) -> Mapping[str, Any]:
        """Those of the map; none where there is no map."""
        return {} if self.region is None else self.region.hyperparameters

    def chance(self, units: Array) -> Array:
        """r at `units` (n, d), each in [0, 1], shape (n,)."""
        if self.region is None:
            return np.full(len(units), self.rate)
        return self.region.predict(units).mean

    @property
    def words(self) -> str:
        """What to know of it, a sentence for people; "" where every run was answered."""
        if self.declined == 0:
            return ""
        said = f' ("{self.reason}")' if self.reason else ""
        count = f"{self.declined} of {self.runs} runs were declined{said}"
        if self.region is None:
            return f"{count}, in no region that shows: queries go on everywhere."
        return f"{count}, in a region of their own: queries keep out of it as far as it is known."


def learn_feasibility(
    answers: Dataset, *, start: Mapping[str, Any] | None = None, optimise: bool = True
) -> Feasibility:
    """r learned from `answers`, whose values are 1 where the simulator answered and 0 elsewhere.

    `start` are hyper-parameters of a map to begin from; with `optimise` False there is a map
    exactly where they are given, and it has them.
    """
    declined = int(len(answers) - answers.values.sum())
    one_rate = Feasibility(len(answers), declined)
    if declined == 0 or not (start or optimise):
        return one_rate
    recipe = ProbabilityRecipe(ANSWER, answers.dimension, doubt=False)
    region = recipe.fit(answers, start=start or None, optimise=optimise)
    if optimise and _odds(count_sites(answers), region.hyperparameters) < _CONVINCING:
        return one_rate
    return replace(one_rate, region=region)


def _odds(sites: CountSites, values: Mapping[str, Any]) -> float:
    """See the table; of very many sites as some tell it."""
    sites = sites if len(sites.units) <= EXACT else sites.some(_WEIGHED)
    form = form_of(values, sites.units.shape[1])
    K = form.member(values)(sites.units, sites.units)
    a_map = propagate(K, sites.likelihood).log_evidence
    a_map += form.prior.log_density(form.theta(values))
    return float(a_map - betaln(sites.yes.sum() + 1.0, sites.no.sum() + 1.0))
