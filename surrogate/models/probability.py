"""The surrogate of a probability: a Gaussian process f seen through yes and no, p = Phi(f).

symbol   meaning                                              shape
m, v     posterior mean and variance of f                     (n,)
z        m / sqrt(1 + v): Phi(z) is the mean of p             (n,)
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from surrogate.dataset import Dataset
from surrogate.kernels import Kernel
from surrogate.models.base import Prediction
from surrogate.models.conditioning import evidence_of, exactly, posterior, roughly
from surrogate.models.doubt import alternatives, risen
from surrogate.models.forms import FORMS, Form, form_of
from surrogate.models.likelihood import information
from surrogate.models.locating import locate, told_by
from surrogate.models.many_chances import crowd, pooled
from surrogate.models.neighbours import EXACT, MANY, NEAREST
from surrogate.models.patched import Halves, PatchedPosterior
from surrogate.models.patches import Located, log_factor, scans
from surrogate.models.plain import likeliest_plain
from surrogate.models.posterior import Alternative, Posterior, doubt_of
from surrogate.models.process_surrogate import ProcessSurrogate
from surrogate.models.propagation import Propagated, match
from surrogate.models.remembering import once, recalled
from surrogate.models.scouts import Scouts
from surrogate.models.search import Evidence, maximum_a_posteriori
from surrogate.models.sites import LEARNED, CountSites, check_columns, count_sites, learned_words
from surrogate.models.updating import ExactlyUpdated, Messages
from surrogate.models.worlds import likeliest
from surrogate.outcome import Binary, Count, trials_of
from surrogate.space import Array

_PRECISION = 3e-5  # of the log posterior, relative: a hundredth of a nat at most was lost
_DOUBT_TOLERANCE = 3e-3  # of messages, which moved by 1e-1: doubt is itself a first order
_LAPSES = (0.0, 0.02, 0.05, 0.1, 0.2)  # that are tried where the rate is learned, equally likely
_LEARNED_FROM = 800  # sites at most
_DATASETS = 2  # of which it is kept where patches lie: of a campaign's, and without its audits
_FEWEST_FOR_PATCHES = 20  # runs: fewer can't tell a patch from noise

# By so many nats a map wins over a plain with a patch. After 400 runs on five planted defects a
# map was ahead by 0 to 6; on the penalty box, which has none, by 14 after
# 200 and by 33 after 400, and on waves across the space by 7 and 10.
_BENEFIT_OF_DOUBT = 10.0

_located: deque[tuple[tuple[object, ...], tuple[Located, ...]]] = deque(maxlen=_DATASETS)


@dataclass(frozen=True)
class ProbabilitySurrogate(ProcessSurrogate):
    """Answers for a Binary or Count outcome; implements `models.base.LookAhead`.

    `suspected` is what a search for small defects suspects beside a stiff process, one after the
    other: what to ask about. What it tells may be judged beside the process of the
    hyper-parameters. `interval` says what intervals come from where runs were so many that they are
    not read one by one, or where expectation propagation did not settle.
    """

    outcome: Binary | Count
    suspected: tuple[PatchedPosterior, ...] = ()
    interval: str = ""

    def predict(self, units: Array, coverage: float = 0.95) -> Prediction:
        """The mean of p, and the interval that holds p with probability `coverage`."""
        if isinstance(self.posterior, PatchedPosterior):
            halves, doubting = self._halves(units, self.posterior)
            lower, upper = (doubting.quantile(0.5 + side * coverage) for side in (-0.5, 0.5))
            return Prediction(halves.chance(), ndtr(lower), ndtr(upper), coverage)
        return self.reading(*recalled(self, units, self._known), coverage)

    def reading(self, centre: Array, spread: Array, coverage: float) -> Prediction:
        """What `predict` gives where f is normal of this mean (n,), variance and doubt (2, n)."""
        m, v = centre, spread[0]
        half = ndtri(0.5 + 0.5 * coverage) * np.sqrt(v + spread[1])
        return Prediction(ndtr(m / np.sqrt(1.0 + v)), ndtr(m - half), ndtr(m + half), coverage)

    def _halves(self, units: Array, posterior: PatchedPosterior) -> tuple[Halves, Halves]:
        """f inside and outside a patch, and the same with doubt."""

        def read(units: Array) -> tuple[Halves, Halves]:
            halves = posterior.halves(units)
            return halves, halves.widened(doubt_of(posterior, units, halves.m[1]))

        return recalled(self, units, read)

    def exceedance(self, units: Array, level: float) -> Array:
        """P(p > level), each in [0, 1]; agrees with the intervals of `predict`."""
        if isinstance(self.posterior, PatchedPosterior):
            return 1.0 - self._halves(units, self.posterior)[1].below(self.threshold(level))
        m, spread = recalled(self, units, self._known)
        return np.asarray(ndtr((m - self.threshold(level)) / np.sqrt(spread.sum(axis=0))))

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
        trials = trials_of(self.outcome)
        return trials * one / (1.0 + (trials - 1.0) * one * v)


@dataclass(frozen=True)
class _Optimum:
    """Where a search ended: hyper-parameters (p,) of a form, and their log posterior.

    `evidence` is what it asked, near its answer there.
    """

    form: Form
    theta: Array
    value: float
    lapse: float
    evidence: Evidence


@dataclass(frozen=True)
class ProbabilityRecipe:
    """Gaussian process with probit likelihood, by expectation propagation.

    `patches` looks for a small part with other odds beside the smooth process: see `patches.py`;
    `located_by` names a graded outcome that tells where, if one does: see `locating.py`; `scouts`
    are runs of a parent that are made again: see `scouts.py`. `known` says where patches may lie
    whatever it is fitted to.
    """

    outcome: Binary | Count
    dimension: int
    forms: tuple[str, ...] = ("smooth",)
    name: str = "gp"
    doubt: bool = True
    patches: bool = False
    located_by: str = ""
    scouts: Scouts | None = None
    known: tuple[Located, ...] = field(default=(), compare=False, repr=False)

    def fit(
        self, data: Dataset, *, start: Mapping[str, Any] | None = None, optimise: bool = True
    ) -> ProbabilitySurrogate:
        """A surrogate of `data`; see `models.base.Recipe.fit`."""
        check_columns(data, self.dimension)
        sites = count_sites(data)
        if len(sites.units) > EXACT:
            return self._of_many(sites, start, optimise=optimise)
        values = self._optimum(sites, start) if optimise else self._given(start)
        form = form_of(values, self.dimension)
        if not self._looks_for_patches(sites):
            return self._read(form, values, sites)
        return self._patched(form, values, sites, self.located(data), optimise=optimise)

    def _patched(
        self,
        form: Form,
        values: dict[str, Any],
        sites: CountSites,
        known: Sequence[Located],
        *,
        optimise: bool,
    ) -> ProbabilitySurrogate:
        """The map, or the plain where that with a patch says more; and the patches beside it.

        A map learned before a patch was found took it for a hill, and hills for likely elsewhere.
        """
        sites = replace(sites, lapse=float(values.get("lapse", 0.0)))
        plain = likeliest_plain(form, sites, known)
        suspects = scans(sites.units, plain.found, known)
        patches = likeliest(suspects)
        suspected = plain.beside(patches, sites)
        if optimise and patches.is_found:
            flat = replace(sites, offset=patches.shift(sites.units))
            values = self._optimum(flat, values, [form])
        kernel = form.member(values)
        near = roughly(kernel, sites)
        log_prior = form.prior.log_density(form.theta(values))
        value = near.log_evidence + log_prior + log_factor(sites.units, near, known)
        even = plain.log_posterior + patches.log_factor
        if patches.log_factor >= 0.0 and even > value - _BENEFIT_OF_DOUBT:
            process = suspected.fewer()
        else:
            found = exactly(kernel, sites, near.messages)
            smooth = _with_others(kernel, form, values, sites, found)
            process = PatchedPosterior(smooth, likeliest(scans(sites.units, near, known))).fewer()
        said = learned_words(values, len(sites.units), settled=near.converged)
        hunted = tuple(replace(suspected, patches=each) for each in suspects)
        return ProbabilitySurrogate(self.outcome, process, values, suspected=hunted, interval=said)

    def _of_many(
        self, sites: CountSites, start: Mapping[str, Any] | None, *, optimise: bool
    ) -> ProbabilitySurrogate:
        """The surrogate of more sites than one process holds; it looks for no patches.

        Hyper-parameters are learned from some sites, and then from some cells of what is pooled.
        """
        plain = replace(self, doubt=False, patches=False)
        values = plain._given(start)
        if optimise:
            first = plain._optimum(sites, start)
            cells = pooled(form_of(first, self.dimension).member(first), sites, first)
            values = plain._optimum(cells, first)
        kernel = form_of(values, self.dimension).member(values)
        sites = replace(sites, lapse=float(values.get("lapse", 0.0)))
        process, said = crowd(kernel, sites, values)
        known = {**values, MANY: NEAREST}
        return ProbabilitySurrogate(self.outcome, process, known, interval=said)

    def fit_form(
        self,
        form: Form,
        sites: CountSites,
        *,
        start: Mapping[str, Any] | None,
        optimise: bool,
        known: Sequence[Located] = (),
    ) -> ProbabilitySurrogate:
        """A surrogate of `sites` of this form alone, without patches, and what it suspects.

        `known` is where patches may lie as `located` has it.
        """
        if optimise:
            values = self._optimum(sites, start, [form])
        else:
            values = dict(start or form.named(form.prior.centre))
        return self._read(form, values, sites, known)

    def _read(
        self,
        form: Form,
        values: dict[str, Any],
        sites: CountSites,
        known: Sequence[Located] = (),
    ) -> ProbabilitySurrogate:
        """The process of these hyper-parameters, and the patches that it leaves to suspect."""
        sites = replace(sites, lapse=float(values.get("lapse", 0.0)))
        kernel = form.member(values)
        found = exactly(kernel, sites)
        process = _with_others(kernel, form, values, sites, found)
        suspected: tuple[PatchedPosterior, ...] = ()
        if self._looks_for_patches(sites):
            scanned = scans(sites.units, found, known)
            suspected = tuple(PatchedPosterior(process, each) for each in scanned)
        said = learned_words(values, len(sites.units), settled=found.converged)
        return ProbabilitySurrogate(
            self.outcome, process, values, suspected=suspected, interval=said
        )

    def located(self, data: Dataset) -> tuple[Located, ...]:
        """Where patches may lie, as an outcome that helps has it; empty where none does.

        It is the dearest part of a fit, and a child asks for it beside each of its maps: of the
        same data it is worked out once.
        """
        return self.known or once(_located, (self, data), lambda: self._located(data))

    def knowing(self, data: Dataset) -> "ProbabilityRecipe":
        """The same, for which `data` say where patches may lie."""
        return replace(self, known=self.located(data))

    def _located(self, data: Dataset) -> tuple[Located, ...]:
        told = told_by(data, self.located_by, self.scouts) if self.located_by else None
        return locate(told, FORMS[self.forms[0]](self.dimension)) if told else ()

    def _looks_for_patches(self, sites: CountSites) -> bool:
        return self.patches and len(sites.units) >= _FEWEST_FOR_PATCHES

    def _optimum(
        self, sites: CountSites, start: Mapping[str, Any] | None, forms: Sequence[Form] = ()
    ) -> dict[str, Any]:
        """Of the best of `forms`, by default the recipe's own; of many sites, as some tell it."""
        if len(sites.units) > _LEARNED_FROM:
            few = self._optimum(sites.some(_LEARNED_FROM), start, forms)
            return {**few, LEARNED: _LEARNED_FROM}
        own = forms or [FORMS[name](self.dimension) for name in self.forms]
        found = [self._found(form, sites, start) for form in own]
        best = max(found, key=lambda each: each.value)
        values = _doubted(best, len(sites.units)) if self.doubt else best.form.named(best.theta)
        return values if best.lapse == 0.0 else {**values, "lapse": best.lapse}

    def _found(self, form: Form, sites: CountSites, start: Mapping[str, Any] | None) -> _Optimum:
        """The best of a form, over the lapse rates that are possible."""
        starts = [form.prior.centre]
        if start is not None and start.get("form") == form.name:
            starts.append(form.theta(start))
        found: list[_Optimum] = []
        for lapse in self._lapses:
            evidence = evidence_of(form, replace(sites, lapse=lapse))
            theta, value = maximum_a_posteriori(
                evidence, form.prior, starts=starts, precision=_PRECISION, unit=form.prior.spread
            )
            found.append(_Optimum(form, theta, value, lapse, evidence))
            starts = [theta]
        return max(found, key=lambda each: each.value)

    @property
    def _lapses(self) -> tuple[float, ...]:
        lapse = self.outcome.lapse
        return _LAPSES if isinstance(lapse, str) else (lapse,)

    def _given(self, start: Mapping[str, Any] | None) -> dict[str, Any]:
        if start is not None:
            return dict(start)
        form = FORMS[self.forms[0]](self.dimension)
        return {**form.named(form.prior.centre), "lapse": self._lapses[0]}


def _doubted(best: _Optimum, runs: int) -> dict[str, Any]:
    """What is read in place of the peak `theta`, and alternatives to it, by name."""
    form, theta = best.form, best.theta
    others = alternatives(best.evidence, form.prior, theta)
    scales = np.array([label == "variance" for label in form.labels])
    rise = risen(theta, others, form.prior, scales, runs)
    return form.named(theta + rise, others + rise)


def _with_others(
    kernel: Kernel,
    form: Form,
    values: Mapping[str, Any],
    sites: CountSites,
    found: Propagated[ExactlyUpdated],
) -> Posterior:
    """The posterior with its alternatives, where `values` name some."""
    others = (
        _alternative(form.member(other), sites, found.messages)
        for other in form.alternatives(values)
    )
    return replace(posterior(kernel, sites.units, found), alternatives=tuple(others))


def _alternative(kernel: Kernel, sites: CountSites, start: Messages) -> Alternative:
    """Its mean is all that counts; it enters by a difference, and needs no more than 1e-3."""
    found = roughly(kernel, sites, start, tolerance=_DOUBT_TOLERANCE)
    return Alternative(kernel, found.weights, rough=True)
