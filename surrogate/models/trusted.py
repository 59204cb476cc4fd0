"""A guess of a chance as what a process begins with: f(x) = z(x) + r(x).

    symbol   meaning                                                              shape
    h        the chance that was guessed                                          (n,)
    m, b     level and boldness of the guess: h stands for m + b (h - 1/2); m is N(.5, .15^2) and
             log b N(0, .7^2) before the runs, and both are what is likeliest after them
    z        the probit of that, .005 from 0 and 1 at least                       (n,)
    r        by how much it is wrong: a level, N(0, 0.1), and a Matern-5/2 process

The other way to use a guess, as one more input that the response may follow in a line or a curve
(`models.guided`), has to learn the scale of the guess from the runs, which yes and no are slow to
tell. Of discrim_lowdim 40 runs gave an error of .017 with a guess that was wrong by .013, in place
of .044 as an input and .050 without; where the guess was upside down in half of the space, the
evidence said so on 24 of 24 data sets of 20 to 200 runs. A guess half as bold as the truth doubled
the error at its word; with m and b it is worth as much as one that is as bold.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import minimize
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
_REST_LEVEL = 0.1  # variance
_LEVEL, _BOLDNESS = 0.15, 0.7  # sd of m and of log b
DEARER = 2.0  # nats that two more hyper-parameters have to be worth: one each (Akaike 1974)
_WORD = {"guess.level": 0.5, "guess.boldness": 1.0}  # m and b, by name, of a guess at its word


@dataclass(frozen=True)
class Chances:
    """A guess of a chance, with the level m and the boldness b that the runs give it."""

    guess: Guessed
    level: float = 0.5
    boldness: float = 1.0

    @classmethod
    def likeliest(cls, guess: Guessed, sites: CountSites) -> "Chances":
        """With those that the answers at `sites` and the prior make likeliest, nothing else known;
        at its word as long as these are not worth their two parameters.
        """
        said = guess.said(sites.units)

        def read(t: Array) -> "Chances":
            boldness = float(np.exp(_BOLDNESS * t[1]))
            return cls(guess, 0.5 + _LEVEL * float(t[0]), boldness)

        def cost(t: Array) -> float:
            one: Chances = read(t)
            p = one.of(said)
            told = sites.yes @ np.log(p) + sites.no @ np.log1p(-p)
            return one.price - float(told)

        word = np.zeros(2)
        best = minimize(cost, word, method="Nelder-Mead")
        return read(best.x) if cost(word) - best.fun > DEARER else cls(guess)

    @classmethod
    def of_stored(cls, guess: Guessed, values: Mapping[str, Any]) -> "Chances":
        """As hyper-parameters have them; at its word in those of before these were learned."""
        return cls(guess, *(float(values[name]) for name in _WORD if name in values))

    @property
    def named(self) -> dict[str, float]:
        """As hyper-parameters."""
        return dict(zip(_WORD, (self.level, self.boldness), strict=True))

    @property
    def price(self) -> float:
        """The nats that the prior of m and b takes off."""
        away = (self.level - 0.5) / _LEVEL, np.log(self.boldness) / _BOLDNESS
        return 0.5 * float(away[0] ** 2 + away[1] ** 2)

    def of(self, said: Array) -> Array:
        """The chances that guesses h stand for."""
        return np.clip(self.level + self.boldness * (said - 0.5), _SURE, 1.0 - _SURE)

    def probits(self, units: Array) -> Array:
        """z at `units` (n, d), (n,)."""
        return np.asarray(ndtri(self.of(self.guess.said(units))))

    def beside(self, data: Dataset) -> CountSites:
        """The answers at each place, as what they say of r."""
        sites = count_sites(data)
        return replace(sites, offset=self.probits(sites.units))


@dataclass(frozen=True)
class TrustedPosterior(Shifted):
    """The process of r as one of f."""

    chances: Chances

    def known(self, q: Array) -> Array:
        """z at `q`, (m,)."""
        return self.chances.probits(q)


def trusted(
    plain: ProbabilityRecipe,
    guess: Guessed,
    data: Dataset,
    *,
    start: Mapping[str, Any] | None,
    optimise: bool,
) -> ProbabilitySurrogate:
    """The surrogate of `data` that begins with what was guessed."""
    if optimise:
        chances = Chances.likeliest(guess, count_sites(data))
    else:
        chances = Chances.of_stored(guess, start or {})
    form, sites = _form(plain.dimension), chances.beside(data)
    fitted = plain.fit_form(form, sites, start=start, optimise=optimise)
    assert isinstance(fitted.posterior, Posterior)
    values = {**fitted.hyperparameters, **chances.named}
    posterior = TrustedPosterior(fitted.posterior, chances)
    return replace(fitted, posterior=posterior, hyperparameters=values)


def trusted_words(values: Mapping[str, Any]) -> str:
    """What the runs make of a guess with these hyper-parameters, for people."""
    level, boldness = (float(values.get(name, at)) for name, at in _WORD.items())
    if (level, boldness) == tuple(_WORD.values()):
        return "taken at its word as a chance"
    low, high = (np.clip(level + boldness * (said - 0.5), 0, 1) for said in (0.25, 0.75))
    return f"a chance of 0.25 there is read as {low:.2f}, one of 0.75 as {high:.2f}"


def _form(dimension: int) -> Form:
    variance = Entry("variance", 0.2, 1.2, 1e-3, 1e4)
    return stationary(FORM, Matern52(), variance, lengths(dimension), level=_REST_LEVEL)
