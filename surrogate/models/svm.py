"""Support vectors: a signed decision value that asks well, and a probability calibrated from it.

    symbol   meaning                                                         shape
    X, y     distinct order of the runs; sides -1 or 1, or standardised      (n, d), (n,)
    K        exp(-gamma |x - x'|^2)                                          (n, n)
    f        decision value: K(x, X) a + b; its sign is the side             (m,)
    F        f from fits that leave one fold out each                        (m, folds)

C and gamma minimise the cross-validated error, but the pair nearest to a default wins among all
that are within one paired standard error of the best: at ten labels that is the default, and no
C is so small that one class is predicted everywhere (Breiman et al. 1984, sec. 3.4.3, the
one-standard-error rule). Fitted values are arrays: nothing of scikit-learn is kept.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from scipy.special import betaincc, betaincinv, expit, ndtr, ndtri
from sklearn import config_context
from sklearn.svm import SVC, SVR

from surrogate.blas import one_thread
from surrogate.dataset import Dataset
from surrogate.errors import PlanError
from surrogate.models.base import Prediction
from surrogate.models.platt import Platt, platt
from surrogate.models.sites import check_columns
from surrogate.outcome import Binary, Number, Outcome
from surrogate.space import Array, Rows

DEFAULT_C = 10.0  # nearly separating, yet one flipped label does not bend everything
COSTS = (1.0, 10.0, 100.0, 1000.0)
WIDTHS = (1 / 9, 1 / 3, 1.0, 3.0, 9.0)  # gamma, in units of the default
TUBE = 0.05  # epsilon of the regression, in sds of the values
FOLDS = 5
_BOUNDED = 1.0 - 1e-6  # of the cost: a weight above is at its bound, rounding aside
_LEAST_TO_TUNE = 10  # runs; below this the default is taken as it is

# without scikit-learn's checks of arguments, which cost ten times our small fits
_unchecked = partial(config_context, skip_parameter_validation=True, assume_finite=True)


@dataclass(frozen=True)
class Expansion:
    """f(x) = K(x, X) a + b. `folds` (n, k) and `fold_offsets` (k,) are the same, left out."""

    X: Array
    a: Array
    b: float
    folds: Array
    fold_offsets: Array
    gamma: float

    def __call__(self, units: Array) -> Array:
        """The decision value at `units` (m, d), shape (m,)."""
        return np.asarray(rbf(units, self.X, self.gamma) @ self.a + self.b)

    def variance(self, units: Array) -> Array:
        """Variance of f by the grouped jackknife, (k - 1)/k sum (F - mean)^2, shape (m,)."""
        k = len(self.fold_offsets)
        if k < 2:
            return np.zeros(len(units))
        F = rbf(units, self.X, self.gamma) @ self.folds + self.fold_offsets
        return np.asarray((k - 1.0) * F.var(axis=1))


@dataclass(frozen=True)
class SideSurrogate:
    """Answers for a Binary outcome; implements `models.base.Margin`.

    The interval is a delta-method one on the logit: the calibration's covariance and the grouped
    jackknife variance of f. While one class only was seen, f is 0 and the interval is that of
    a Beta(1 + yes, 1 + no): the same everywhere.
    """

    outcome: Binary
    expansion: Expansion
    calibration: Platt
    hyperparameters: Mapping[str, Any]
    sides: Array
    interval: str = "fits that leave a fifth of the runs out, and how well those told yes from no"

    @property
    def knows_sides(self) -> bool:
        """Whether both classes were seen, so that decision values mean something."""
        return len(np.unique(self.sides)) == 2

    def decision(self, units: Array) -> Array:
        """Signed decision value, above 0 where a yes is expected, (m,)."""
        return self.expansion(units)

    def similarity(self, a: Array, b: Array) -> Array:
        """k(x, x') / sqrt(k(x, x) k(x', x')), in [0, 1], shape (n, m)."""
        return rbf(a, b, self.expansion.gamma)

    def margins_after(self, units: Array) -> tuple[Array, Array]:
        """Margins 1/|w| once each of `units` (m, d) were a yes, and once it were a no, (m,)."""
        X = self.expansion.X
        cost = float(self.hyperparameters["C"])
        K = rbf(X, X, self.expansion.gamma)
        across = rbf(units, X, self.expansion.gamma)
        found = np.empty((2, len(units)))
        with one_thread(), _unchecked():
            for i, row in enumerate(across):
                grown = np.block([[K, row[:, None]], [row[None, :], np.ones((1, 1))]])
                for j, side in enumerate((1.0, -1.0)):
                    a, _ = _classify(grown, np.append(self.sides, side), cost)
                    found[j, i] = 1.0 / np.sqrt(max(a @ grown @ a, np.finfo(float).tiny))
        return found[0], found[1]

    def predict(self, units: Array, coverage: float = 0.95) -> Prediction:
        """Calibrated probability of a yes and its interval, each in [0, 1]."""
        if not self.knows_sides:
            return self._one_class(len(units), coverage)
        m, v = self._logit(units)
        half = ndtri(0.5 + 0.5 * coverage) * np.sqrt(v)
        return Prediction(expit(m), expit(m - half), expit(m + half), coverage)

    def exceedance(self, units: Array, level: float) -> Array:
        """P(probability > level), each in [0, 1]."""
        if not self.knows_sides:
            yes, no = self._counted()
            return np.full(len(units), float(betaincc(yes, no, level)))
        m, v = self._logit(units)
        with np.errstate(divide="ignore"):
            bar = np.log(level) - np.log1p(-level)
        return np.asarray(ndtr((m - bar) / np.sqrt(v)))

    def _logit(self, units: Array) -> tuple[Array, Array]:
        m, v = self.calibration.logit(self.decision(units))
        return m, v + self.calibration.slope**2 * self.expansion.variance(units)

    def _counted(self) -> tuple[float, float]:
        return 1.0 + np.sum(self.sides > 0), 1.0 + np.sum(self.sides < 0)

    def _one_class(self, m: int, coverage: float) -> Prediction:
        yes, no = self._counted()
        lower, upper = betaincinv(yes, no, [0.5 - 0.5 * coverage, 0.5 + 0.5 * coverage])
        ones = np.ones(m)
        return Prediction(ones * yes / (yes + no), ones * lower, ones * upper, coverage)


@dataclass(frozen=True)
class TubeSurrogate:
    """Answers for a Number; implements `models.base.Marginal`.

    The interval is Gaussian, its variance that of the cross-validated residuals (noise included,
    so it is wide where there is noise) and of the grouped jackknife.
    """

    outcome: Number
    expansion: Expansion
    hyperparameters: Mapping[str, Any]
    level: float
    scale: float
    residual: float
    interval: str = "fits that leave a fifth of the runs out, and how far those were off"

    def predict(self, units: Array, coverage: float = 0.95) -> Prediction:
        """The mean response and its interval, in the outcome's unit."""
        m, sd = self._moments(units)
        half = ndtri(0.5 + 0.5 * coverage) * sd
        return Prediction(m, m - half, m + half, coverage)

    def exceedance(self, units: Array, level: float) -> Array:
        """P(response > level), each in [0, 1]."""
        m, sd = self._moments(units)
        return np.asarray(ndtr((m - level) / sd))

    def _moments(self, units: Array) -> tuple[Array, Array]:
        sd = np.sqrt(self.residual**2 + self.expansion.variance(units))
        return self.level + self.scale * self.expansion(units), self.scale * sd


@dataclass(frozen=True)
class SupportVectorRecipe:
    """Support vectors with a Gaussian kernel, for Binary and Number outcomes."""

    outcome: Binary | Number
    dimension: int
    name: str = "svm"

    def fit(
        self, data: Dataset, *, start: Mapping[str, Any] | None = None, optimise: bool = True
    ) -> SideSurrogate | TubeSurrogate:
        """A surrogate of `data`; see `models.base.Recipe.fit`."""
        check_columns(data, self.dimension)
        order = np.lexsort((data.values, *data.units.T))
        X, raw = data.units[order], data.values[order]
        values = _default(X) if optimise or start is None else dict(start)
        with one_thread(), _unchecked():
            if isinstance(self.outcome, Number):
                return _tube(self.outcome, X, raw, values, optimise=optimise)
            outcome, y = Binary(self.outcome.name), np.where(raw > 0.5, 1.0, -1.0)
            return _sides(outcome, X, y, values, optimise=optimise)


def _sides(
    outcome: Binary, X: Array, y: Array, values: dict[str, Any], *, optimise: bool
) -> SideSurrogate:
    if len(np.unique(y)) < 2:
        return SideSurrogate(outcome, _flat(X, values["gamma"]), platt(y, y), values, y)
    task = _Task(X, y, fold_of(y), _classify, _is_wrong)
    values = task.tuned(values) if optimise else values
    expansion, left_out = task.expansion(values)
    return SideSurrogate(outcome, expansion, platt(left_out, y), values, y)


def _tube(
    outcome: Number, X: Array, raw: Array, values: dict[str, Any], *, optimise: bool
) -> TubeSurrogate:
    level = float(raw.mean()) if len(raw) else 0.0
    scale = (float(raw.std()) if len(raw) else 0.0) or 1.0
    if len(raw) < 2:
        return TubeSurrogate(outcome, _flat(X, values["gamma"]), values, level, scale, 1.0)
    task = _Task(X, (raw - level) / scale, np.arange(len(raw)) % FOLDS, _regress, _miss)
    values = task.tuned(values) if optimise else values
    expansion, left_out = task.expansion(values)
    residual = float(np.sqrt(np.mean((left_out - task.y) ** 2) + TUBE**2))
    return TubeSurrogate(outcome, expansion, values, level, scale, residual)


def support_vectors(outcome: Outcome, dimension: int) -> SupportVectorRecipe:
    """The recipe for an outcome; raises `PlanError` for a Count."""
    if isinstance(outcome, Binary | Number):
        return SupportVectorRecipe(outcome, dimension)
    raise PlanError("surrogate 'svm' is for yes and no, or a number; use 'gp' for a count")


@dataclass(frozen=True)
class _Task:
    """One fit: `fold` (n,) says with which fold each run is left out, `solve` how to fit, and
    `loss` what a value is off its run by.
    """

    X: Array
    y: Array
    fold: Rows
    solve: Callable[[Array, Array, float], tuple[Array, float]]
    loss: Callable[[Array, Array], Array]

    def tuned(self, default: Mapping[str, Any]) -> dict[str, Any]:
        """C and gamma by the one-standard-error rule; the default below ten runs."""
        if len(self.y) < _LEAST_TO_TUNE:
            return dict(default)
        gammas = [width * default["gamma"] for width in WIDTHS]
        grid = [{"C": C, "gamma": gamma} for gamma in gammas for C in COSTS]
        losses = np.concatenate([self._losses(gamma) for gamma in gammas])
        excess = losses - losses[losses.mean(axis=1).argmin()]
        error = excess.std(axis=1) / np.sqrt(len(self.y))
        able = excess.mean(axis=1) <= error + 1e-12
        far = [_distance(values, default) for values in grid]
        return grid[int(np.where(able, far, np.inf).argmin())]

    def expansion(self, values: Mapping[str, Any]) -> tuple[Expansion, Array]:
        """The fit to all runs, and the decision value of each run with its fold left out."""
        gamma, C = float(values["gamma"]), float(values["C"])
        K = np.exp(-gamma * self.squares)
        a, b = self.solve(K, self.y, C)
        parts = list(self._folds(K, (C,)))
        weights = np.stack([weight for weight, _, _ in parts], axis=2)[0]
        offsets = np.array([offset[0] for _, offset, _ in parts])
        left_out = sum((value[0] for _, _, value in parts), np.zeros(len(self.y)))
        return Expansion(self.X, a, b, weights, offsets, gamma), left_out

    @cached_property
    def squares(self) -> Array:
        """Squared distances of all pairs, (n, n)."""
        return squares(self.X, self.X)

    def _losses(self, gamma: float) -> Array:
        """The loss of each run with its fold left out, for each of `COSTS`, (costs, n)."""
        parts = self._folds(np.exp(-gamma * self.squares), COSTS)
        left_out = sum((value for _, _, value in parts), np.zeros((len(COSTS), len(self.y))))
        return self.loss(left_out, self.y)

    def _folds(self, K: Array, costs: Sequence[float]) -> Iterator[tuple[Array, Array, Array]]:
        """For each fold that is left out and each of the rising `costs`: weights (costs, n),
        offsets (costs,), and values of the runs left out, 0 for the others (costs, n).

        A cost that bounds no weight is as good as any higher one, so that those are not fitted.
        """
        for name in np.unique(self.fold):
            kept, out = np.flatnonzero(self.fold != name), self.fold == name
            weights, offsets = np.zeros((len(costs), len(self.y))), np.zeros(len(costs))
            a, b, bounded = np.empty(0), 0.0, True
            for i, C in enumerate(costs):
                if bounded:
                    a, b = self.solve(K[np.ix_(kept, kept)], self.y[kept], C)
                    bounded = float(np.abs(a).max(initial=0.0)) > _BOUNDED * C
                weights[i, kept], offsets[i] = a, b
            left_out = (weights @ K + offsets[:, None]) * out
            yield weights, offsets, left_out


def squares(a: Array, b: Array) -> Array:
    """|x - x'|^2 for all pairs, shape (n, m)."""
    found = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1)[None, :] - 2.0 * (a @ b.T)
    return np.asarray(np.maximum(found, 0.0))


def rbf(a: Array, b: Array, gamma: float) -> Array:
    """exp(-gamma |x - x'|^2) for all pairs, shape (n, m)."""
    return np.asarray(np.exp(-gamma * squares(a, b)))


def fold_of(y: Array) -> Rows:
    """Stratified folds: runs are dealt out in turn, class after class, (n,)."""
    fold = np.empty(len(y), dtype=np.int64)
    fold[np.argsort(y, kind="stable")] = np.arange(len(y)) % FOLDS
    return fold


def _classify(K: Array, y: Array, C: float) -> tuple[Array, float]:
    """Weights and offset; with one class, a constant of its sign."""
    if len(np.unique(y)) < 2:
        return np.zeros(len(y)), float(y[0])
    return _weights(SVC(kernel="precomputed", C=C).fit(K, y), len(y))


def _regress(K: Array, y: Array, C: float) -> tuple[Array, float]:
    return _weights(SVR(kernel="precomputed", C=C, epsilon=TUBE).fit(K, y), len(y))


def _is_wrong(value: Array, y: Array) -> Array:
    """1 where a value is not on the side of y, else 0."""
    return np.asarray((value * y <= 0.0).astype(float))


def _miss(value: Array, y: Array) -> Array:
    return np.abs(value - y)


def _weights(model: Any, n: int) -> tuple[Array, float]:
    """Those of `n` runs, 0 for what is no support vector, and the offset."""
    a = np.zeros(n)
    a[model.support_] = model.dual_coef_[0]
    return a, float(model.intercept_[0])


def _default(X: Array) -> dict[str, Any]:
    """C and gamma = 1 / (d var X), the scale on which squared distances are about 2."""
    variance = float(X.var()) if len(X) > 1 else 0.0
    variance = variance if variance > 0.0 else 1.0 / 12.0  # of the uniform distribution
    return {"C": DEFAULT_C, "gamma": 1.0 / (max(X.shape[1], 1) * variance)}


def _distance(values: Mapping[str, Any], default: Mapping[str, Any]) -> float:
    return float(np.hypot(*(np.log(values[key] / default[key]) for key in ("C", "gamma"))))


def _flat(X: Array, gamma: float) -> Expansion:
    return Expansion(X, np.zeros(len(X)), 0.0, np.zeros((len(X), 0)), np.empty(0), gamma)
