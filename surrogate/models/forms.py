"""Families of prior beliefs about f: a kernel with named hyper-parameters and priors on them.

The unit cube and the probit scale make one set of priors serve every problem: a length of 1 spans
the space, a variance of 1 moves p from a half to 0.84. Hyper-parameters live on a logarithmic
scale with independent normal priors; see `Prior`. Their medians and spreads were chosen by the
error of p and the coverage of intervals in campaigns on the football game and discrim_lowdim
(`python -m benchmarks football_map` and `level_sets`) and on Sobol points in 2, 6 and 8 dimensions.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count, product, takewhile
from typing import Any

import numpy as np

from surrogate.errors import DataError
from surrogate.kernels import Constant, Kernel, Linear, Plane, Stationary, ard
from surrogate.profiles import Matern32, Matern52, Profile, Rbf
from surrogate.space import Array

_OTHER = "other."  # begins the names of alternative hyper-parameters


def part_of(values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """What `values` have under names that begin with `prefix`, which is taken off."""
    return {key.removeprefix(prefix): x for key, x in values.items() if key.startswith(prefix)}


def prefixed(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` with `prefix` before each name; `part_of` gives them back."""
    return {prefix + key: x for key, x in values.items()}


@dataclass(frozen=True)
class Prior:
    """Independent normal densities of theta, cut off at `lower` and `upper`; each (p,)."""

    centre: Array
    spread: Array
    lower: Array
    upper: Array

    def log_density(self, theta: Array) -> float:
        """Up to a constant."""
        return -0.5 * float(np.sum(((theta - self.centre) / self.spread) ** 2))

    def gradient(self, theta: Array) -> Array:
        """Of `log_density`, (p,)."""
        return (self.centre - theta) / self.spread**2

    def beside(self, other: "Prior") -> "Prior":
        """The joint prior of this theta followed by the other's."""
        return Prior(
            np.concatenate([self.centre, other.centre]),
            np.concatenate([self.spread, other.spread]),
            np.concatenate([self.lower, other.lower]),
            np.concatenate([self.upper, other.upper]),
        )


@dataclass(frozen=True)
class Form:
    """A family of kernels: one member, the names of its hyper-parameters, the prior on them."""

    name: str
    kernel: Kernel
    labels: tuple[str, ...]
    prior: Prior

    def member(self, values: Mapping[str, Any]) -> Kernel:
        """The kernel with these hyper-parameters; raises `DataError` when one is missing."""
        return self.kernel.at(self.theta(values))

    def theta(self, values: Mapping[str, Any]) -> Array:
        """The logarithms of named hyper-parameters, (p,)."""
        if missing := [label for label in self.labels if label not in values]:
            raise DataError(
                f"hyper-parameters of form '{self.name}' lack {', '.join(missing)}; "
                f"{', '.join(values)} came; use the recipe that they are of"
            )
        return np.log([float(values[label]) for label in self.labels])

    def alternatives(self, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Hyper-parameters by name, a mapping for each direction of doubt."""
        first, prefixes = self.labels[0], (f"{_OTHER}{k}." for k in count())
        known = takewhile(lambda prefix: prefix + first in values, prefixes)
        return [part_of(values, prefix) for prefix in known]

    def named(self, theta: Array, others: Iterable[Array] = ()) -> dict[str, Any]:
        """Hyper-parameters by name, JSON-able; `member` and `alternatives` take them back."""
        values: dict[str, Any] = {"form": self.name, **self._labelled(theta)}
        for k, other in enumerate(others):
            values |= named_alternative(k, self._labelled(other))
        return values

    def _labelled(self, theta: Array) -> dict[str, float]:
        return dict(zip(self.labels, np.exp(theta).tolist(), strict=True))


def named_alternative(k: int, values: Mapping[str, Any]) -> dict[str, Any]:
    """The k-th alternative's hyper-parameters under the names that `Form.alternatives` reads."""
    return prefixed(f"{_OTHER}{k}.", values)


@dataclass(frozen=True)
class Entry:
    """One hyper-parameter: its name, median, spread of its logarithm, and bounds."""

    label: str
    median: float
    spread: float
    low: float
    high: float


LEVEL_VARIANCE = 1.0  # f of the mean is N(0, 1): its p is uniform on 0..1 before any run

_SLOPES = 8.0  # variance of all slopes together: the plane's own is a twelfth of it


def usual_length(dimension: int) -> float:
    """What a length is taken for before any run, as a share of the unit cube's side."""
    return float(0.5 * (dimension / 2.0) ** 0.5)


def lengths(
    dimension: int, spread: float = 0.65, *, low: float = 0.02, high: float = 30.0, prefix: str = ""
) -> list[Entry]:
    """A length for each column, about what is usual in so many dimensions."""
    median = usual_length(dimension)
    return [Entry(f"{prefix}length.{j}", median, spread, low, high) for j in range(dimension)]


def levelled(correlation: Kernel, level: float = LEVEL_VARIANCE) -> Kernel:
    """level + variance * `correlation`: a level of that variance, and a variance to be learned."""
    return Constant(level, free=False) + Constant(1.0) * correlation


def stationary(
    name: str,
    profile: Profile,
    variance: Entry,
    own: list[Entry],
    *,
    level: float = LEVEL_VARIANCE,
) -> Form:
    """level + `variance` * `profile` over all columns, with lengths of its `own`."""
    correlation = ard(profile, tuple(length.median for length in own))
    return form_from(name, levelled(correlation, level), [variance, *own])


_VARIANCE = Entry("variance", 2.0, 1.2, 0.001, 1e4)


def _plain(name: str, profile: Profile, dimension: int) -> Form:
    """level + variance * `profile` with a length each."""
    return stationary(name, profile, _VARIANCE, lengths(dimension))


smooth = partial(_plain, "smooth", Matern52())  # in all inputs together


def trended(dimension: int) -> Form:
    """`smooth` plus a plane: what rises or falls all over the space is known beyond a length.

    Its slopes have one variance, less in more dimensions: the plane varies as much over any space.
    In campaigns on discrim_lowdim, which has a trend, the Brier score after 50 and 100 runs fell
    from .072 to .070 and from .050 to .042 (20 seeds). On hartmann6_binary, which has none, it was
    .346 and .348 after 100, .257 and .262 after 250 (7 seeds).
    """
    slopes = Entry("slope.variance", _SLOPES / dimension, 1.5, 1e-4, 1e3)
    entries = [_VARIANCE, *lengths(dimension), slopes]
    return form_from("trended", smooth(dimension).kernel + Plane(1.0), entries)


def axes(dimension: int) -> Form:
    """`smooth` plus, for each input, a Matern-5/2 of that input alone: bands along an axis."""
    entries, kernel = [_VARIANCE, *lengths(dimension)], smooth(dimension).kernel
    for j in range(dimension):
        entries += [
            Entry(f"band.{j}.variance", 0.01, 2.0, 1e-6, 100.0),
            Entry(f"band.{j}.length", 0.05, 0.7, 0.005, 1.0),
        ]
        kernel = kernel + Constant(0.01) * Stationary(Matern52(), (0.05,), (j,))
    return form_from("axes", kernel, entries)


LINE, CURVE = "line", "curve"  # how f may follow a guide
_USUAL = Matern52()  # of what a guide leaves


def guided(dimension: int, *, kinds: tuple[str, ...], profile: Profile = _USUAL) -> Form:
    """level + a line along each of the last columns + variance * `profile` of the others.

    The last columns are values of guides, one for each of `kinds`; see `models.guided`. A slope is
    N(0, 1) for a `LINE`, whose guide is on the scale of f; for a `CURVE` its variance is learned,
    and the `profile` is of that column too.
    """
    first = dimension - len(kinds)
    curves = [first + j for j, kind in enumerate(kinds) if kind == CURVE]
    over = [*range(first), *curves]
    variance = Entry("variance", 0.1, 1.0, 0.001, 1.0) if LINE in kinds else _VARIANCE
    own = lengths(len(over))
    entries = [variance, *own]
    kernel = levelled(Stationary(profile, tuple(length.median for length in own), tuple(over)))
    for j, kind in enumerate(kinds):
        kernel = kernel + Constant(1.0, free=kind == CURVE) * Linear(first + j)
        if kind == CURVE:
            entries.append(Entry(f"trust.{j}", 1.0, 1.5, 1e-6, 1e4))
    return form_from(guided_name(kinds, profile), kernel, entries)


def guided_name(kinds: Sequence[str], profile: Profile = _USUAL) -> str:
    """What the form with guides of these kinds is called."""
    smoother = ", analytic" if isinstance(profile, Rbf) else ""
    return f"guided by {' '.join(kinds)}{smoother}"


MOST_GUIDES = 4
GUIDED: Mapping[str, Callable[[int], Form]] = {
    guided_name(kinds, profile): partial(guided, kinds=kinds, profile=profile)
    for guides in range(1, MOST_GUIDES + 1)
    for kinds in product((LINE, CURVE), repeat=guides)
    for profile in (_USUAL, Rbf())
}
FORMS: Mapping[str, Callable[[int], Form]] = {
    "smooth": smooth,
    "trended": trended,
    "rough": partial(_plain, "rough", Matern32()),  # bends that come without warning
    "analytic": partial(_plain, "analytic", Rbf()),  # what is known here is known far around
    "axes": axes,
    **GUIDED,
}


def form_of(values: Mapping[str, Any], dimension: int) -> Form:
    """The form that hyper-parameters name; raises `DataError` when there is none such."""
    name = str(values.get("form"))
    if name not in FORMS:
        raise DataError(
            f"hyper-parameters of a form among {', '.join(FORMS)} were expected, "
            f"{name!r} came; they belong to another recipe"
        )
    return FORMS[name](dimension)


def form_from(name: str, kernel: Kernel, entries: list[Entry]) -> Form:
    """A form whose prior and labels are those of `entries`, in the order of the kernel's theta."""
    centre, lower, upper = np.log([(e.median, e.low, e.high) for e in entries]).T
    spread = np.array([e.spread for e in entries])
    return Form(name, kernel, tuple(e.label for e in entries), Prior(centre, spread, lower, upper))
