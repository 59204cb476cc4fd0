"""How a campaign stands, read off its surrogate: what the rules of `stopping` look at."""

from collections.abc import Sequence

import numpy as np

from surrogate.asking.coverage import Edges, edge_share, hole
from surrogate.design import admitted, fill, sobol
from surrogate.goal import Goal, GoalKind
from surrogate.linalg import factorise, log_determinant, solve_lower
from surrogate.models.base import Joint, Marginal
from surrogate.models.quality import Chance
from surrogate.pool import Domain, Pool
from surrogate.rarity import evened, shares, widened
from surrogate.representing import representing
from surrogate.space import Array, Point
from surrogate.stopping import HOLE_FACTOR, Standing, agreement, error_bound

_POINTS = 4096  # of the widened distribution, for the shares of sides
_FEWEST_AT_EDGES = 20  # points that a rule chose: of fewer a share says nothing
_KEPT = 2000  # of them, for the agreement of successive surrogates
_JOINT = 64  # of them, for the divergence of successive surrogates
_LEAST = 1e-6  # of the response's variance: what is known better than that counts as known


def standing(
    surrogate: Marginal,
    domain: Domain,
    goal: Goal,
    units: Array,
    before: Marginal | None = None,
    chance: Chance | None = None,
) -> Standing:
    """The standing of a surrogate that has seen runs at `units` (n, d); `before` is the last one.

    What is more likely declined than answered, by the `chance` of an answer, counts for nothing.
    Cost, seconds, audit and, but for a boundary, the expected error are not known here:
    `dataclasses.replace` adds them.
    """
    rows, counted = _counted(domain, chance)
    moved = divergences(surrogate, before, rows[:_JOINT])
    bound = None if moved is None else error_bound(*moved)
    covered = no_large_hole(domain, units)
    if (level := goal.level) is None:
        return Standing(len(units), trusted=covered, bound=bound)
    above = surrogate.exceedance(rows, level)
    share = float(counted @ (above > 0.5))
    both = 0.0 < share < 1.0 and _both_seen(surrogate, units, level)
    wrong = float(counted @ np.minimum(above, 1.0 - above))
    agreed = None
    if before is not None:
        agreed = agreement(above[:_KEPT] > 0.5, before.exceedance(rows[:_KEPT], level) > 0.5)
    return Standing(
        runs=len(units),
        trusted=both and covered,
        error=wrong if goal.kind is GoalKind.BOUNDARY else float("nan"),
        wrong=wrong,
        smaller=min(share, 1.0 - share),
        agreed=agreed,
        bound=bound,
    )


def watched(domain: Domain) -> Array:
    """The points that are looked at each time: allowed rows of the widened distribution.

    Of a pool its items, a random part of them where there are more.
    """
    if isinstance(domain, Pool):
        return domain.units[np.random.default_rng(0).permutation(len(domain))[:_POINTS]]
    return admitted(domain, widened(domain, sobol(domain.dimension, _POINTS, seed=0)))


def edges(domain: Domain, chosen: Sequence[Point]) -> Edges | None:
    """How many of the points that a rule chose lie at the edge; None for a pool, or of few."""
    if len(chosen) < _FEWEST_AT_EDGES or isinstance(domain, Pool):
        return None
    return Edges(len(chosen), edge_share(domain.encode(chosen)), edge_share(watched(domain)))


def no_large_hole(domain: Domain, units: Array) -> bool:
    """Whether no hole is larger than `HOLE_FACTOR` times a Sobol design's, the same in number.

    A pool's items that stand best for the others take the place of the Sobol design.
    """
    rows, count = watched(domain), max(len(units), 1)
    if isinstance(domain, Pool):
        best = domain.units[representing(domain, count, 0)]
        return bool(hole(rows, units).max() <= HOLE_FACTOR * hole(rows, best).max())
    even = evened(domain, fill(domain, 0, count, 0))
    there = evened(domain, rows)
    largest = hole(there, evened(domain, units)).max()
    return bool(largest <= HOLE_FACTOR * hole(there, even).max())


def _counted(domain: Domain, chance: Chance | None) -> tuple[Array, Array]:
    """The points that are looked at, and what each counts in a mean over the domain."""
    rows = watched(domain)
    counted = shares(domain, rows)
    if chance is not None and (answered := chance(rows) >= 0.5).any():
        rows, counted = rows[answered], counted[answered]
    return rows, counted / counted.sum()


def _both_seen(surrogate: Marginal, units: Array, level: float) -> bool:
    """Whether the surrogate puts runs on both sides of the level."""
    above = surrogate.exceedance(units, level) > 0.5
    return bool(0 < above.sum() < len(above))


def divergences(now: Marginal, before: Marginal | None, rows: Array) -> tuple[float, float] | None:
    """Between two surrogates at `rows` (n, d), in nats, to and fro; None for one that is none."""
    if not (isinstance(now, Joint) and isinstance(before, Joint)):
        return None
    means = [each.latent(rows)[0] for each in (now, before)]
    floor = _LEAST * float(np.var(means[0])) + np.finfo(float).tiny
    spreads = [_floored(each.covariance(rows, rows), floor) for each in (now, before)]
    one, other = zip(means, spreads, strict=True)
    return _divergence(one, other), _divergence(other, one)


def _floored(covariance: Array, floor: float) -> Array:
    """The covariance with no direction of less variance than `floor`, whatever rounding left."""
    values, axes = np.linalg.eigh(0.5 * (covariance + covariance.T))
    return np.asarray((axes * np.maximum(values, floor)) @ axes.T)


def _divergence(p: tuple[Array, Array], q: tuple[Array, Array]) -> float:
    """Of two normal distributions, KL(p || q) in nats."""
    narrow, wide = factorise(p[1]), factorise(q[1])
    apart = solve_lower(wide, q[0] - p[0])
    ratio = solve_lower(wide, narrow)
    determinants = log_determinant(wide) - log_determinant(narrow)
    return 0.5 * float(np.sum(ratio**2) + apart @ apart - len(apart) + determinants)
