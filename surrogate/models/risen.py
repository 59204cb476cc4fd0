"""A process that was told along which steps f rises, and whether the runs speak against these."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

import numpy as np

from surrogate.models.forms import Form
from surrogate.models.posterior import Alternative, Posterior, Reread
from surrogate.models.rising import is_level, level
from surrogate.models.sites import some_rows
from surrogate.space import Array, Mask, Rows

_FOLDS = 5
_JUDGED = 400  # sites at most that are held out in turn
_UNLIKELY = 8.0  # nats by which runs and steps may be less likely together than each by itself
_CLEARLY = 3.0  # nats by which runs held out may be foretold worse with steps


@dataclass(frozen=True)
class MonotoneProcess(Reread):
    """The process of `inner`, over rows of `rising`, as one over the space.

    Of runs that are told later, what steps say stays as it is.
    """

    def rows(self, q: Array) -> Array:
        """Rows that stand for f at `q`."""
        return level(q)

    @property
    def units(self) -> Array:
        """The sites in the unit cube, without the steps, (n, d)."""
        return np.split(self.inner.units[self._of_runs], 2, axis=1)[0]

    def left_out(self) -> tuple[Array, Array]:
        """Of each site with the others and the steps known, its distance from the mean, variance.

        What steps say has seen the site too: both are less than they would be.
        """
        miss, variance = self.inner.left_out()
        return miss[self._of_runs], variance[self._of_runs]

    @property
    def _of_runs(self) -> Mask:
        return is_level(self.inner.units)


@dataclass(frozen=True)
class Reading:
    """The process of given hyper-parameters that was told of runs and `steps`.

    `log_evidence` is of both and of the hyper-parameters, up to what all readings have in common.
    """

    values: Mapping[str, Any]
    steps: Array
    process: Posterior
    log_evidence: float


class Runs(Protocol):
    """Runs at n sites, and how a process reads them."""

    def __len__(self) -> int: ...

    @property
    def form(self) -> Form:
        """Whose hyper-parameters they are read with."""

    def at(self, rows: Rows) -> Self:
        """Those at some of the sites."""

    def read(self, values: Mapping[str, Any], steps: Array) -> Reading:
        """The process that was told of the runs and that f rises along `steps`."""

    def learned(self, values: Mapping[str, Any], steps: Array) -> Mapping[str, Any]:
        """Hyper-parameters in place of `values`, now that f is known to rise along `steps`."""

    def foretold(self, process: Posterior) -> Array:
        """What `worth` takes of each site, none of which `process` has read, (n,)."""

    def worth(self, told: Array, untold: Array) -> float:
        """Nats by which the sites were foretold better the one way than the other."""


@dataclass(frozen=True)
class Risen:
    """Runs read with steps, `told`, and without, each with hyper-parameters of its own."""

    runs: Runs
    told: Reading
    untold: Reading

    @property
    def process(self) -> MonotoneProcess:
        """The process that was told, with alternatives that were told too."""
        others = self.runs.form.alternatives(self.told.values)
        read = (self.runs.read(other, self.told.steps).process for other in others)
        alternatives = tuple(Alternative(other.kernel, other.weights) for other in read)
        return MonotoneProcess(replace(self.told.process, alternatives=alternatives))

    @property
    def is_spoken_against(self) -> bool:
        """Whether it `is_unlikely`, and runs held out are foretold clearly worse with it.

        Either alone may err: a process that is surer than it should be, as beside a kink, finds
        anything unlikely, and where runs are few those held out are too few.
        """
        return self.is_unlikely and self.worth() < -_CLEARLY

    @property
    def is_unlikely(self) -> bool:
        """Whether the runs make it far less likely that f rises."""
        return self.odds() < -_UNLIKELY

    def odds(self) -> float:
        """By how much runs and steps are likelier together than each by itself, in nats."""
        nothing, told = self.runs.at(np.empty(0, dtype=np.int64)), self.told
        steps, none = (
            nothing.read(told.values, some).log_evidence for some in (told.steps, told.steps[:0])
        )
        return told.log_evidence - self.untold.log_evidence - (steps - none)

    def worth(self) -> float:
        """Nats by which runs, a fifth held out at a time, are foretold better with steps."""
        runs = self.runs.at(some_rows(len(self.runs), _JUDGED))
        n = len(runs)
        fold, foretold = np.random.default_rng(n).permutation(n) % _FOLDS, np.empty((2, n))
        for k in range(min(_FOLDS, n)):
            known, out = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
            for way, like in enumerate((self.told, self.untold)):
                process = runs.at(known).read(like.values, like.steps).process
                foretold[way, out] = runs.at(out).foretold(process)
        return runs.worth(*foretold)
