"""A process conditioned on yes and no: roughly, to be compared, or exactly, to be read."""

import numpy as np

from surrogate.kernels import Kernel
from surrogate.models.forms import Form
from surrogate.models.posterior import Posterior
from surrogate.models.propagation import Propagated, propagate, settle
from surrogate.models.search import Evidence
from surrogate.models.sites import CountSites
from surrogate.models.updating import ExactlyUpdated, Messages, Thin, Updated, thinned
from surrogate.space import Array

# Of a site's variance, on a scale on which an answer's noise is 1 and more: what a search and
# alternatives may leave out. The log evidence is then good to some 1e-3; with 1e-2 it is so rough
# that searches take twice as many steps.

MISSING = 1e-3
SEARCH_TOLERANCE = 2e-3  # of messages: the evidence, stationary in them, is then good to 1e-5


def roughly(
    kernel: Kernel,
    sites: CountSites,
    start: Messages | None = None,
    *,
    tolerance: float = SEARCH_TOLERANCE,
) -> Propagated[Updated]:
    """The fixed point in few dimensions."""
    prior = thinned(kernel(sites.units, sites.units), MISSING)
    return settle(prior, sites.likelihood, start=start, tolerance=tolerance)


def exactly(
    kernel: Kernel, sites: CountSites, start: Messages | None = None
) -> Propagated[ExactlyUpdated]:
    """The exact fixed point; in few dimensions first, if few hold it, for a start nearly there."""
    K = kernel(sites.units, sites.units)
    prior = thinned(K, MISSING)
    if isinstance(prior, Thin):
        start = settle(prior, sites.likelihood, start=start, tolerance=SEARCH_TOLERANCE).messages
    return propagate(K, sites.likelihood, start=start)


def posterior(kernel: Kernel, units: Array, found: Propagated[ExactlyUpdated]) -> Posterior:
    """The process with sites at `units` (n, d) at its exact fixed point, ready to be read."""
    return Posterior(kernel, units, found.weights, found.updated.root())


def evidence_of(
    form: Form,
    sites: CountSites,
    *,
    tolerance: float = SEARCH_TOLERANCE,
    missing: float = MISSING,
) -> Evidence:
    """log Z_EP and its gradient; each call begins with the messages that the last good one left."""
    likelihood = sites.likelihood
    latest: list[Messages | None] = [None]

    def evidence(theta: Array) -> tuple[float, Array]:
        K, pull = form.kernel.at(theta).evaluate(sites.units)
        found = settle(thinned(K, missing), likelihood, start=latest[0], tolerance=tolerance)
        if np.isfinite(found.log_evidence):
            latest[0] = found.messages
        return found.log_evidence, pull(found.sensitivity())

    return evidence
