"""Any scikit-learn estimator as a surrogate: stored as a recipe, never as a pickle.

A recipe is an import path, parameters and a seed; with the same data it gives the same surrogate
again. Where the estimator tells its own uncertainty that is used, else it is fitted again to
resampled runs, and their spread is the uncertainty; `interval` says which.

    estimator                         uncertainty                                `interval`
    predict(..., return_std=True)     its own standard deviation                 OWN
    forest or bagging of a number     spread of its members                      SPREAD
    anything else                     spread of fits to resampled runs           REFITS
    any classifier                    the same, and what as many answers tell    REFITS_AND_ANSWERS
    before there is enough to fit     what is known without any                  PRIOR

A parameter that is itself an object is a mapping with its import path under "is", as in
{"kernel": {"is": "sklearn.gaussian_process.kernels.Matern", "nu": 2.5}}.
"""

import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
from scipy.special import betaincinv, expit, logit, ndtr, ndtri, polygamma
from sklearn.base import BaseEstimator, is_classifier, is_regressor
from sklearn.ensemble import BaggingRegressor, ExtraTreesRegressor, RandomForestRegressor

from surrogate.blas import one_thread
from surrogate.dataset import Dataset
from surrogate.errors import PlanError
from surrogate.models.base import Prediction
from surrogate.models.sites import check_columns
from surrogate.outcome import Number, Outcome
from surrogate.space import Array

Read = Callable[[Array], Array]
Moments = Callable[[Array], tuple[Array, Array]]

MEMBERS = 20  # fits to resampled runs: an sd known to about 16 %
OWN = "the estimator's own standard deviation"
SPREAD = "the spread of its members"
REFITS = f"the spread of {MEMBERS} fits to resampled runs"
REFITS_AND_ANSWERS = REFITS + ", and are never narrower than so many answers allow"
PRIOR = "what is known before both answers, or two numbers, were seen"
_GROVES = (RandomForestRegressor, ExtraTreesRegressor, BaggingRegressor)


@dataclass(frozen=True)
class ForeignSurrogate:
    """Answers for any outcome; implements `models.base.Marginal`.

    `moments` gives mean and sd of the response, or of the logit of its probability.
    """

    outcome: Outcome
    hyperparameters: Mapping[str, Any]
    moments: Moments = field(repr=False)
    interval: str

    def predict(self, units: Array, coverage: float = 0.95) -> Prediction:
        """Mean and interval of the response; for yes and no of its probability, in [0, 1]."""
        m, sd = self.moments(units)
        half = ndtri(0.5 + 0.5 * coverage) * sd
        if isinstance(self.outcome, Number):
            return Prediction(m, m - half, m + half, coverage)
        return Prediction(expit(m), expit(m - half), expit(m + half), coverage)

    def exceedance(self, units: Array, level: float) -> Array:
        """P(response > level), each in [0, 1]."""
        m, sd = self.moments(units)
        bar = level if isinstance(self.outcome, Number) else float(logit(level))
        return np.asarray(ndtr((m - bar) / np.maximum(sd, np.finfo(float).tiny)))


@dataclass(frozen=True)
class ForeignRecipe:
    """An estimator by its import path, say "sklearn.ensemble:RandomForestClassifier".

    Binary and Count outcomes take a classifier, Number a regressor. Raises `PlanError` for a path
    that leads to neither, parameters it does not have, or ones that are no plain JSON.
    """

    outcome: Outcome
    dimension: int
    estimator: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0

    def __post_init__(self) -> None:
        try:
            json.dumps(dict(self.parameters))
        except TypeError as error:
            raise PlanError(
                f"estimator {self.estimator}: parameters are words, numbers, lists and mappings "
                f'({error}); name an object by {{"is": "its.import.path"}}'
            ) from error
        made = self._made(0)
        wanted = "regressor" if isinstance(self.outcome, Number) else "classifier"
        if not (is_regressor(made) if wanted == "regressor" else is_classifier(made)):
            raise PlanError(
                f"estimator {self.estimator}: a {wanted} was expected for outcome "
                f"'{self.outcome.name}' ({type(self.outcome).__name__})"
            )

    @property
    def name(self) -> str:
        """The estimator's import path, and its parameters where there are any."""
        said = json.dumps(dict(self.parameters), sort_keys=True) if self.parameters else ""
        return f"{self.estimator} {said}".rstrip()

    def fit(
        self, data: Dataset, *, start: Mapping[str, Any] | None = None, optimise: bool = True
    ) -> ForeignSurrogate:
        """A surrogate of `data`; see `models.base.Recipe.fit`.

        With `optimise` False and a `start`, the estimator, parameters and seed are those of
        `start`; otherwise the recipe's own. The estimator's own search is part of its fit.
        """
        check_columns(data, self.dimension)
        if start is not None and not optimise:
            own = replace(
                self,
                estimator=str(start["estimator"]),
                parameters=json.loads(start["parameters"]),
                seed=int(start["seed"]),
            )
            return own.fit(data)
        order = np.lexsort((data.values, *data.units.T))
        X, values, trials = data.units[order], data.values[order], data.trials[order]
        with one_thread():
            if isinstance(self.outcome, Number):
                moments, interval = self._number(X, values)
            else:
                moments, interval = self._chance(X, values, trials)
        recorded = {
            "estimator": self.estimator,
            "parameters": json.dumps(dict(self.parameters), sort_keys=True),
            "seed": self.seed,
        }
        return ForeignSurrogate(self.outcome, recorded, moments, interval)

    def _made(self, member: int) -> Any:
        """A fresh estimator, its randomness seeded for the `member`-th fit."""
        made = built({"is": self.estimator, **self.parameters})
        if not isinstance(made, BaseEstimator):
            raise PlanError(
                f"estimator {self.estimator}: it is no scikit-learn estimator; name one"
            )
        unseeded = [
            key
            for key, value in made.get_params(deep=True).items()
            if value is None and key.rpartition("__")[2] == "random_state"
        ]
        made.set_params(**dict.fromkeys(unseeded, self.seed + member))
        return made

    def _number(self, X: Array, y: Array) -> tuple[Moments, str]:
        if len(y) < 2:
            return _constant(float(y.mean()) if len(y) else 0.0, 1.0), PRIOR
        whole = self._made(0).fit(X, y)
        if "return_std" in inspect.signature(whole.predict).parameters:
            return partial(_own, whole), OWN
        if isinstance(whole, _GROVES):
            trees = [tree.predict for tree in whole.estimators_]
            return partial(_spread, whole.predict, trees), SPREAD
        members = [one.predict for one in self._refitted(X, y, np.zeros(len(y)))]
        return partial(_spread, whole.predict, members), REFITS

    def _chance(self, X: Array, values: Array, trials: Array) -> tuple[Moments, str]:
        """Count becomes as many rows of yes and no; every probability is drawn to one half by
        two runs' worth, (n p + 1) / (n + 2), so that no vote is certainty (Laplace).
        """
        X, y = expanded(X, values, trials)
        n = len(y)
        if len(np.unique(y)) < 2:
            return _even(float(y.sum()), n), PRIOR
        whole = partial(_logit, self._made(0).fit(X, y), n)
        members = [partial(_logit, one, n) for one in self._refitted(X, y, y)]
        return partial(_with_beta, partial(_spread, whole, members), n), REFITS_AND_ANSWERS

    def _refitted(self, X: Array, y: Array, strata: Array) -> Iterator[Any]:
        """Fits to runs drawn with replacement within each stratum, so that no class is lost."""
        groups = [np.flatnonzero(strata == value) for value in np.unique(strata)]
        for member in range(1, MEMBERS + 1):
            rng = np.random.default_rng([self.seed, member])
            rows = np.concatenate([rng.choice(group, len(group)) for group in groups])
            yield self._made(member).fit(X[rows], y[rows])


def built(what: Any) -> Any:
    """The object that plain JSON describes: a mapping with "is" is made, all else kept."""
    if isinstance(what, list):
        return [built(item) for item in what]
    if not isinstance(what, Mapping):
        return what
    arguments = {key: built(value) for key, value in what.items() if key != "is"}
    if "is" not in what:
        return arguments
    path = str(what["is"])
    try:
        module, _, attribute = path.replace(":", ".").rpartition(".")
        return getattr(import_module(module), attribute)(**arguments)
    except (ImportError, AttributeError, ValueError) as error:
        raise PlanError(
            f"estimator {path!r} cannot be imported: {error}; check the name"
        ) from error
    except TypeError as error:
        raise PlanError(f"estimator {path}: {error}; mend its parameters") from error


def expanded(X: Array, values: Array, trials: Array) -> tuple[Array, Array]:
    """One row for every trial: `values` (n,) of the `trials` (n,) at each of `X` said yes."""
    yes, no = values.astype(int), (trials - values).astype(int)
    units = np.concatenate([np.repeat(X, yes, axis=0), np.repeat(X, no, axis=0)])
    return units, np.repeat([1.0, 0.0], [yes.sum(), no.sum()])


def _own(whole: Any, units: Array) -> tuple[Array, Array]:
    m, sd = whole.predict(units, return_std=True)
    return np.asarray(m, dtype=float), np.asarray(sd, dtype=float)


def _logit(fitted: Any, n: int, units: Array) -> Array:
    """The logit of a fitted classifier's probability, or of its vote where it has none."""
    if callable(getattr(fitted, "predict_proba", None)):
        p = fitted.predict_proba(units)[:, list(fitted.classes_).index(1.0)]
    else:
        p = (fitted.predict(units) == 1.0).astype(float)
    return np.asarray(logit((n * p + 1.0) / (n + 2.0)))


def _spread(whole: Read, members: Sequence[Read], units: Array) -> tuple[Array, Array]:
    each = np.array([member(units) for member in members], dtype=float)
    sd = each.std(axis=0, ddof=1) if len(members) > 1 else np.zeros(len(units))
    return np.asarray(whole(units), dtype=float), sd


def _with_beta(moments: Moments, n: int, units: Array) -> tuple[Array, Array]:
    """The sd made no less than if all `n` answers had been given at the point itself.

    A stiff estimator hardly moves under resampling, so at few runs its spread alone is far too
    small. The logit of Beta(a, b) has variance trigamma(a) + trigamma(b), a = n p + 1.
    """
    m, sd = moments(units)
    p = expit(m)
    told = polygamma(1, n * p + 1.0) + polygamma(1, n * (1.0 - p) + 1.0)
    return m, np.asarray(np.sqrt(sd**2 + told))


def _constant(m: float, sd: float) -> Moments:
    return lambda units: (np.full(len(units), m), np.full(len(units), sd))


def _even(yes: float, n: int) -> Moments:
    """Beta(1 + yes, 1 + no) by its median and quartiles on the logit scale."""
    quantiles = betaincinv(1.0 + yes, 1.0 + n - yes, [ndtr(-1.0), 0.5, ndtr(1.0)])
    low, middle, high = logit(quantiles)
    return _constant(float(middle), float(0.5 * (high - low)))
