"""The plain: a process too stiff to hide a patch, and what patches it leaves to suspect.

Runs that crowd in a patch make a hill of the smooth process nearly as likely as the patch, and then
hide it; so the plain beside it is even and its lengths long by one sd of their prior, unless the
data ask for more. On the football game, planted defects were found in 400 runs with the variance
0.01 and hardly with 1, which a map has before it is known.
"""

from dataclasses import dataclass, replace

import numpy as np

from surrogate.kernels import Kernel
from surrogate.models.conditioning import exactly, posterior, roughly
from surrogate.models.forms import Form
from surrogate.models.patched import PatchedPosterior
from surrogate.models.patches import COARSE, Patches, scan
from surrogate.models.propagation import Propagated
from surrogate.models.sites import CountSites
from surrogate.models.updating import Updated

_VARIANCES = (0.01, 0.1, 1.0)  # that are tried
_UNEVEN = 0.75  # sd of the logarithm of the variance, about the first


@dataclass(frozen=True)
class Plain:
    """A stiff process roughly conditioned, and the patches beside it."""

    kernel: Kernel
    found: Propagated[Updated]
    log_prior: float
    patches: Patches

    @property
    def value(self) -> float:
        """The log posterior of its variance, up to a constant."""
        return self.found.log_evidence + self.log_prior + self.patches.log_factor

    def suspected(self, sites: CountSites) -> PatchedPosterior:
        """The process with the patches, exactly conditioned."""
        found = exactly(self.kernel, sites, self.found.messages)
        return PatchedPosterior(posterior(self.kernel, sites, found), self.patches)


def likeliest_plain(form: Form, sites: CountSites) -> Plain:
    """The likeliest of the plains, each judged beside the patches that it leaves to suspect."""
    best = max((_plain(form, sites, variance) for variance in _VARIANCES), key=lambda p: p.value)
    return replace(best, patches=scan(sites.units, best.found))


def _plain(form: Form, sites: CountSites, variance: float) -> Plain:
    long = np.array([label.startswith("length.") for label in form.labels])
    theta = np.where(long, form.prior.centre + form.prior.spread, np.log(variance))
    kernel = form.kernel.at(theta)
    found = roughly(kernel, sites)
    log_prior = -0.5 * float(np.log(variance / _VARIANCES[0]) / _UNEVEN) ** 2
    return Plain(kernel, found, log_prior, scan(sites.units, found, COARSE))
