"""Yes and no from very many places: pooled to counts, then read exactly or from the nearest.

Near runs are pooled as long as what each says alone hides what differs between them. Where few
cells are left, they are read as any counts; where many, messages of expectation propagation are
found group by group, each among the cells around it, and points read the messages nearest to them
(`neighbours`): a message is a reading of f, nu / tau, with noise 1 / tau. Either way variances are
stretched until counts left out fall where they should.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from os import cpu_count
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.spatial import cKDTree

from surrogate.kernels import Kernel
from surrogate.models.conditioning import posterior, roughly
from surrogate.models.likelihood import Probit
from surrogate.models.neighbours import NEAREST, Neighbourhood
from surrogate.models.pooling import cells, groups
from surrogate.models.posterior import Process
from surrogate.models.propagation import propagate
from surrogate.models.sites import UNSETTLED, CountSites, summed
from surrogate.space import Array, Rows

READ_AT_ONCE = 2048  # cells; more are read from their nearest, which is quicker and as good
_NOISE = 2.0  # of one answer on f's own scale, about: pi / 2 where chances are even, else more
_CELLS = 16384  # at most
_GROUP = 64  # cells whose messages are found together
_AROUND = 192  # cells beside them that they are found among
_MOST_STRETCH = 100.0
_SAID = 1.005  # times as wide that is worth a word
# Lengths that a column reaches at least where runs are pooled: longer ones, learned from some runs,
# hide bends from cells and from what is learned of them. With 0, 1, 1.5 and 2, intervals of 90 %
# held 85, 85, 90 and 88 % after 100,000 runs of `bench_growth` (medians of six seeds).
_REACH = 2.0


def pooled(kernel: Kernel, sites: CountSites, values: Mapping[str, Any]) -> CountSites:
    """The sites pooled to cells, at the middles of their runs; themselves where none may be."""
    signal = float(values.get("variance", 1.0))
    z = kernel.coordinates(sites.units)
    wide = _REACH / np.maximum(np.ptp(z, axis=0), np.finfo(float).tiny)
    labels = cells(z * np.maximum(wide, 1.0), signal, _NOISE, most=_CELLS)
    if labels.max() + 1 == len(labels):
        return sites
    trials = sites.yes + sites.no
    middles = np.column_stack([summed(trials * column, labels) for column in sites.units.T])
    middles /= summed(trials, labels)[:, None]
    return CountSites(middles, summed(sites.yes, labels), summed(sites.no, labels), sites.lapse)


def crowd(kernel: Kernel, sites: CountSites, values: Mapping[str, Any]) -> tuple[Process, str]:
    """The process that has read all `sites`, and what its intervals come from."""
    few = pooled(kernel, sites, values)
    said = f"{len(sites.units)} places pooled to {len(few.units)}"
    process: Process
    if len(few.units) <= READ_AT_ONCE:
        found = propagate(kernel(few.units, few.units), few.likelihood)
        s = stretch(few.likelihood, *found.left_out)
        process, settled = posterior(kernel, few.units, found).stretched(s), found.converged
    else:
        tau, nu, settled = messages(kernel, few)
        near = Neighbourhood(kernel, few.units, nu / tau, 1.0 / tau)
        miss, total = near.left_out()
        judged, read = few.at(near.rows), near.values[near.rows] - miss
        s = stretch(judged.likelihood, read, total - near.noise[near.rows])
        process = replace(near, stretch=s)
        said += f", of which each point reads the {NEAREST} nearest"
    if (times := np.sqrt(s)) >= _SAID:
        said += f", {times:.2f} times as wide, as counts left out ask for"
    return process, said if settled else f"{said}, and {UNSETTLED}"


def stretch(likelihood: Probit, mean: Array, variance: Array) -> float:
    """What variances are multiplied by so that counts left out are likeliest, 1 at least.

    `mean` and `variance` (n,) are of f where each was seen, as all others have it. Of very many
    runs the counts of a cell vary by more than chance where f bends more than its kernel knows.
    """

    def loss(log_s: float) -> float:
        return -float(np.sum(likelihood.moments(mean, np.exp(log_s) * variance).log_z))

    found = minimize_scalar(loss, bounds=(0.0, np.log(_MOST_STRETCH)), method="bounded")
    return float(np.exp(found.x)) if found.fun < loss(0.0) else 1.0


def messages(kernel: Kernel, sites: CountSites) -> tuple[Array, Array, bool]:
    """Messages group by group: tau and nu of all sites, both (n,), and whether they settled."""
    z = kernel.coordinates(sites.units)
    tree, parts = cKDTree(z), groups(z, _GROUP)

    def settled(own: Rows) -> tuple[Array, Array, bool]:
        _, around = tree.query(z[own].mean(axis=0), k=min(_AROUND, len(z)))
        rows = np.concatenate([own, np.setdiff1d(around, own)])
        found = roughly(kernel, sites.at(rows))
        mine = slice(0, len(own))
        return found.messages.tau[mine], found.messages.nu[mine], found.converged

    with ThreadPoolExecutor(cpu_count()) as pool:
        found = list(pool.map(settled, parts))
    tau, nu = np.empty(len(z)), np.empty(len(z))
    for rows, (precision, product, _) in zip(parts, found, strict=True):
        tau[rows], nu[rows] = precision, product
    return tau, nu, all(each for *_, each in found)
