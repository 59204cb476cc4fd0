"""What a query is worth: each rule gives every candidate its expected gain, averaged over sites.

The rules for a yes or no (probit link, p = Phi(f)) work with exact covariances of the answer y
at a candidate and what is to be known at a site q (Letham et al. 2022, AISTATS, eqs. 5-9):

    side 1[f_q <= g], g the latent level:  cov(y, side_q) = -excess(h, (g - m_q)/s_q; c/(s_q t))
    chance p_q = Phi(f_q):                 cov(y, p_q)    =  excess(h, m_q/t_q; c/(t t_q))

with t = sqrt(1 + v), t_q = sqrt(1 + v_q), s_q = sqrt(v_q), h = m/t. Runs in flight explain e of
c, and by the law of total covariance the covariance expected after them is the same excess at c
less the excess at e: h and k stay as they are, since beliefs are martingales. A Count is the mean
of its trials: the same covariance, a smaller variance.

The rules for a number use the Gaussian update, which needs locations alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import entr, ndtr

from surrogate.asking.scene import Sight
from surrogate.space import Array
from surrogate.specialfn import bivariate_excess

Gains = Callable[[Sight, float], Array]

_SURE = 1e-12  # answers and sides are never quite certain


@dataclass(frozen=True)
class Rule:
    """A rule by name. `gains(sight, g)` is (n,), `g` the latent level (NaN where there is none).

    `unit` is the gain's own unit, in words; with `in_logs` what `gains` gives are logarithms.
    """

    name: str
    unit: str
    gains: Gains
    needs_level: bool = True
    in_logs: bool = False


def weighed(rule: Rule, worth: Callable[[Array], Array]) -> Rule:
    """The rule with the gain of each candidate times its `worth(units)`, not negative, (n,)."""

    def gains(sight: Sight, g: float) -> Array:
        gains, factor = rule.gains(sight, g), worth(sight.candidates.units)
        if not rule.in_logs:
            return gains * factor
        return gains + np.log(np.maximum(factor, np.finfo(float).tiny))

    return replace(rule, gains=gains)


def volume_change(sight: Sight, g: float) -> Array:
    """EAVC: expected absolute change of the share of the space below the level, (n,).

    E|sum_q w_q (P_q - P_q|y)| = 2 |sum_q w_q cov(y, side_q)|, since the two answers move the sum
    by amounts that balance. Of a Count it looks at one trial.
    """
    return np.asarray(2.0 * np.abs(_side_covariance(sight, g) @ sight.sites.w))


def side_variance(sight: Sight, g: float) -> Array:
    """Expected fall of the share of the space that is undecided, mean of 2 P (1 - P), (n,).

    2 P (1 - P) is the chance that two draws of f disagree about the side; its mean over the
    space is the Brier score that the surrogate expects of itself.
    """
    return 2.0 * _fall(_side_covariance(sight, g), sight)


def chance_variance(sight: Sight, g: float) -> Array:
    """Expected fall of the mean posterior variance of p = Phi(f), (n,)."""
    here, there = sight.candidates, sight.sites.points
    t, t_there = np.sqrt(1.0 + here.v), np.sqrt(1.0 + there.v)
    scale = t[:, None] * t_there
    return _fall(_expected(here.m / t, there.m / t_there, sight, scale), sight)


def _side_covariance(sight: Sight, g: float) -> Array:
    """Expected cov(y, 1[f_q > g]) once the runs in flight are in, (n, q)."""
    here, there = sight.candidates, sight.sites.points
    t, s = np.sqrt(1.0 + here.v), np.sqrt(there.v)
    return _expected(here.m / t, (there.m - g) / s, sight, t[:, None] * s)


def _expected(h: Array, k: Array, sight: Sight, scale: Array) -> Array:
    now = bivariate_excess(h[:, None], k, np.clip(sight.c / scale, -1.0, 1.0))
    if not sight.e.any():  # nothing in flight
        return now
    later = bivariate_excess(h[:, None], k, np.clip(sight.e / scale, -1.0, 1.0))
    return np.asarray(now - later)


def _fall(covariance: Array, sight: Sight) -> Array:
    """sum_q w_q cov(y, .)^2 / var(y): the variance that y explains on average, (n,).

    All of it for a yes or no; what a line through y explains for a count.
    """
    return np.asarray(covariance**2 @ sight.sites.w / _answer_variance(sight))


def _answer_variance(sight: Sight) -> Array:
    """Expected variance of the share of yes in a run once the runs in flight are in, (n,).

    var(y) = var(p) + E[p (1 - p)] / trials by the law of total variance, var(p) an excess.
    """
    here = sight.candidates
    t2 = 1.0 + here.v
    h = here.m / np.sqrt(t2)
    one = ndtr(h) * ndtr(-h)
    known = bivariate_excess(h, h, sight.own / t2)
    if sight.trials == 1:
        return np.asarray(np.maximum(one - known, _SURE))
    of_chance = bivariate_excess(h, h, here.v / t2)
    variance = of_chance - known + (one - of_chance) / sight.trials
    return np.asarray(np.maximum(variance, _SURE))


def side_information(sight: Sight, g: float) -> Array:
    """GlobalMI: mutual information between the answer and the sides, in nats, (n,)."""
    return _by_answer(sight, g, lambda p: entr(p) + entr(1.0 - p))


def side_error(sight: Sight, g: float) -> Array:
    """GlobalSUR: expected fall of the misclassified share, mean of min(P, 1 - P), (n,)."""
    return _by_answer(sight, g, lambda p: np.minimum(p, 1.0 - p))


def _by_answer(sight: Sight, g: float, loss: Callable[[Array], Array]) -> Array:
    """Mean over sites of loss(P) less its expectation over the two answers.

    Runs in flight narrow f while the mean is taken to stay: these rules are for comparison.
    """
    here, there = sight.candidates, sight.sites.points
    v, v_there = here.v - sight.own, np.maximum(there.v - sight.theirs, 1e-14)
    t, s = np.sqrt(1.0 + v), np.sqrt(v_there)
    h, k = here.m / t, (g - there.m) / s
    below, yes = ndtr(k), np.clip(ndtr(h), _SURE, 1.0 - _SURE)[:, None]
    rho = np.clip((sight.c - sight.e) / (t[:, None] * s), -1.0, 1.0)
    covariance = -bivariate_excess(h[:, None], -k, rho)
    after_yes = np.clip(below + covariance / yes, 0.0, 1.0)
    after_no = np.clip(below - covariance / (1.0 - yes), 0.0, 1.0)
    after = yes * loss(after_yes) + (1.0 - yes) * loss(after_no)
    return np.asarray((loss(below) - after) @ sight.sites.w)


def latent_variance(sight: Sight, g: float) -> Array:
    """IMSPE: fall of the mean posterior variance of f; needs locations alone, (n,)."""
    return np.asarray(_gaussian_fall(sight) @ sight.sites.w)


def crossing(sight: Sight, g: float) -> Array:
    """Batch SUR: expected fall of the mean of P (1 - P) after a Gaussian reading, (n,).

    E[P(1-P)] after readings that explain the share r of the variance is Phi2(z, -z; -r) with
    z = (m - g)/s (Bect et al. 2012; Chevalier et al. 2014), that is P (1 - P) less
    excess(z, z; r): one more reading lowers it by excess(z, z; r + new) - excess(z, z; r).
    """
    there = sight.sites.points
    z = (there.m - g) / np.sqrt(there.v)
    before = sight.theirs / there.v
    after = np.clip(before + _gaussian_fall(sight) / there.v, 0.0, 1.0)
    fall = bivariate_excess(z, z, after) - bivariate_excess(z, z, np.clip(before, 0.0, 1.0))
    return np.asarray(fall @ sight.sites.w)


def narrowing(sight: Sight, g: float) -> Array:
    """Fall of the mean of min(P, 1 - P) when the mean stays and the variance falls, (n,).

    The "approximate" look-ahead of Lyu, Binois and Ludkovski (2021), for comparison.
    """
    there = sight.sites.points
    far = np.abs(there.m - g)
    before = np.maximum(there.v - sight.theirs, 1e-14)
    after = np.maximum(before - _gaussian_fall(sight), 1e-14)
    return np.asarray((ndtr(-far / np.sqrt(before)) - ndtr(-far / np.sqrt(after))) @ sight.sites.w)


def _gaussian_fall(sight: Sight) -> Array:
    """By how much a reading lowers the variance at every site, (n, q)."""
    here = sight.candidates
    left = np.maximum(here.v - sight.own, 0.0) + here.noise
    return np.asarray((sight.c - sight.e) ** 2 / left[:, None])


_SHARE = "share of the space"
INFORMATION = "units of information (nats)"

FOR_CHANCES: Mapping[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("eavc", _SHARE, volume_change),
        Rule("sides", _SHARE, side_variance),
        Rule("globalmi", INFORMATION, side_information),
        Rule("globalsur", _SHARE, side_error),
        Rule("variance", "squared doubt (variance of p)", chance_variance, needs_level=False),
        Rule("crossing", _SHARE, crossing),
        Rule("narrowing", _SHARE, narrowing),
    )
}
FOR_NUMBERS: Mapping[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("crossing", _SHARE, crossing),
        Rule("variance", "squared doubt (variance of f)", latent_variance, needs_level=False),
    )
}
