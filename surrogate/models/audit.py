"""How good a surrogate is, measured on runs that no rule chose and that it has not seen.

Audit runs are drawn from the space's own distribution, so what they say holds for the space. What
a surrogate says of runs that its rule chose, each left out in turn, is kept beside it as what it
is: biased, for they lie where it expected most to learn.

What is measured is the surrogate without its audit runs; the one that people see knows them too.
As its rule has kept away from them, a number's are told from further off than other places would
be: after 100 runs with 20 audits its error was said to be a third too large.

    symbol   meaning                                                          shape
    y        what an audit run gave: a number, or the share of yes            (n,)
    m, sd    what the surrogate said of the response, and how sure it was     (n,)
    r        |y - m| / sd with the run's own noise in sd                      (n,)
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit, xlogy

from surrogate.dataset import Dataset
from surrogate.models.base import ONE_SD, LookAhead, Marginal, Noisy
from surrogate.models.change import share_interval
from surrogate.models.numbers import NumberSurrogate
from surrogate.outcome import Number
from surrogate.space import Array

NOMINAL = 0.9
SURE = 0.95  # that a score's interval holds what all of the space would give
_BINS = 5  # of equally many audit runs: with 20 to 40 of them finer ones would be noise
_LEAST_CHANCE = 1e-6  # a surrogate that was certain and wrong loses no more than 14 nats


Ends = tuple[float, float]


@dataclass(frozen=True)
class Bin:
    """Audit runs of like probability: how many, what was said on average, what share was yes."""

    runs: int
    said: float
    seen: float


@dataclass(frozen=True)
class ChanceQuality:
    """Of probabilities: mean log score in nats a run (0 is best), that of one rate for all, bins.

    `rate_score` is what the overall share of yes among the audit runs would score. `error` is the
    Brier score, the mean of (y - p)^2 over single answers: what chance itself brings included.
    Intervals are of coverage `SURE`; None of one run.
    """

    runs: int
    error: float
    error_interval: Ends | None
    log_score: float
    log_interval: Ends | None
    rate_score: float
    bins: tuple[Bin, ...]

    @property
    def words(self) -> str:
        """A sentence for people."""
        better = "better" if self.log_score > self.rate_score else "no better"
        return (
            f"Of {self.runs} audit runs, left out, it gave what came a chance of "
            f"{100 * math.exp(self.log_score):.0f} % (log score {self.log_score:.2f}"
            f"{_within(self.log_interval, '.2f')}), {better} than one rate for all, "
            f"{100 * math.exp(self.rate_score):.0f} %."
        )


@dataclass(frozen=True)
class NumberQuality:
    """Of numbers: root mean square error, the share of runs inside intervals of `NOMINAL`.

    `stretch` is the conformal factor: intervals so many times as wide hold a new run of the space
    with probability `NOMINAL` at least, whatever the process (Papadopoulos et al. 2002, with
    normalised residuals); None below 9 audit runs, which cannot promise that. `chosen_error` is
    the error at runs that the rule chose, each left out: biased; None where it is not known.
    Intervals are of coverage `SURE`; the error's is None of one run.
    """

    runs: int
    unit: str
    error: float
    error_interval: Ends | None
    covered: float
    covered_interval: Ends
    stretch: float | None
    chosen_error: float | None

    @property
    def words(self) -> str:
        """A sentence for people."""
        error = f"{self.error:.3g} {self.unit}".rstrip()
        said = (
            f"Of {self.runs} audit runs, left out, it is wrong by {error} (root mean square"
            f"{_within(self.error_interval, '.3g')}), and its {100 * NOMINAL:g} % intervals hold "
            f"{100 * self.covered:.0f} %"
        )
        if self.stretch is not None:
            said += (
                f"; they are shown {self.stretch:.2g} times as wide, to hold {100 * NOMINAL:g} %"
            )
        if self.chosen_error is not None:
            said += f". Of runs that it chose it would say {self.chosen_error:.3g}, which is biased"
        return said + "."


def measured(surrogate: Marginal, audit: Dataset) -> ChanceQuality | NumberQuality:
    """How good `surrogate` is on `audit`, at least one run, none of which it was fitted to."""
    if isinstance(surrogate.outcome, Number):
        return _number_quality(surrogate, surrogate.outcome, audit)
    return _chance_quality(surrogate, audit)


def _within(interval: Ends | None, digits: str) -> str:
    """An interval in the middle of a sentence; nothing where there is none."""
    if interval is None:
        return ""
    low, high = (format(end, digits) for end in interval)
    return f"; {low} to {high} with {100 * SURE:g} %"


def _mean_interval(losses: Array) -> Ends | None:
    """An interval for the mean of losses (n,), none of which can be below 0.

    Student's below, and above Student's of the logarithm: among few losses those that are large
    and rare are missing rather than too many, so that Student's alone holds less than it promises.
    What these hold: `python -m benchmarks audit`.
    """
    n, mean = len(losses), float(losses.mean())
    if n < 2:
        return None
    half = float(stdtrit(n - 1, 0.5 + 0.5 * SURE) * losses.std(ddof=1)) / math.sqrt(n)
    return max(mean - half, 0.0), mean * math.exp(half / max(mean, np.finfo(float).tiny))


def stretch_of(ratios: Array, coverage: float) -> float | None:
    """The factor on a normal interval's half width that holds a new run with that probability.

    `ratios` (n,) are r. The ceil((n + 1) coverage)-th smallest over the normal quantile; None
    where n is too small for there to be one.
    """
    rank = math.ceil((len(ratios) + 1) * coverage)
    if rank > len(ratios):
        return None
    return float(np.sort(ratios)[rank - 1] / ndtri(0.5 + 0.5 * coverage))


def _number_quality(surrogate: Marginal, outcome: Number, audit: Dataset) -> NumberQuality:
    read = surrogate.predict(audit.units, ONE_SD)
    variance = (0.5 * (read.upper - read.lower)) ** 2 + _noise(surrogate, audit.units)
    miss = np.abs(audit.values - read.mean)
    ratios = miss / np.sqrt(np.maximum(variance, np.finfo(float).tiny))
    chosen = None
    if isinstance(surrogate, NumberSurrogate):
        chosen = float(np.sqrt(np.mean(surrogate.left_out()[0] ** 2)))
    squared, inside = _mean_interval(miss**2), ratios <= ndtri(0.5 + 0.5 * NOMINAL)
    return NumberQuality(
        runs=len(audit),
        unit=outcome.unit,
        error=float(np.sqrt(np.mean(miss**2))),
        error_interval=None if squared is None else (math.sqrt(squared[0]), math.sqrt(squared[1])),
        covered=float(inside.mean()),
        covered_interval=share_interval(float(inside.sum()), len(inside), SURE),
        stretch=stretch_of(ratios, NOMINAL),
        chosen_error=chosen,
    )


def _noise(surrogate: Marginal, units: Array) -> Array:
    """Variance of one run about the response: 1 / kappa - v for one that looks ahead, else 0."""
    if not isinstance(surrogate, LookAhead):
        return np.zeros(len(units))
    if isinstance(surrogate, Noisy):
        return surrogate.noise_of_a_run(units)
    m, v = surrogate.latent(units)
    return np.maximum(1.0 / surrogate.lesson(m, v) - v, 0.0)


def _chance_quality(surrogate: Marginal, audit: Dataset) -> ChanceQuality:
    p = np.clip(surrogate.predict(audit.units).mean, _LEAST_CHANCE, 1.0 - _LEAST_CHANCE)
    share = audit.values / audit.trials
    rate = np.full(len(audit), audit.values.sum() / audit.trials.sum())
    order = np.argsort(p, kind="stable")
    parts = [part for part in np.array_split(order, min(_BINS, len(order))) if len(part)]
    bins = (Bin(len(part), float(p[part].mean()), float(share[part].mean())) for part in parts)
    brier, loss = share * (1.0 - p) ** 2 + (1.0 - share) * p**2, -_scores(p, audit)
    log_interval = _mean_interval(loss)
    return ChanceQuality(
        runs=len(audit),
        error=float(brier.mean()),
        error_interval=_mean_interval(brier),
        log_score=-float(loss.mean()),
        log_interval=None if log_interval is None else (-log_interval[1], -log_interval[0]),
        rate_score=float(_scores(rate, audit).mean()),
        bins=tuple(bins),
    )


def _scores(p: Array, audit: Dataset) -> Array:
    """The log of what each run's single answers were said to come with, on average, (n,)."""
    total = xlogy(audit.values, p) + xlogy(audit.trials - audit.values, 1.0 - p)
    return np.asarray(total / audit.trials)
