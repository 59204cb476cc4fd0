"""How sure a number's hyper-parameters are, and how much wider intervals are for want of that.

    symbol   meaning                                                           shape
    theta    hyper-parameters at their most probable, logarithms               (p,)
    miss     what a site says less what the others say of it                   (n,)
    v        variance of f at a site, the others known and noise left out      (n,)

The mean moves with theta, which alternatives tell (`doubt`); v does too, and intervals multiply it
by one `stretch` everywhere. That is the larger of two factors. As far as the alternatives say, v is
lognormal with s2 the sum of the squares by which its logarithm moves, and its mean is exp(s2 / 2)
times what it is at theta. And misses with the sites left out say what v should have been: squared,
they are as large as it on average where the response is what the covariance takes it for, and
larger where it is not, as with kinks that a rule runs along.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from surrogate.models.doubt import alternatives
from surrogate.models.forms import Form, named_alternative
from surrogate.models.number_evidence import NumberModel
from surrogate.models.posterior import Alternative, Posterior, conditioned
from surrogate.models.process_surrogate import STRETCH
from surrogate.models.sites import NumberSites

_DOUBTED = 400  # sites; of more, hyper-parameters are sure enough, and each reading costs too much
_JUDGED = 1600  # sites at most that are left out in turn
_MOST = 4.0  # of s2: what a normal approximation in log v is good for
_NOTICED = 5e-3  # of v: squared misses that move less on average are not worth a reading


def doubted(form: Form, sites: NumberSites, values: Mapping[str, Any]) -> dict[str, Any]:
    """`values`, the most probable, with alternatives to them and the `stretch` by name."""
    if not len(sites.means):
        return dict(values)
    model = NumberModel(form, sites.some(_JUDGED))
    theta = model.theta(values)
    miss, total, own = model.left_out(theta)
    misjudged = float(np.mean(miss**2 / total)) ** float(np.mean(own / total))
    if len(sites.means) > _DOUBTED:
        return {**values, STRETCH: max(1.0, misjudged)}
    named, s2 = dict(values), np.zeros(len(miss))
    kept = 0
    for other in alternatives(model.evidence, model.prior, theta):
        moved, _, others_own = model.left_out(other)
        s2 += np.log(others_own / own) ** 2
        if np.mean((moved - miss) ** 2 / own) > _NOTICED:
            named |= named_alternative(kept, model.named(other))
            kept += 1
    rise = float(np.exp(0.5 * np.mean(np.minimum(s2, _MOST))))
    return {**named, STRETCH: max(rise, misjudged)}


def believed(form: Form, sites: NumberSites, values: Mapping[str, Any]) -> Posterior:
    """The process that has read the sites, with the alternatives that are named."""
    others = [_read(form, sites, other) for other in form.alternatives(values)]
    return replace(
        _read(form, sites, values),
        alternatives=tuple(Alternative(other.kernel, other.weights) for other in others),
    )


def _read(form: Form, sites: NumberSites, values: Mapping[str, Any]) -> Posterior:
    noise = sites.noise_at(float(values.get("noise", 0.0)))
    return conditioned(form.member(values), sites.units, sites.means, noise)
