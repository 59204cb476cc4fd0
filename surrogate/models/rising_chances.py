"""Runs that answer yes or no, read together with steps along which f rises: one more yes each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from surrogate.models.conditioning import posterior, roughly
from surrogate.models.forms import Form
from surrogate.models.posterior import Posterior
from surrogate.models.propagation import first_messages, propagate
from surrogate.models.risen import Reading
from surrogate.models.rising import AnswersAndSteps, Rising, level
from surrogate.models.sites import CountSites
from surrogate.models.updating import Messages
from surrogate.space import Array, Rows


@dataclass(frozen=True)
class ChanceRuns:
    """See `models.risen.Runs`. `messages` of the runs are where expectation propagation begins."""

    form: Form
    sites: CountSites
    messages: Messages

    def __len__(self) -> int:
        return len(self.sites.units)

    def at(self, rows: Rows) -> Self:
        """Those at some of the sites."""
        messages = Messages(*(each[rows] for each in self.messages))
        return replace(self, sites=self.sites.at(rows), messages=messages)

    def read(self, values: Mapping[str, Any], steps: Array) -> Reading:
        """The process that was told of the runs and of the steps at once."""
        kernel = Rising(self.form.member(values))
        rows = np.concatenate([level(self.sites.units), steps])
        both = zip(self.messages, first_messages(len(steps)), strict=True)
        start = Messages(*(np.concatenate(each) for each in both))
        answers = AnswersAndSteps(self.sites.likelihood)
        found = propagate(kernel(rows, rows), answers, start=start)
        return Reading(values, steps, posterior(kernel, rows, found), found.log_evidence)

    def learned(self, values: Mapping[str, Any], steps: Array) -> Mapping[str, Any]:
        """`values` as they are: a few yes and no do not pass for bends."""
        return values

    def foretold(self, process: Posterior) -> Array:
        """Logarithms of the chance of what was answered."""
        return self.sites.likelihood.moments(*process.latent(level(self.sites.units))).log_z

    def worth(self, told: Array, untold: Array) -> float:
        """The sum of their differences."""
        return float(np.sum(told - untold))


def chance_runs(form: Form, values: Mapping[str, Any], sites: CountSites) -> ChanceRuns:
    """Runs at `sites`, to be read with hyper-parameters near `values`."""
    return ChanceRuns(form, sites, roughly(form.member(values), sites).messages)
