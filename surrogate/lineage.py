"""What a child campaign takes over: which runs of its parent to repeat, and the map to begin with.

Pure: records in, values out. Sentinels are runs of the parent that the child makes again with the
same seeds: a quarter each from sweet spots, from the boundary, from where the parent is least sure,
and spread evenly over the space; half are spread evenly where small patches are looked for. A run
that is repeated is taken out of the parent's map, so that no answer counts twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from surrogate.bridge import Crossing
from surrogate.errors import NotEnoughData, PlanError, PointError
from surrogate.learner import Learner
from surrogate.models.base import Joint
from surrogate.models.condensed import condensed
from surrogate.models.heritage import Heritage
from surrogate.models.incline import Incline
from surrogate.models.inherited import InheritedRecipe
from surrogate.models.numbers import NumberSurrogate
from surrogate.models.patched import PatchedPosterior, Suspecting, smooth_of
from surrogate.models.probability import ProbabilityRecipe, ProbabilitySurrogate
from surrogate.models.scouts import Scouts
from surrogate.records import Observation, Query, Revision, Sentinel
from surrogate.space import Array, Real, Space

Rows = NDArray[np.intp]

_SHORTLIST = 3  # times as many candidates as are taken, of which the farthest apart are
_ROLES = ("sweet spot", "boundary", "least sure", "even")


@dataclass(frozen=True)
class Past:
    """A parent's campaign: its mind, what it was told, what it asked, and its last revision."""

    name: str
    learner: Learner
    observations: Sequence[Observation]
    queries: Sequence[Query]
    revision: Revision

    @property
    def seen(self) -> tuple[Observation, ...]:
        """The observations that the revision knows, by query."""
        known = set(self.revision.seen)
        return tuple(
            sorted((o for o in self.observations if o.query in known), key=attrgetter("query"))
        )


def choose_sentinels(past: Past, bridge: Crossing, count: int) -> tuple[Sentinel, ...]:
    """At most `count` of the parent's runs to be made again; fewer where fewer fit the new space.

    Half of its runs are left out of it at least, so that it keeps a map to begin with.
    Raises `NotEnoughData` where the parent has learned nothing, `PlanError` for a parent whose
    surrogate is no process.
    """
    surrogate = _surrogate(past, past.revision)
    units, candidates = _candidates(past, bridge)
    count = min(count, len(candidates), len(past.seen) // 2)
    roles: dict[int, str] = {}
    for role, share in zip(_ROLES, _shares(count, surrogate), strict=True):
        taken = list(roles)
        order = _order(role, surrogate, past, units)
        free = order[~np.isin(order, taken)]
        if role != _ROLES[-1]:
            free = free[: _SHORTLIST * share]
        roles |= dict.fromkeys(_apart(units, free, taken, share), role)
    return tuple(replace(candidates[row], role=roles[row]) for row in sorted(roles))


def heritage(past: Past, bridge: Crossing, sentinels: Sequence[Sentinel]) -> Heritage:
    """What the child learns with: the parent's map without the answers of runs that are repeated.

    Where patches lie, all of its runs say by how much they were one. Slopes are those of the map
    but for them: a patch ends at an edge, where answers tell of patches and of no map that slid.
    """
    again = {one.query for one in sentinels}
    rest = tuple(index for index in past.revision.seen if index not in again)
    own = past.learner
    if isinstance(own.recipe, ProbabilityRecipe | InheritedRecipe):
        own = replace(own, recipe=own.recipe.knowing(own.data(past.seen)))
    past = replace(past, learner=own)
    old = condensed(_surrogate(past, replace(past.revision, seen=rest)))
    smooth = smooth_of(old.posterior)
    return Heritage(
        parent=past.name,
        old=old,
        bridge=bridge,
        units=bridge.new.encode([one.point for one in sentinels]),
        before=_given(past, past.learner.outcome.name, sentinels),
        incline=Incline.of(lambda rows: old.scale * smooth.mean(rows), smooth.units),
        scouts=_scouts(past, bridge, sentinels),
    )


def _scouts(past: Past, bridge: Crossing, sentinels: Sequence[Sentinel]) -> Scouts | None:
    """The sentinels as scouts, and the parent's other runs, if its map knows of patches; the map of
    all of its runs, since without those of the sentinels it may have forgotten one.

    Where a parameter has steps, runs may meet by chance, and with it none but sentinels are.
    """
    if not past.learner.helps:
        return None
    whole = _surrogate(past, past.revision).posterior
    if not isinstance(whole, PatchedPosterior):
        return None
    runs = list(sentinels)
    if isinstance(bridge.new, Space) and all(
        isinstance(one, Real) for one in bridge.new.parameters.values()
    ):
        again = {one.query for one in sentinels}
        runs += [one for one in _candidates(past, bridge)[1] if one.query not in again]
    units = bridge.new.encode([one.point for one in runs])
    inside = whole.patches.cover_all(bridge.to_old(units))
    values = {name: _given(past, name, runs) for name in past.learner.helps}
    return Scouts(runs, len(sentinels), units, inside, values)


def _given(past: Past, name: str, sentinels: Sequence[Sentinel]) -> Array:
    """What the runs that are made again gave of an outcome, NaN where none, (k,)."""
    values = {o.query: o.values[name] for o in past.observations if name in o.values}
    return np.array([values.get(one.query, np.nan) for one in sentinels])


def _surrogate(past: Past, revision: Revision) -> ProbabilitySurrogate | NumberSurrogate:
    if not revision.seen:
        raise NotEnoughData(
            f"parent '{past.name}' has no finished runs to begin from; run it first"
        )
    found = past.learner.restore(past.observations, revision).surrogate
    if not isinstance(found, ProbabilitySurrogate | NumberSurrogate):
        raise PlanError(
            f"parent '{past.name}': its surrogate '{past.learner.recipe.name}' gives no map to "
            "begin with; one of a Gaussian process does"
        )
    return found


def _candidates(past: Past, bridge: Crossing) -> tuple[Array, list[Sentinel]]:
    """The parent's runs that can be repeated in the new space: their rows in its cube, (n, d)."""
    seeds = {query.index: query.seed for query in past.queries}
    found: dict[bytes, tuple[Array, Sentinel]] = {}
    for o in past.seen:
        if past.learner.outcome.name not in o.values or o.query not in seeds:
            continue
        try:
            point = bridge.to_new(o.point)
        except PointError:
            continue
        row = bridge.old.encode([o.point])[0]
        found.setdefault(row.tobytes(), (row, Sentinel(o.query, seeds[o.query], point)))
    units = np.array([row for row, _ in found.values()]).reshape(-1, bridge.old.dimension)
    return units, [sentinel for _, sentinel in found.values()]


def _shares(count: int, surrogate: ProbabilitySurrogate | NumberSurrogate) -> list[int]:
    """How many of `count` sentinels have each role: a quarter, and half to be spread evenly where
    small patches are looked for, since one may have come anywhere.
    """
    hunts = isinstance(surrogate, Suspecting) and bool(surrogate.suspected)
    even = count // 2 if hunts else -(-count // 4)
    rest, number = count - even, len(_ROLES) - 1
    return [rest // number + (k >= number - rest % number) for k in range(number)] + [even]


def _order(role: str, surrogate: Joint, past: Past, units: Array) -> Rows:
    """Candidates, those first that stand best for a role."""
    level = past.learner.goal.level
    if role == "sweet spot":
        return np.argsort(-surrogate.predict(units).mean, kind="stable")
    if role == "boundary" and level is not None:
        return np.argsort(np.abs(surrogate.exceedance(units, level) - 0.5), kind="stable")
    if role == "even":
        return np.arange(len(units))
    return np.argsort(-surrogate.latent(units)[1], kind="stable")


def _apart(units: Array, free: Rows, taken: list[int], count: int) -> list[int]:
    """`count` of the `free` rows, each the farthest from those before it and from `taken`."""
    chosen: list[int] = []
    gaps = np.full(len(free), np.inf)
    for row in taken:
        gaps = np.minimum(gaps, np.linalg.norm(units[free] - units[row], axis=1))
    for _ in range(min(count, len(free))):
        best = int(np.argmax(gaps))
        chosen.append(int(free[best]))
        gaps = np.minimum(gaps, np.linalg.norm(units[free] - units[free[best]], axis=1))
        gaps[best] = -1.0
    return chosen
