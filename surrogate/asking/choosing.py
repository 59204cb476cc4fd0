"""`choose`: from a surrogate and a request to points with reasons, one function after the other.

Pure and repeatable: the same surrogate and request give the same choices.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from surrogate.asking import margin, rules
from surrogate.asking.coverage import hole, holes
from surrogate.asking.hunting import Worlds, edges, hunt, hunting_shares, suspects
from surrogate.asking.least_sure import choose_least_sure
from surrogate.asking.middles import unseen_middles
from surrogate.asking.optimum import IMPROVEMENT, around, improvement_rule, rivals
from surrogate.asking.repeating import Done, lessons, noisy, repeatable, words
from surrogate.asking.request import Choice, Request
from surrogate.asking.scene import Points, look
from surrogate.asking.search import Found, Task, greedy, joined, polish
from surrogate.asking.sites import Pool, candidates, level_of, pool, sites, without
from surrogate.design import fill
from surrogate.errors import NothingToAsk, PlanError
from surrogate.goal import Goal, GoalKind
from surrogate.models.base import LookAhead, Margin, Marginal
from surrogate.models.patched import Suspecting
from surrogate.outcome import Number, Outcome
from surrogate.pool import Pool as ItemPool
from surrogate.records import Reason
from surrogate.space import Array

LEAST_SURE = "least-sure"

# Of the rules for a boundary of yes and no, with learned hyper-parameters and batches of 8
# (`python -m benchmarks football_map`, 20 seeds, area on the wrong side after 267 runs): `eavc`
# 2.7 %, `sides` 2.8 %, Sobol 4.2 %. On the published level sets (`level_sets`) they are alike.
OWN_RULES = {
    (GoalKind.BOUNDARY, False): "eavc",
    (GoalKind.BOUNDARY, True): "crossing",
    (GoalKind.MAP, False): "variance",
    (GoalKind.MAP, True): "variance",
    (GoalKind.OPTIMUM, False): IMPROVEMENT,
    (GoalKind.OPTIMUM, True): IMPROVEMENT,
}

_REASONS = {
    GoalKind.MAP: Reason.COVERAGE,
    GoalKind.BOUNDARY: Reason.BOUNDARY,
    GoalKind.OPTIMUM: Reason.OPTIMUM,
}
_BARGAIN = 1.5  # a price so many times lower than that of the most telling run is said aloud


def choose(surrogate: Marginal, request: Request) -> tuple[Choice, ...]:
    """Exactly `request.count` different points that are worth a run, in the order of their index.

    None repeats one in flight, and one that is done only as a declared replicate, where runs are
    noisy. Raises `NothingToAsk` when the space holds fewer, and `PlanError` for a goal or rule
    that this surrogate cannot serve.
    """
    first = unseen_middles(surrogate, request) if request.parent else ()
    if len(first) == request.count:
        return first
    return (*first, *_by_name(surrogate, _left(request, first)))


def _left(request: Request, chosen: Sequence[Choice]) -> Request:
    """What is left to choose beside the `chosen`, fewer than all, which are then in flight too."""
    pending = np.concatenate([request.in_flight, *(choice.units[None, :] for choice in chosen)])
    count, first = request.count - len(chosen), request.first + len(chosen)
    return replace(request, count=count, first=first, pending=pending)


def _by_name(surrogate: Marginal, request: Request) -> tuple[Choice, ...]:
    """The choices of the rule."""
    name = rule_name(surrogate, request.goal, request.rule)
    if name == LEAST_SURE:
        return choose_least_sure(surrogate, request)
    if name in margin.RULES:
        if isinstance(surrogate, Margin):
            return margin.choose_by_margin(surrogate, replace(request, rule=name))
        raise _unable(name, "divides yes from no, such as 'svm'")
    if isinstance(surrogate, LookAhead):
        return _choose_ahead(surrogate, request)
    raise _unable(name, "says what a run would teach: a Gaussian process, such as 'gp'")


def rule_name(surrogate: Marginal, goal: Goal, named: str = "") -> str:
    """The rule that asks: the one `named`, else the goal's own for what the surrogate can do.

    One that looks ahead is asked by expected gain, one that divides yes from no along its divide
    where that is the level, and any other where it is least sure.
    """
    if named:
        return named
    if isinstance(surrogate, LookAhead):
        return OWN_RULES[goal.kind, isinstance(surrogate.outcome, Number)]
    even = goal.kind is GoalKind.BOUNDARY and goal.level == margin.LEVEL
    return "simple" if even and isinstance(surrogate, Margin) else LEAST_SURE


def manner(surrogate: Marginal, goal: Goal, named: str = "") -> str:
    """What to know of how it asks, a sentence for people; "" where it asks by expected gain."""
    if isinstance(surrogate, LookAhead):
        return ""
    place = "where it is least sure"
    if rule_name(surrogate, goal, named) in margin.RULES:
        place = "along its divide between yes and no"
    return f"It can't say what a run would teach, so queries go {place}."


def _unable(name: str, able: str) -> PlanError:
    return PlanError(
        f"rule {name!r} needs a surrogate that {able}; with this one, leave the rule out, "
        f"or use '{LEAST_SURE}', 'sobol', 'latin' or 'uniform'"
    )


def _choose_ahead(surrogate: LookAhead, request: Request) -> tuple[Choice, ...]:
    """The choices by expected gain."""
    rule = rule_for(surrogate, request)
    seen = pool(surrogate, request)
    suspected = _suspected(surrogate, request)
    exploring = [False] * request.count if suspected else request.explores()
    explorers = _explorers(surrogate, request, seen, sum(exploring))
    exploring = _first(exploring, len(explorers))
    chosen: list[Choice] = []
    if len(explorers) < request.count:
        beside = _left(request, explorers)
        chosen = _hunters(suspected, beside, seen) if suspected else []
        if len(chosen) < beside.count:
            chosen += _by_rule(surrogate, _left(beside, chosen), seen, rule)
    queues = {True: iter(explorers), False: iter(chosen)}
    return tuple(next(queues[each]) for each in exploring)


def _first(flags: list[bool], count: int) -> list[bool]:
    """The flags of which only the first `count` stay up."""
    return [flag and sum(flags[:i]) < count for i, flag in enumerate(flags)]


def rule_for(surrogate: LookAhead, request: Request) -> rules.Rule:
    """The rule that the request names, or the goal's own; raises `PlanError`."""
    is_number = isinstance(surrogate.outcome, Number)
    table = dict(rules.FOR_NUMBERS if is_number else rules.FOR_CHANCES)
    table[IMPROVEMENT] = improvement_rule(request.goal)
    name = rule_name(surrogate, request.goal, request.rule)
    if name not in table:
        raise PlanError(
            f"rule {name!r} is not known for {type(surrogate.outcome).__name__}; "
            f"there are {', '.join(table)}, {LEAST_SURE}, and the baselines sobol, latin, uniform"
        )
    if table[name].needs_level and request.goal.level is None:
        raise PlanError(f"rule {name!r} asks on which side of a level f is; give the goal a level")
    return table[name]


def _by_rule(surrogate: LookAhead, request: Request, seen: Pool, rule: rules.Rule) -> list[Choice]:
    done, beside = Done(request.known), request.beside
    worth = lessons(surrogate.outcome, done)
    paid = rules.weighed(
        rule, lambda units: beside.chance(units) * worth(units) / beside.price(units)
    )
    task = _task(surrogate, request, seen, paid)
    again = repeatable(surrogate, request, done, request.work.candidates // 2)
    field = _field(surrogate, request, seen, again)
    found = greedy(task, field, request.count)
    found = polish(task, found, request.work, request.seed)
    prices = beside.price(found.points.units)
    gains = np.exp(found.gains) if rule.in_logs else found.gains
    found = replace(found, gains=gains * prices / worth(found.points.units))
    choices = [_choice(request, rule, found, i) for i in range(request.count)]
    if request.priced:
        blind = replace(task, rule=rules.weighed(rule, beside.chance))
        dear = beside.price(greedy(blind, field, 1).points.units)[0]
        pairs = zip(choices, prices.tolist(), strict=True)
        choices = [_with_price(*pair, dear) for pair in pairs]
    return [_declared(choice, done, surrogate.outcome) for choice in choices]


def _task(surrogate: LookAhead, request: Request, seen: Pool, rule: rules.Rule) -> Task:
    """The search that the request asks for."""
    count = request.work.sites
    return Task(
        surrogate=surrogate,
        space=request.space,
        rule=rule,
        g=level_of(surrogate, request),
        sites=rivals(surrogate, request) if rule.name == IMPROVEMENT else sites(seen, count),
        flying=look(surrogate, request.in_flight),
        taken=request.taken,
    )


def _with_price(choice: Choice, price: float, dear: float) -> Choice:
    """The choice, a bargain where its price decided: what tells most costs `dear`."""
    if price * _BARGAIN > dear:
        return choice
    why = f"{choice.why}, for {price:.3g} where the most telling run costs {dear:.3g}"
    return replace(choice, reason=Reason.BARGAIN, why=why)


def _suspected(surrogate: LookAhead, request: Request) -> list[Worlds]:
    """The worlds to tell apart, where the goal has a level and the surrogate looks for patches.

    Holes in the design need no queries of their own then.
    """
    suspected = surrogate.suspected if isinstance(surrogate, Suspecting) else ()
    hunts = request.goal.kind is GoalKind.BOUNDARY and not request.rule
    space = request.space
    if not hunts or isinstance(space, ItemPool):  # a pool has no parts
        return []
    return [Worlds(space, one, level_of(surrogate, request)) for one in suspected]


def _hunters(suspected: Sequence[Worlds], request: Request, seen: Pool) -> list[Choice]:
    """The choices that look for patches."""
    chosen: list[Choice] = []
    spread, span = seen.points.units, [request.first, request.first + request.count]
    again = request.nothing if request.again is None else request.again
    so_far = np.cumsum(hunting_shares(suspected, spread, inherited=request.again is not None))
    counts = np.diff(np.diff(np.floor(np.outer(so_far, span)))[:, 0], prepend=0.0)
    for worlds, hunters in zip(suspected, np.maximum(counts, 0.0).astype(int), strict=True):
        if hunters == 0:
            continue
        ahead = np.concatenate([request.in_flight, *(choice.units[None, :] for choice in chosen)])
        taken = np.concatenate([ahead, request.known])
        # where the parent ran and the campaign has not
        free = again[without(again, taken)]
        if worlds.process.patches.is_found:
            ground = edges(worlds, spread, hunters, taken=taken, seed=request.seed, again=free)
        else:
            ground = suspects(worlds, hunters, taken=taken, seed=request.seed, again=free)
        trail = hunt(worlds, ground, ahead)
        chosen += [_hunter(request, *row) for row in zip(*trail, strict=True)]
    return chosen


def _hunter(request: Request, units: Array, gain: float, chance: float) -> Choice:
    why = (
        f"is there a small patch on the other side of {request.goal.level:g}? "
        f"The runs around give it a chance of {100 * chance:.1f} % here"
    )
    return Choice(units, Reason.COVERAGE, why, float(gain), rules.INFORMATION)


def _field(surrogate: LookAhead, request: Request, seen: Pool, again: Points) -> Points:
    """Candidates, at least as many as are wanted: neither in flight nor done, and those `again`."""
    taken = request.taken
    field = candidates(seen, request.work.candidates)
    if request.goal.kind is GoalKind.OPTIMUM:
        field = joined(field, look(surrogate, around(request, rivals(surrogate, request).points)))
    field = joined(field[np.flatnonzero(without(field.units, taken))], again)
    if len(field) >= request.count:
        return field
    missing = request.count - len(again)
    return joined(
        look(surrogate, fill(request.space, 0, missing, request.seed, avoid=taken)), again
    )


def _explorers(surrogate: LookAhead, request: Request, seen: Pool, count: int) -> list[Choice]:
    """The choices that go to the largest holes: fewer where there are replicates left alone."""
    if count == 0:
        return []
    taken = request.taken
    free = np.flatnonzero(without(seen.points.units, taken))
    if len(free) < count:
        units = _last(surrogate, request, count)
    else:
        units = seen.points.units[free]
        importance, density = seen.importance[free], seen.density[free]
        units = units[holes(units, importance, taken, count, density=density)]
    far = hole(units, taken)
    return [
        Choice(row, Reason.COVERAGE, _hole_words(float(distance)))
        for row, distance in zip(units, far, strict=True)
    ]


def _last(surrogate: LookAhead, request: Request, count: int) -> Array:
    """The last new points of a space; raises `NothingToAsk` where there are too few of them.

    Where runs are noisy they are as many as there are: the rest can be replicates.
    """
    try:
        return fill(request.space, 0, count, request.seed, avoid=request.taken)
    except NothingToAsk as end:
        if isinstance(request.space, ItemPool) or not noisy(surrogate.outcome):
            raise
        return fill(request.space, 0, end.found, request.seed, avoid=request.taken)


def _hole_words(distance: float) -> str:
    if not np.isfinite(distance):
        return "in the middle of the space, of which nothing is known yet"
    return f"in a hole of the design: nothing was run within {100 * distance:.0f} % of the ranges"


def _declared(choice: Choice, done: Done, outcome: Outcome) -> Choice:
    """The choice, a replicate where its place was run before."""
    again = done.row(choice.units)
    if again is None:
        return choice
    why = words(choice.why, done.runs(choice.units), outcome)
    return replace(choice, reason=Reason.REPLICATE, why=why, again=again)


def _choice(request: Request, rule: rules.Rule, found: Found, i: int) -> Choice:
    gain = max(float(found.gains[i]), 0.0)
    return Choice(
        units=found.points.units[i],
        reason=_REASONS[request.goal.kind],
        why=_words(request, rule, gain),
        gain=gain,
        gain_unit=rule.unit,
    )


def _words(request: Request, rule: rules.Rule, gain: float) -> str:
    if rule.name == IMPROVEMENT:
        to = "lower the lowest" if request.goal.lowest else "raise the best"
        return f"where the best may be: expected to {to} of the runs by {gain:.2g}"
    if request.goal.kind is not GoalKind.BOUNDARY:
        return f"where the map is least sure: expected to lower the mean {rule.unit} by {gain:.2g}"
    where = f"where the {request.goal.level:g} line may run"
    if rule.unit == "share of the space":
        return f"{where}: one more run here is expected to clear up {100 * gain:.2g} % of the space"
    return f"{where}: one more run here is expected to tell {gain:.2g} {rule.unit}"
