"""A surrogate with guides: f(x) = b0 + b1 h(x) + r(x), with b1 near 0 where h is useless.

A guide h is a guess made by hand (`models.heuristic`) or another outcome that each run gives
beside the question (`models.helping`).

    symbol   meaning                                                              shape
    h, u     value and variance of a guide at a point                             (n,)
    b1       slope, N(0, trust) before the runs; b its posterior mean             (k,)
    r        the rest: a Gaussian process over the space

With the slope normal, b1 h(x) has the covariance trust h h': one kernel more. The `trust` in a
guess is learned with the other hyper-parameters. That in an outcome that helps is 1, the scale of
f being its own: its values at the runs, each left out, hide what the runs gave, and a large slope
downwards would dig it out. A guide that was learned adds b^2 u to the variance of f. The guides are
used as long as they foretell what they have not seen, so that one that misleads costs little. A
guess of a chance may also be what it begins with (`models.trusted`): the runs say which is better.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from surrogate.dataset import Dataset
from surrogate.errors import PlanError
from surrogate.models.base import Recipe
from surrogate.models.forms import MOST_GUIDES, guided_name, part_of, prefixed
from surrogate.models.helping import HelperRecipe
from surrogate.models.heuristic import Guessed
from surrogate.models.neighbours import EXACT, MANY
from surrogate.models.numbers import NumberRecipe, NumberSurrogate
from surrogate.models.patched import smooth_of
from surrogate.models.posterior import Posterior, Reread
from surrogate.models.probability import ProbabilityRecipe, ProbabilitySurrogate
from surrogate.models.propagation import propagate
from surrogate.models.recipes import GaussianRecipe, GaussianSurrogate
from surrogate.models.sites import CountSites, count_sites
from surrogate.models.trusted import (
    DEARER,
    FORM as TRUSTED,
    TrustedPosterior,
    trusted,
    trusted_words,
)
from surrogate.profiles import Rbf
from surrogate.space import Array

# Nats by which an outcome that helps may foretell worse by itself and still be used, for the two
# together are better than either: of 24 campaigns of 40 to 160 runs 2 were beyond that with a true
# margin, and of 9 with a random one 8.
_PATIENCE = 2.0

# A guess to begin with has to be ahead by the log of how many times this the answers are, in nats.
# While next to nothing is known, a wrong one costs next to nothing; later, one that was half as
# bold as the truth made the map twice as wrong where a nat was enough, being up to 2.5 ahead of
# none after 100 to 200 answers. Good ones are ahead by 5 to 8 then, and by 1.6 after 8 to 60.
_EARLY = 8.0
_GRACE = (
    1.5  # nats that a guess to begin with may foretell worse by now: good ones did by up to 1.3
)


class Guide(Protocol):
    """A guide that is ready to be read. Pure, and safe to read from any thread."""

    @property
    def hyperparameters(self) -> Mapping[str, Any]:
        """Flat and JSON-able; with them and the same data its recipe makes it again."""

    def at_runs(self, data: Dataset) -> Array:
        """h at the runs it was made with, as it would be without what each of them gave, (n,)."""

    def read(self, units: Array) -> tuple[Array, Array]:
        """h and u at `units` (n, d), both (n,)."""

    def covariance(self, a: Array, b: Array) -> Array:
        """Of h, between `a` (n, d) and `b` (m, d), shape (n, m)."""

    def held_out(self, data: Dataset) -> float | None:
        """Log density of the answers by h alone, each run left out; None for a guess."""


class GuideRecipe(Protocol):
    """How to make a guide from data."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def kind(self) -> str:
        """Whether f may follow h in a `LINE` alone, or in a `CURVE`, h being one more input."""

    def fit(self, data: Dataset, *, start: Mapping[str, Any], optimise: bool) -> Guide | None:
        """The guide; None where the data give none yet. See `models.base.Recipe.fit`."""


@dataclass(frozen=True)
class GuidedPosterior(Reread):
    """The process of `inner`, whose last columns are guides, as one over the space alone.

    `slopes` (k,) are the guides' b, by which their own variance counts. Of runs that are told later
    guides stay as they are.
    """

    inner: Posterior
    guides: tuple[Guide, ...]
    slopes: Array

    @property
    def units(self) -> Array:
        """The sites in the unit cube, without their guides, (n, d)."""
        return self.inner.units[:, : -len(self.slopes)]

    def rows(self, q: Array) -> Array:
        """`q` with its guides beside it, (m, d + k)."""
        return self._read(q)[0]

    def latent(self, q: Array) -> tuple[Array, Array]:
        """Mean and variance of f at `q`, both (m,)."""
        rows, doubts = self._read(q)
        mean, variance = self.inner.latent(rows)
        return mean, variance + doubts @ self.slopes**2

    def covariance(self, a: Array, b: Array) -> Array:
        """Posterior covariance of f between `a` and `b`."""
        total = super().covariance(a, b)
        for slope, guide in zip(self.slopes, self.guides, strict=True):
            total = total + slope**2 * guide.covariance(a, b)
        return total

    def _read(self, q: Array) -> tuple[Array, Array]:
        """`q` with its guides beside it, (m, d + k), and their variances, (m, k)."""
        read = [guide.read(q) for guide in self.guides]
        return np.column_stack([q, *(h for h, _ in read)]), np.column_stack([u for _, u in read])


@dataclass(frozen=True)
class GuidedRecipe:
    """`plain` with `guides`, as long as they help; else `plain` alone."""

    plain: GaussianRecipe
    guides: tuple[GuideRecipe, ...]

    @property
    def name(self) -> str:
        """Of both, so that a plan with other guides is another recipe."""
        return f"{self.plain.name} with {', '.join(guide.name for guide in self.guides)}"

    def fit(
        self, data: Dataset, *, start: Mapping[str, Any] | None = None, optimise: bool = True
    ) -> GaussianSurrogate:
        """A surrogate of `data`; see `models.base.Recipe.fit`."""
        known = start or {}
        was_guided = known.get("form") in (*self._forms, TRUSTED)
        own, learns = None if was_guided else start, optimise or was_guided
        if len(data) > EXACT or not learns:
            return self.plain.fit(data, start=own, optimise=learns)
        found = [
            recipe.fit(data, start=part_of(known, _prefix(j)), optimise=optimise)
            for j, recipe in enumerate(self.guides)
        ]
        guides = tuple(guide for guide in found if guide is not None)
        if not optimise:
            if known["form"] == TRUSTED and (word := self._word(guides)):
                return trusted(*word, data, start=start, optimise=False)
            surrogate = self._inner.fit(_beside(data, guides), start=start, optimise=False)
            return _joined(surrogate, guides, data.dimension)
        alone = self.plain.fit(data, start=own)
        if len(guides) < len(self.guides):
            return alone
        return self._better(data, guides, alone, start if was_guided else None)

    def _better(
        self,
        data: Dataset,
        guides: tuple[Guide, ...],
        alone: GaussianSurrogate,
        start: Mapping[str, Any] | None,
    ) -> GaussianSurrogate:
        """`alone`, or the surrogate with guides, whichever foretells better what it has not seen.

        An outcome that helps is judged by itself: beside the rest of a surrogate it is not left
        out as a whole, since its values at other runs have seen the one left out.
        """
        least = held_out(alone, data)
        scores = [score for guide in guides if (score := guide.held_out(data)) is not None]
        if any(score < least - _PATIENCE for score in scores):
            return alone
        beside = _beside(data, guides)
        surrogate = self._inner.fit(beside, start=start)
        joined = _joined(surrogate, guides, data.dimension)
        if scores:
            return joined
        word = self._word(guides)
        if word and word[1].is_a_chance and isinstance(alone, ProbabilitySurrogate):
            begun = trusted(*word, data, start=start, optimise=True)
            if _is_borne_out(begun, alone, data):
                return begun
        # Of two hyper-parameters more: without their price a guess on a scale of its own that was
        # useless was followed on 4 of 16 sets of 20 to 200 answers, at up to twice the error.
        return joined if held_out(surrogate, beside) > least + DEARER else alone

    def _word(self, guides: Sequence[Guide]) -> tuple[ProbabilityRecipe, Guessed] | None:
        """What `trusted` takes, where the only guide is a guess of a yes or no."""
        if not isinstance(self.plain, ProbabilityRecipe) or len(guides) != 1:
            return None
        return (self.plain, guides[0]) if isinstance(guides[0], Guessed) else None

    def words(self, hyperparameters: Mapping[str, Any]) -> str:
        """Whether the guides are used, a sentence for people."""
        names = " and ".join(guide.name for guide in self.guides)
        who = f"{names[0].upper()}{names[1:]}"
        if hyperparameters.get("form") == TRUSTED:
            return f"{who} is where it began, {trusted_words(hyperparameters)}."
        if hyperparameters.get("form") in self._forms:
            return f"{who} helps: the runs are foretold better with it."
        if MANY in hyperparameters:
            return f"{who} is left out: with so many runs no need."
        return f"{who} is no help so far and is left out."

    @property
    def _forms(self) -> tuple[str, ...]:
        """Those that compete; yes and no say too little of smoothness for more than one."""
        kinds = [guide.kind for guide in self.guides]
        usual = guided_name(kinds)
        is_number = isinstance(self.plain, NumberRecipe)
        return (usual, guided_name(kinds, Rbf())) if is_number else (usual,)

    @property
    def _inner(self) -> GaussianRecipe:
        dimension = self.plain.dimension + len(self.guides)
        return replace(self.plain, dimension=dimension, forms=self._forms)


def assisted(plain: Recipe, guides: Sequence[GuideRecipe]) -> Recipe:
    """`plain` with what a plan puts beside it: guides, or what tells where patches lie.

    Raises `PlanError` for a recipe that takes none of these, or not so many.
    """
    if not isinstance(plain, ProbabilityRecipe) or not plain.patches:
        return guided_by(guides, plain)
    names = [guide.name for guide in guides]
    if len(guides) != 1 or not isinstance(guides[0], HelperRecipe):
        raise PlanError(
            "surrogate 'gp-patches' takes one outcome that helps and no heuristic, "
            f"{', '.join(names)} came; leave out what it does not take, or use 'gp'"
        )
    return replace(plain, located_by=names[0], name=f"{plain.name} with {names[0]}")


def guided_by(guides: Sequence[GuideRecipe], plain: Recipe) -> GuidedRecipe:
    """`plain` with guides; raises `PlanError` for a recipe that takes none, or too many guides."""
    if not isinstance(plain, GaussianRecipe):
        raise PlanError(
            f"surrogate '{plain.name}' takes no guides; leave helps and heuristic out, or use 'gp'"
        )
    if len(guides) > MOST_GUIDES:
        raise PlanError(
            f"{len(guides)} guides came, helps and heuristic together; use {MOST_GUIDES} at most"
        )
    return GuidedRecipe(plain, tuple(guides))


def guide_words(recipe: Recipe, hyperparameters: Mapping[str, Any]) -> str:
    """Whether a recipe's guides are used, a sentence for people; "" for one without."""
    if isinstance(recipe, ProbabilityRecipe) and recipe.located_by:
        name = recipe.located_by
        where = f"{name[0].upper()}{name[1:]} tells where a small patch may lie"
        return f"{where}, and the answers what it does."
    return recipe.words(hyperparameters) if isinstance(recipe, GuidedRecipe) else ""


def held_out(surrogate: GaussianSurrogate, data: Dataset) -> float:
    """Log density of what was seen at each place, foretold with the place left out, summed.

    `data` is what it was fitted to; hyper-parameters stay as they are, and patches do not count.
    For yes and no from expectation propagation's cavities: Rasmussen and Williams 2006, 3.6.
    """
    if isinstance(surrogate, NumberSurrogate):
        miss, variance = _conditioned(surrogate).left_out()
        return -0.5 * float(np.sum(np.log(2.0 * np.pi * variance) + miss**2 / variance))
    return judged_chances(*_answered(surrogate, data))[1]


def foretold(surrogate: GaussianSurrogate, data: Dataset) -> float:
    """How well a surrogate that is no guess's own foretells what it was fitted to, in nats.

    Of numbers what `held_out` says. Of yes and no the log evidence: the sum of what each answer was
    foretold to be from those before it (Dawid 1984, J. R. Stat. Soc. A 147). Left out one by one
    they say too little: at a boundary that was found each is foretold by its neighbours, and a map
    of nothing but these runs was taken for one that knows as much as 400 before them.
    """
    if isinstance(surrogate, NumberSurrogate):
        return held_out(surrogate, data)
    return judged_chances(*_answered(surrogate, data))[0]


def _is_borne_out(begun: ProbabilitySurrogate, alone: ProbabilitySurrogate, data: Dataset) -> bool:
    """Whether the runs speak for a guess to begin with and against a surrogate without it.

    The evidence counts what it foretold from the first run on, where a guess is worth most; what
    is left out now guards against one that is worth no more by now.
    """
    now, before = (judged_chances(*_answered(one, data)) for one in (begun, alone))
    assert isinstance(begun.posterior, TrustedPosterior)
    clearly = max(float(np.log(len(data) / _EARLY)), 1.0) + begun.posterior.chances.price
    return now[0] > before[0] + clearly and now[1] > before[1] - _GRACE


def _answered(surrogate: ProbabilitySurrogate, data: Dataset) -> tuple[Posterior, CountSites]:
    """The process that answers were learned with, and what they say of it."""
    posterior = surrogate.posterior
    if isinstance(posterior, TrustedPosterior):
        return posterior.inner, replace(posterior.chances.beside(data), lapse=surrogate.lapse)
    if isinstance(posterior, GuidedPosterior):
        data = _beside(data, posterior.guides)
    return _conditioned(surrogate), replace(count_sites(data), lapse=surrogate.lapse)


def judged_chances(posterior: Posterior, sites: CountSites) -> tuple[float, float]:
    """Log evidence of the answers at `sites`, which the process was conditioned on.

    With it comes what `held_out` says of them.
    """
    likelihood = sites.likelihood
    found = propagate(posterior.kernel(sites.units, sites.units), likelihood)
    return found.log_evidence, float(np.sum(likelihood.moments(*found.left_out).log_z))


def _conditioned(surrogate: GaussianSurrogate) -> Posterior:
    """The process over the inputs that runs were read with, guides among them."""
    process = smooth_of(surrogate.posterior)
    if isinstance(process, GuidedPosterior):
        return process.inner
    if isinstance(process, Posterior):
        return process
    raise TypeError("a surrogate that has no guides yet was expected")


def _beside(data: Dataset, guides: tuple[Guide, ...]) -> Dataset:
    """The data with the guides' values as further columns."""
    columns = [guide.at_runs(data) for guide in guides]
    choices = data.choices + (0,) * len(guides)
    return replace(data, units=np.column_stack([data.units, *columns]), choices=choices)


def _joined(
    surrogate: GaussianSurrogate, guides: tuple[Guide, ...], dimension: int
) -> GaussianSurrogate:
    """The surrogate over the space alone, its guides inside."""
    inner = _conditioned(surrogate)
    values = dict(surrogate.hyperparameters)
    trust = np.array([values.get(f"trust.{j}", 1.0) for j in range(len(guides))])
    slopes = trust * (inner.weights @ inner.units[:, dimension:])
    for j, guide in enumerate(guides):
        values |= prefixed(_prefix(j), guide.hyperparameters)
    posterior = GuidedPosterior(inner, guides, slopes)
    joined = replace(surrogate, posterior=posterior, hyperparameters=values)
    # noise is mapped beside guides too: their columns are not there where it would be read
    return replace(joined, varying=None) if isinstance(joined, NumberSurrogate) else joined


def _prefix(guide: int) -> str:
    return f"guide.{guide}."
