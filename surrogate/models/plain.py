"""The plain: a process too stiff to hide a patch, and what patches it leaves to suspect.

Runs that crowd in a patch make a hill of the smooth process nearly as likely as the patch, and then
hide it; so the plain beside it is even and its lengths long by one sd of their prior. What the data
then ask for, bends along one input before all, it learns: where f bends and the plain is even, a
bend looks like a patch. On the football game in two dimensions, planted defects were found in 400
runs with the variance 0.01 and hardly with 1, which a map has before it is known; in four, one
input bends the map, and its bend was hunted in place of the defect until lengths were learned.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from surrogate.kernels import Kernel
from surrogate.models.conditioning import evidence_of, exactly, posterior, roughly
from surrogate.models.forms import Form
from surrogate.models.patched import PatchedPosterior
from surrogate.models.patches import Located, log_factor
from surrogate.models.propagation import Propagated
from surrogate.models.search import maximum_a_posteriori
from surrogate.models.sites import CountSites
from surrogate.models.updating import Updated
from surrogate.models.worlds import Patches
from surrogate.space import Array, Mask

_VARIANCES = (0.01, 0.1, 1.0)  # to begin from; the prior's median is the first
_UNEVEN = 0.75  # sd of the logarithm of the variance
_BENT = 0.7  # of the prior's sd of the logarithm of a length: what a plain has
PRECISION = 1e-5  # of the log posterior, relative


@dataclass(frozen=True)
class Plain:
    """A stiff process roughly conditioned; its `log_posterior` is up to a constant."""

    kernel: Kernel
    found: Propagated[Updated]
    log_posterior: float

    def beside(self, patches: Patches, sites: CountSites) -> PatchedPosterior:
        """The process with the patches, exactly conditioned."""
        found = exactly(self.kernel, sites, self.found.messages)
        return PatchedPosterior(posterior(self.kernel, sites.units, found), patches)


def likeliest_plain(form: Form, sites: CountSites, known: Sequence[Located] = ()) -> Plain:
    """The likeliest of the plains, each judged beside the patches that it leaves to suspect."""
    even = stiff(form)
    learned, _ = maximum_a_posteriori(
        evidence_of(even, sites), even.prior, starts=beginnings(even), precision=PRECISION
    )
    plains = [_plain(even, sites, theta) for theta in (even.prior.centre, learned)]
    return max(
        plains, key=lambda one: one.log_posterior + log_factor(sites.units, one.found, known)
    )


def stiff(form: Form) -> Form:
    """The form with the prior of a plain."""
    prior, long = form.prior, _lengths(form)
    centre = np.where(long, prior.centre + prior.spread, np.log(_VARIANCES[0]))
    spread = np.where(long, _BENT * prior.spread, _UNEVEN)
    return replace(form, prior=replace(prior, centre=centre, spread=spread))


def beginnings(even: Form) -> list[Array]:
    """Hyper-parameters to begin from: as long as the prior has them, and of a few variances."""
    long = _lengths(even)
    return [np.where(long, even.prior.centre, np.log(variance)) for variance in _VARIANCES]


def _lengths(form: Form) -> Mask:
    """Which hyper-parameters are lengths, (p,)."""
    return np.array([label.startswith("length.") for label in form.labels])


def _plain(even: Form, sites: CountSites, theta: Array) -> Plain:
    kernel = even.kernel.at(theta)
    found = roughly(kernel, sites)
    return Plain(kernel, found, found.log_evidence + even.prior.log_density(theta))
