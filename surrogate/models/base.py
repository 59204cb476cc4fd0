"""What a surrogate can do, as small promises; rules and answers name the one they need.

    symbol   meaning                                              shape
    units    points in the unit cube                              (n, d)
    m, v     posterior mean and variance of the latent f          (n,)
    c        posterior covariance of f between two sets           (n, m)

A recipe fits and gives a new immutable surrogate, which is at least a `Marginal`; there is no
unfitted state. All methods are pure and may be called from any thread.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from surrogate.dataset import Dataset
from surrogate.outcome import Number, Outcome
from surrogate.space import Array

COVERAGE = 0.95  # of the intervals that people are shown
ONE_SD = 0.6826894921370859  # coverage of a normal's interval one sd to either side


@dataclass(frozen=True)
class Prediction:
    """The response at n points, with the interval that holds it with probability `coverage`.

    For Binary and Count outcomes the response is the probability of a yes, in [0, 1].
    """

    mean: Array
    lower: Array
    upper: Array
    coverage: float

    def scaled(self, below: Array | float, above: Array | float) -> "Prediction":
        """The same mean, its interval so many times as wide below and above it, each (n,)."""
        lower = self.mean - below * (self.mean - self.lower)
        upper = self.mean + above * (self.upper - self.mean)
        return Prediction(self.mean, lower, upper, self.coverage)


@runtime_checkable
class Marginal(Protocol):
    """Reads the response point by point."""

    @property
    def outcome(self) -> Outcome:
        """The question."""

    @property
    def hyperparameters(self) -> Mapping[str, Any]:
        """Flat and JSON-able; `recipe.fit` takes it as `start`."""

    def predict(self, units: Array, coverage: float = 0.95) -> Prediction:
        """Mean and interval of the response at `units` (n, d)."""

    def exceedance(self, units: Array, level: float) -> Array:
        """P(response > level) at `units` (n, d), each in [0, 1], shape (n,)."""


@runtime_checkable
class Centred(Marginal, Protocol):
    """A process whose mean is quickly known, and whose spread varies slowly over the space."""

    def centre(self, units: Array) -> Array:
        """Posterior mean of f at `units` (n, d), shape (n,)."""

    def spread(self, units: Array) -> Array:
        """What intervals need beside the centre: variances at `units` (n, d), shape (k, n)."""

    def reading(self, centre: Array, spread: Array, coverage: float) -> Prediction:
        """What `predict` gives where centre (n,) and spread (k, n) are these."""


@runtime_checkable
class Joint(Marginal, Protocol):
    """Knows how points hang together: a Gaussian process over the latent f."""

    def latent(self, units: Array) -> tuple[Array, Array]:
        """Posterior mean and variance of f at `units`, both (n,)."""

    def covariance(self, a: Array, b: Array) -> Array:
        """Posterior covariance of f between `a` (n, d) and `b` (m, d), shape (n, m)."""


@runtime_checkable
class Doubting(Joint, Protocol):
    """Knows that its hyper-parameters are not sure, beside its posterior of f."""

    def gaps(self, units: Array) -> Array:
        """By how much f's mean at `units` (n, d) moves under each of k alternatives, each one
        posterior sd away, (n, k).
        """


@runtime_checkable
class Stretching(Joint, Protocol):
    """Knows that variances are larger than those of its posterior of f."""

    @property
    def stretch(self) -> float:
        """What intervals multiply them by, positive."""


@runtime_checkable
class Misjudging(Protocol):
    """Knows where it misjudged its own runs: there the response bends more than it believes."""

    def misfit(self, units: Array) -> Array:
        """By what factor squared errors near `units` (n, d) exceed what was expected, (n,)."""


@runtime_checkable
class Noisy(Protocol):
    """Knows how noisy a run is, place by place."""

    def noise_of_a_run(self, units: Array) -> Array:
        """Variance of one run's noise at `units` (n, d), of f, (n,)."""


@runtime_checkable
class LookAhead(Joint, Protocol):
    """Says what a run would teach before it is made."""

    def threshold(self, level: float) -> float:
        """The latent value at which the response is `level`."""

    def lesson(self, m: Array, v: Array) -> Array:
        """kappa (n,): one run at a point with latent mean m and variance v is expected to lower
        the covariance between any two points by kappa c c', c their covariances with it.

        Gaussian noise s2 gives 1 / (v + s2). A probit yes or no gives, averaged over its answers,
        phi(z)^2 / (Phi(z) Phi(-z) (1 + v)) with z = m / sqrt(1 + v).
        """


@runtime_checkable
class Margin(Marginal, Protocol):
    """A surrogate that divides the space in two and says how far from the divide a point is."""

    @property
    def knows_sides(self) -> bool:
        """Whether both classes were seen, so that decision values mean something."""

    def decision(self, units: Array) -> Array:
        """Signed decision value at `units` (n, d), above 0 where a yes is expected, (n,)."""

    def similarity(self, a: Array, b: Array) -> Array:
        """Likeness of all pairs of rows, in [0, 1], 1 for a row and itself, (n, m)."""

    def margins_after(self, units: Array) -> tuple[Array, Array]:
        """(m+, m-): the margin once each of `units` were a yes, and once it were a no, (n,)."""


@runtime_checkable
class Spoken(Protocol):
    """A surrogate whose intervals are not a posterior's own: it says what they are."""

    @property
    def interval(self) -> str:
        """What its intervals come from, to follow "Intervals come from"; "" for a process's own."""


def voice(surrogate: Marginal) -> str:
    """Where its intervals come from, a sentence for people; "" for a process's own."""
    said = surrogate.interval if isinstance(surrogate, Spoken) else ""
    return f"Intervals come from {said}." if said else ""


def mean_response(surrogate: Marginal, units: Array) -> Array:
    """The mean that `predict` gives, (n,), at a tenth of its cost where a process reads numbers."""
    if isinstance(surrogate.outcome, Number) and isinstance(surrogate, Centred):
        return surrogate.centre(units)
    return surrogate.predict(units).mean


class Recipe(Protocol):
    """How to make a surrogate from data."""

    @property
    def name(self) -> str:
        """A short name, stored with every revision."""

    def fit(
        self, data: Dataset, *, start: Mapping[str, Any] | None = None, optimise: bool = True
    ) -> Marginal:
        """A surrogate of `data`.

        `start` are hyper-parameters to begin from (an earlier revision's); with `optimise` False
        they are taken as they are, so that records alone give the same surrogate again.
        """
