"""A guess of a chance, taken at its word: f(x) = z(x) + r(x).

    symbol   meaning                                                              shape
    z        the probit of the chance that was guessed, .005 from 0 and 1 at least  (n,)
    r        by how much it is wrong: a level, N(0, 0.1), and a Matern-5/2 process

The other way to use a guess, as one more input that the response may follow in a line or a curve
(`models.guided`), has to learn the scale of the guess from the runs, which yes and no are slow to
tell. Of discrim_lowdim 40 runs gave an error of .017 with a guess that was wrong by .013, in place
of .044 as an input and .050 without; where the guess was upside down in half of the space, the
evidence said so on 24 of 24 data sets of 20 to 200 runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import ndtri

from surrogate.dataset import Dataset
from surrogate.models.forms import Entry, Form, lengths, stationary
from surrogate.models.heuristic import Guessed
from surrogate.models.posterior import Posterior, Shifted
from surrogate.models.probability import ProbabilityRecipe, ProbabilitySurrogate
from surrogate.models.sites import CountSites, count_sites
from surrogate.profiles import Matern52
from surrogate.space import Array

FORM = "trusted"  # of hyper-parameters with which a guess is taken at its word
_SURE = 0.005  # a guess of 0 or 1 is not meant to be surer; .02 left a third more error
_LEVEL = 0.1  # variance


@dataclass(frozen=True)
class TrustedPosterior(Shifted):
    """The process of r as one of f."""

    guess: Guessed

    def known(self, q: Array) -> Array:
        """z at `q`, (m,)."""
        return probits(self.guess, q)


def probits(guess: Guessed, units: Array) -> Array:
    """z at `units` (n, d), (n,)."""
    return np.asarray(ndtri(np.clip(guess.said(units), _SURE, 1.0 - _SURE)))


def trusted(
    plain: ProbabilityRecipe,
    guess: Guessed,
    data: Dataset,
    *,
    start: Mapping[str, Any] | None,
    optimise: bool,
) -> ProbabilitySurrogate:
    """The surrogate of `data` that begins with what was guessed."""
    form, sites = _form(plain.dimension), sites_beside(guess, data)
    fitted = plain.fit_form(form, sites, start=start, optimise=optimise)
    assert isinstance(fitted.posterior, Posterior)
    return replace(fitted, posterior=TrustedPosterior(fitted.posterior, guess))


def sites_beside(guess: Guessed, data: Dataset) -> CountSites:
    """The answers at each place, as what they say of r."""
    sites = count_sites(data)
    return replace(sites, offset=probits(guess, sites.units))


def _form(dimension: int) -> Form:
    variance = Entry("variance", 0.2, 1.2, 1e-3, 1e4)
    return stationary(FORM, Matern52(), variance, lengths(dimension), level=_LEVEL)
