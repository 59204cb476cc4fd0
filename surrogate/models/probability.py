"""The surrogate of a probability: a Gaussian process f seen through yes and no, p = Phi(f).

symbol   meaning                                              shape
m, v     posterior mean and variance of f                     (n,)
z        m / sqrt(1 + v): Phi(z) is the mean of p             (n,)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from surrogate.dataset import Dataset
from surrogate.kernels import Kernel
from surrogate.models.base import Prediction
from surrogate.models.doubt import alternatives, risen
from surrogate.models.forms import FORMS, Form, form_of
from surrogate.models.likelihood import information
from surrogate.models.many_chances import crowd, pooled
from surrogate.models.neighbours import EXACT, MANY, NEAREST, leading
from surrogate.models.patches import COARSE, Patches, Shift, scan
from surrogate.models.posterior import Alternative, Posterior, Process, Weighable
from surrogate.models.propagation import Propagated, match, propagate, settle
from surrogate.models.search import Evidence, maximum_a_posteriori
from surrogate.models.sites import CountSites, check_columns, count_sites, some_rows
from surrogate.models.updating import ExactlyUpdated, Messages, Updated, thinned
from surrogate.outcome import Binary, Count

Array = NDArray[np.float64]

# Of a site's variance, on a scale on which an answer's noise is 1 and more: what a search and
# alternatives may leave out. The log evidence is then good to some 1e-3; with 1e-2 it is so rough
# that searches take twice as many steps.
_MISSING = 1e-3
_PRECISION = 1e-5  # of the log posterior, relative: what `_MISSING` leaves certain of it
_SEARCH_TOLERANCE = 2e-3  # of messages: the evidence, stationary in them, is then good to 1e-5
_DOUBT_TOLERANCE = 3e-3  # of messages, which moved by 1e-1: doubt is itself a first order
_LAPSES = (0.0, 0.02, 0.05, 0.1, 0.2)  # that are tried where the rate is learned, equally likely
_LEARNED_FROM = 800  # sites, where there are more than are read exactly
_FEWEST_FOR_PATCHES = 20  # runs: fewer can't tell a patch from noise

# Runs that crowd in a patch make a hill of the smooth process nearly as likely as the patch, and
# then hide it; so the plain beside it is even and its lengths long by one sd of their prior, unless
# the data ask for more. On the football game, planted defects were found in 400 runs with the
# variance 0.01 and hardly with 1, which a map has before it is known.
_PLAINS = (0.01, 0.1, 1.0)  # variances
_UNEVEN = 1.5  # sd of the logarithm of the variance, about the first
# By so many nats a map wins over a plain with a patch. After 400 runs on five planted defects a
# map was ahead by 0 to 6, for patches are no boxes; on the penalty box, which has none, by 14 after
# 200 and by 33 after 400, and on waves across the space by 7 and 10.
_BENEFIT_OF_DOUBT = 10.0


@dataclass(frozen=True)
class ProbabilitySurrogate:
    """Answers for a Binary or Count outcome; implements `models.base.LookAhead`.

    `converged` is False where expectation propagation did not settle (not seen so far).
    `patches` is what a search for a small defect suspects beside `smooth`, a stiff process: what
    to ask about. What it tells is judged beside the process of the hyper-parameters. `interval`
    says what intervals come from where runs were so many that they are not read one by one.
    """

    outcome: Binary | Count
    posterior: Process
    hyperparameters: Mapping[str, Any]
    converged: bool = True
    smooth: Weighable | None = None
    patches: Patches | None = None
    interval: str = ""

    def predict(self, units: Array, coverage: float = 0.95) -> Prediction:
        """The mean of p, and the interval that holds p with probability `coverage`."""
        m, v = self.latent(units)
        return self.reading(m, np.stack([v, self.posterior.doubt(units, m)]), coverage)

    def reading(self, centre: Array, spread: Array, coverage: float) -> Prediction:
        """What `predict` gives where f has this mean (n,), and variance and doubt (2, n)."""
        m, v = centre, spread[0]
        half = ndtri(0.5 + 0.5 * coverage) * np.sqrt(v + spread[1])
        return Prediction(ndtr(m / np.sqrt(1.0 + v)), ndtr(m - half), ndtr(m + half), coverage)

    def centre(self, units: Array) -> Array:
        """Posterior mean of f, (n,)."""
        return self.posterior.mean(units)

    def spread(self, units: Array) -> Array:
        """Variance of f, and doubt of its mean, (2, n)."""
        m, v = self.latent(units)
        return np.stack([v, self.posterior.doubt(units, m)])

    def exceedance(self, units: Array, level: float) -> Array:
        """P(p > level), each in [0, 1]; agrees with the intervals of `predict`."""
        m, v = self.latent(units)
        sd = np.sqrt(v + self.posterior.doubt(units, m))
        return np.asarray(ndtr((m - self.threshold(level)) / sd))

    def latent(self, units: Array) -> tuple[Array, Array]:
        """Posterior mean and variance of f."""
        return self.posterior.latent(units)

    def covariance(self, a: Array, b: Array) -> Array:
        """Posterior covariance of f between `a` and `b`."""
        return self.posterior.covariance(a, b)

    def gaps(self, units: Array) -> Array:
        """By how much f's mean moves under each alternative; see `models.base.Doubting`."""
        return self.posterior.gaps(units, self.latent(units)[0])

    def leaders(self, count: int, sign: float) -> Array:
        """The `count` sites of highest readings times `sign`, (k, d), where there are very many."""
        return leading(self.posterior, count, sign)

    @property
    def lapse(self) -> float:
        """The chance that the oracle errs, given or learned, in [0, 1/2)."""
        return float(self.hyperparameters.get("lapse", 0.0))

    def threshold(self, level: float) -> float:
        """Phi^-1(level); infinite at 0 and 1."""
        return float(ndtri(level))

    def told(self, units: Array, yes: Array, trials: Array) -> "ProbabilitySurrogate":
        """The surrogate once it knows `yes` (m,) of `trials` (m,) at `units` (m, d) too.

        Each run's message is the one that matches its moments now; earlier ones stay as they
        are, and so do hyper-parameters (assumed density filtering; Opper 1998). n^2 steps a run:
        for the moment between a result and the next fit, which it foresees to .01 or so in p.
        """
        posterior = self.posterior
        for row, k, t in zip(units[:, None, :], yes, trials, strict=True):
            m, v = posterior.latent(row)
            answers = CountSites(row, np.array([k]), np.array([t - k]), self.lapse)
            message = match(answers.likelihood.moments(m, v), m, v)
            posterior = posterior.told(row, message.nu / message.tau, 1.0 / message.tau)
        return replace(self, posterior=posterior)

    def lesson(self, m: Array, v: Array) -> Array:
        """How much one run lowers covariances: kappa in c -> c - kappa c c'.

        One yes or no: information(z) / (1 + v), exact on average over its answers. A run of t
        trials counts as a Gaussian measurement of a t-th of the noise that one trial stands for.
        """
        one = information(m / np.sqrt(1.0 + v)) / (1.0 + v)
        trials = self.outcome.of if isinstance(self.outcome, Count) else 1
        return trials * one / (1.0 + (trials - 1.0) * one * v)


@dataclass(frozen=True)
class _Optimum:
    """Where a search ended: hyper-parameters (p,) of a form, and their log posterior."""

    form: Form
    theta: Array
    value: float
    lapse: float


@dataclass(frozen=True)
class ProbabilityRecipe:
    """Gaussian process with probit likelihood, by expectation propagation.

    `patches` looks for a small box with other odds beside the smooth process: see `patches.py`.
    """

    outcome: Binary | Count
    dimension: int
    forms: tuple[str, ...] = ("smooth",)
    name: str = "gp"
    doubt: bool = True
    patches: bool = False

    def fit(
        self, data: Dataset, *, start: Mapping[str, Any] | None = None, optimise: bool = True
    ) -> ProbabilitySurrogate:
        """A surrogate of `data`; see `models.base.Recipe.fit`."""
        check_columns(data, self.dimension)
        sites = count_sites(data)
        if len(sites.units) > EXACT:
            return self._of_many(sites, start, optimise=optimise)
        values = self._optimum(sites, start) if optimise else self._given(start)
        sites = replace(sites, lapse=float(values.get("lapse", 0.0)))
        form = form_of(values, self.dimension)
        kernel = form.member(values)
        smooth, suspected, patches = None, None, None
        if self._looks_for_patches(sites):
            plain = _plain(form, sites)
            smooth, suspected = plain.posterior(sites), plain.patches
            log_prior = form.prior.log_density(form.theta(values))
            kernel, patches = _with_a_patch(kernel, log_prior, plain, sites)
        posterior, converged = _read(kernel, form.others(values), patches, sites)
        return ProbabilitySurrogate(self.outcome, posterior, values, converged, smooth, suspected)

    def _of_many(
        self, sites: CountSites, start: Mapping[str, Any] | None, *, optimise: bool
    ) -> ProbabilitySurrogate:
        """The surrogate of more sites than one process holds; it looks for no patches.

        Hyper-parameters are learned from some sites, and then from some cells of what is pooled.
        """
        plain = replace(self, doubt=False, patches=False)
        values = plain._given(start)
        if optimise:
            first = plain._optimum(sites.at(some_rows(len(sites.units), _LEARNED_FROM)), start)
            cells = pooled(form_of(first, self.dimension).member(first), sites, first)
            values = plain._optimum(cells.at(some_rows(len(cells.units), _LEARNED_FROM)), first)
        kernel = form_of(values, self.dimension).member(values)
        sites = replace(sites, lapse=float(values.get("lapse", 0.0)))
        read = crowd(kernel, sites, values)
        return ProbabilitySurrogate(
            outcome=self.outcome,
            posterior=read.process,
            hyperparameters={**values, MANY: NEAREST},
            converged=read.converged,
            interval=read.interval,
        )

    def fit_form(
        self, form: Form, sites: CountSites, *, start: Mapping[str, Any] | None, optimise: bool
    ) -> ProbabilitySurrogate:
        """A surrogate of `sites` of this form alone; see `fit`."""
        if optimise:
            values = self._optimum(sites, start, [form])
        else:
            values = dict(start or form.named(form.prior.centre))
        sites = replace(sites, lapse=float(values.get("lapse", 0.0)))
        kernel, others = form.member(values), form.others(values)
        smooth, patches = None, None
        if self._looks_for_patches(sites):
            plain = _propagated(kernel, sites)
            smooth, patches = _posterior(kernel, sites, plain), scan(sites.units, plain)
        posterior, converged = _read(kernel, others, patches, sites)
        return ProbabilitySurrogate(self.outcome, posterior, values, converged, smooth, patches)

    def _looks_for_patches(self, sites: CountSites) -> bool:
        return self.patches and len(sites.units) >= _FEWEST_FOR_PATCHES

    def _optimum(
        self, sites: CountSites, start: Mapping[str, Any] | None, forms: Sequence[Form] = ()
    ) -> dict[str, Any]:
        """Of the best of `forms`, by default the recipe's own."""
        own = forms or [FORMS[name](self.dimension) for name in self.forms]
        found = [self._found(form, sites, start) for form in own]
        best = max(found, key=lambda each: each.value)
        known, form = replace(sites, lapse=best.lapse), best.form
        values = self._doubted(form, known, best.theta) if self.doubt else form.named(best.theta)
        return values if best.lapse == 0.0 else {**values, "lapse": best.lapse}

    def _doubted(self, form: Form, sites: CountSites, theta: Array) -> dict[str, Any]:
        """What is read in place of the peak `theta`, and alternatives to it, by name."""
        others = alternatives(_evidence(form, sites), form.prior, theta)
        scales = np.array([label == "variance" for label in form.labels])
        rise = risen(theta, others, form.prior, scales, len(sites.units))
        return form.named(theta + rise, others + rise)

    def _found(self, form: Form, sites: CountSites, start: Mapping[str, Any] | None) -> "_Optimum":
        """The best of a form, over the lapse rates that are possible."""
        starts = [form.prior.centre]
        if start is not None and start.get("form") == form.name:
            starts.append(form.theta(start))
        found: list[_Optimum] = []
        for lapse in self._lapses:
            known = replace(sites, lapse=lapse)
            theta, value = maximum_a_posteriori(
                _evidence(form, known), form.prior, starts=starts, precision=_PRECISION
            )
            found.append(_Optimum(form, theta, value, lapse))
            starts = [theta]
        return max(found, key=lambda each: each.value)

    @property
    def _lapses(self) -> tuple[float, ...]:
        lapse = self.outcome.lapse
        return _LAPSES if isinstance(lapse, str) else (lapse,)

    def _given(self, start: Mapping[str, Any] | None) -> dict[str, Any]:
        form = FORMS[self.forms[0]](self.dimension)
        if start is not None:
            return dict(start)
        return {**form.named(form.prior.centre), "lapse": self._lapses[0]}


def _read(
    kernel: Kernel, others: Sequence[Kernel], patches: Patches | None, sites: CountSites
) -> tuple[Posterior, bool]:
    """The process with what a patch shifts, beside its alternatives, and whether it settled."""
    shifted = _shifted(kernel, patches)
    found = _propagated(shifted, sites)
    alternatives = tuple(
        _alternative(_shifted(other, patches), sites, found.messages) for other in others
    )
    return replace(_posterior(shifted, sites, found), alternatives=alternatives), found.converged


def _propagated(
    kernel: Kernel, sites: CountSites, start: Messages | None = None
) -> Propagated[ExactlyUpdated]:
    """The exact fixed point; in few dimensions first, for a start that is nearly there."""
    K, likelihood = kernel(sites.units, sites.units), sites.likelihood
    near = settle(thinned(K, _MISSING), likelihood, start=start, tolerance=_SEARCH_TOLERANCE)
    return propagate(K, likelihood, start=near.messages)


def _posterior(kernel: Kernel, sites: CountSites, found: Propagated[ExactlyUpdated]) -> Posterior:
    return Posterior(kernel, sites.units, found.weights, found.updated.root())


def _shifted(kernel: Kernel, patches: Patches | None) -> Kernel:
    return kernel if patches is None else kernel + Shift(patches.fewer())


@dataclass(frozen=True)
class _Plain:
    """A process too stiff to hide a patch, and the patches beside it."""

    kernel: Kernel
    found: Propagated[Updated]
    log_prior: float
    patches: Patches

    @property
    def value(self) -> float:
        """The log posterior."""
        return self.found.log_evidence + self.log_prior + self.patches.log_factor

    def posterior(self, sites: CountSites) -> Posterior:
        """The process itself, without a patch."""
        return _posterior(self.kernel, sites, _propagated(self.kernel, sites, self.found.messages))


def _plain(form: Form, sites: CountSites) -> _Plain:
    """The likeliest of the plains, each judged beside the patches that it leaves to suspect."""

    def judged(variance: float) -> _Plain:
        long = np.array([label.startswith("length.") for label in form.labels])
        theta = np.where(long, form.prior.centre + form.prior.spread, np.log(variance))
        kernel = form.kernel.at(theta)
        found = _settled(kernel, sites)
        log_prior = -0.5 * float(np.log(variance / _PLAINS[0]) / _UNEVEN) ** 2
        return _Plain(kernel, found, log_prior, scan(sites.units, found, COARSE))

    best = max((judged(variance) for variance in _PLAINS), key=lambda plain: plain.value)
    return replace(best, patches=scan(sites.units, best.found))


def _with_a_patch(
    kernel: Kernel, log_prior: float, plain: _Plain, sites: CountSites
) -> tuple[Kernel, Patches]:
    """The kernel of the map, or of the plain where that with a patch says more; and the patches."""
    found = _settled(kernel, sites)
    patches = scan(sites.units, found)
    value = found.log_evidence + log_prior + patches.log_factor
    likelier = plain.patches.chance >= 0.5 and plain.value > value - _BENEFIT_OF_DOUBT
    return (plain.kernel, plain.patches) if likelier else (kernel, patches)


def _settled(kernel: Kernel, sites: CountSites) -> Propagated[Updated]:
    prior = thinned(kernel(sites.units, sites.units), _MISSING)
    return settle(prior, sites.likelihood, tolerance=_SEARCH_TOLERANCE)


def _alternative(kernel: Kernel, sites: CountSites, start: Messages) -> Alternative:
    """Its mean is all that counts; it enters by a difference, and needs no more than 1e-3."""
    prior = thinned(kernel(sites.units, sites.units), _MISSING)
    likelihood = sites.likelihood
    found = settle(prior, likelihood, start=start, tolerance=_DOUBT_TOLERANCE)
    return Alternative(kernel, found.weights)


def _evidence(
    form: Form,
    sites: CountSites,
    *,
    tolerance: float = _SEARCH_TOLERANCE,
    missing: float = _MISSING,
) -> Evidence:
    """log Z_EP and its gradient; each call begins with the messages that the last one left."""
    likelihood = sites.likelihood
    latest: list[Messages | None] = [None]

    def evidence(theta: Array) -> tuple[float, Array]:
        K, pull = form.kernel.at(theta).evaluate(sites.units)
        found = settle(thinned(K, missing), likelihood, start=latest[0], tolerance=tolerance)
        latest[0] = found.messages
        return found.log_evidence, pull(found.sensitivity())

    return evidence
