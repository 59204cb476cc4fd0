"""The plain: a process too stiff to hide a patch, and what patches it leaves to suspect.

Runs that crowd in a patch make a hill of the smooth process nearly as likely as the patch, and then
hide it; so the plain beside it is even and its lengths long by one sd of their prior, unless the
data ask for more. On the football game, planted defects were found in 400 runs with the variance
0.01 and hardly with 1, which a map has before it is known.
"""

from dataclasses import dataclass

import numpy as np

from surrogate.kernels import Kernel
from surrogate.models.conditioning import exactly, posterior, roughly
from surrogate.models.forms import Form
from surrogate.models.patched import PatchedPosterior
from surrogate.models.patches import Patches, log_factor
from surrogate.models.propagation import Propagated
from surrogate.models.sites import CountSites
from surrogate.models.updating import Updated

_VARIANCES = (0.01, 0.1, 1.0)  # that are tried
_UNEVEN = 0.75  # sd of the logarithm of the variance, about the first


@dataclass(frozen=True)
class Plain:
    """A stiff process roughly conditioned; its `log_posterior` is up to a constant."""

    kernel: Kernel
    found: Propagated[Updated]
    log_posterior: float

    def beside(self, patches: Patches, sites: CountSites) -> PatchedPosterior:
        """The process with the patches, exactly conditioned."""
        found = exactly(self.kernel, sites, self.found.messages)
        return PatchedPosterior(posterior(self.kernel, sites, found), patches)


def likeliest_plain(form: Form, sites: CountSites) -> Plain:
    """The likeliest of the plains, each judged beside the patches that it leaves to suspect."""
    plains = [_plain(form, sites, variance) for variance in _VARIANCES]
    return max(plains, key=lambda one: one.log_posterior + log_factor(sites.units, one.found))


def _plain(form: Form, sites: CountSites, variance: float) -> Plain:
    long = np.array([label.startswith("length.") for label in form.labels])
    theta = np.where(long, form.prior.centre + form.prior.spread, np.log(variance))
    kernel = form.kernel.at(theta)
    found = roughly(kernel, sites)
    log_prior = -0.5 * float(np.log(variance / _VARIANCES[0]) / _UNEVEN) ** 2
    return Plain(kernel, found, found.log_evidence + log_prior)
