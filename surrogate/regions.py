"""Connected sets of a space where something is true, and how large they are.

A `Lattice` is a finite picture of a space: points of the unit cube, each with the share of the
space it stands for, and links between neighbours. In one and two dimensions it is a regular grid,
in more a Sobol cloud whose links join nearest neighbours. A `Region` is a connected set of them.
Choices without an order are never neighbours: a region lies within one of them.

    symbol   meaning                                                    shape
    n        points of the lattice                                      scalar
    units    the points, in the unit cube                               (n, d)
    share    part of the space each stands for, by its distribution     (n,), sums to 1
    volume   the same in the parameters' own units, multiplied up       (n,)
    links    pairs of neighbouring points                               (m, 2)
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial import cKDTree

from surrogate.design import sobol
from surrogate.space import Array, Categorical, Integer, Mask, Parameter, Real, Rows, Space

GRID_SIDE = 128  # cells along an axis with a scale: 1/128 of a 16 m range is 13 cm
_CLOUD = 2**14  # points in three dimensions and more: 1 % of the space is 160 of them
_BRIDGES = 24  # nearest members of a set that a point of it may be joined to
_STEPS = (0.5, 0.25, 0.75)  # where the way between two points is checked
_QUANTILES = 64  # samples of a distribution per cell, for the cell's share


@dataclass(frozen=True)
class Lattice:
    """A finite picture of a space; see the module's glossary. `shape` is (ny, nx) of a grid."""

    space: Space
    units: Array
    share: Array
    volume: Array
    links: Rows
    shape: tuple[int, int] | None = None

    def __len__(self) -> int:
        return len(self.units)

    @cached_property
    def half_cell(self) -> Array:
        """Half the side of what a point stands for, in the unit cube, shape (d,)."""
        if self.shape is None:
            return np.full(self.space.dimension, 0.5 * len(self) ** (-1 / self.space.dimension))
        sides = (self.shape[1], self.shape[0])[: self.space.dimension]
        return 0.5 / np.array(sides, dtype=float)

    def nearest(self, units: Array) -> Rows:
        """The index of the lattice's point nearest to each row of `units` (n, d)."""
        return np.asarray(cKDTree(self.units).query(units)[1], dtype=np.int64)


@dataclass(frozen=True)
class Region:
    """A connected set of a lattice's points, by their indices in ascending order."""

    members: Rows

    def share(self, lattice: Lattice) -> float:
        """The part of the space, by its distribution, in [0, 1]."""
        return float(lattice.share[self.members].sum())

    def volume(self, lattice: Lattice) -> float:
        """Length, area or volume in the free parameters' own units; see `unit_of`."""
        return float(lattice.volume[self.members].sum())

    def box(self, lattice: Lattice) -> tuple[Array, Array]:
        """The smallest box of the unit cube around it: low (d,) and high (d,)."""
        inside = lattice.units[self.members]
        low = inside.min(axis=0) - lattice.half_cell
        high = inside.max(axis=0) + lattice.half_cell
        return np.clip(low, 0, 1), np.clip(high, 0, 1)

    def centroid(self, lattice: Lattice) -> Array:
        """Its centre of mass by share, in the unit cube, shape (d,). It may lie outside."""
        weight = lattice.share[self.members]
        return np.asarray(weight @ lattice.units[self.members] / weight.sum())

    def peak(self, values: Array) -> int:
        """The index of the member where `values` (n,) is highest, the first of equals."""
        return int(self.members[np.argmax(values[self.members])])


def lattice(space: Space, *, side: int = GRID_SIDE, points: int = _CLOUD) -> Lattice:
    """A grid of `side` cells along each axis up to two dimensions, else a cloud of `points`."""
    return _grid(space, side) if space.dimension <= 2 else _cloud(space, points)


def connected(
    lattice: Lattice, inside: Mask, is_inside: Callable[[Array], Mask] | None = None
) -> tuple[Region, ...]:
    """The connected parts of the points where `inside` (n,) is true, largest share first.

    A cloud is too coarse for what is thinner than the gaps between its points. Given `is_inside`,
    which tells rows of the cube inside from outside, two points of a cloud count as joined where
    the straight way between them stays inside.
    """
    members = np.flatnonzero(inside)
    if not len(members):
        return ()
    links = lattice.links[inside[lattice.links].all(axis=1)]
    if is_inside is not None and lattice.shape is None:
        links = _straight(lattice, _tree(lattice, links), is_inside)
        labels = _labels(len(lattice), links)[members]
        bridges = _straight(lattice, _bridges(lattice, members, labels), is_inside)
        links = np.concatenate([links, bridges])
    labels = _labels(len(lattice), links)[members]
    order = np.argsort(labels, kind="stable")
    cuts = np.flatnonzero(np.diff(labels[order])) + 1
    found = [Region(np.sort(part)) for part in np.split(members[order], cuts)]
    return tuple(sorted(found, key=lambda r: (-r.share(lattice), int(r.members[0]))))


def _labels(count: int, links: Rows) -> Rows:
    """The connected component that each of `count` points belongs to, shape (count,)."""
    ones = np.ones(len(links), dtype=np.int8)
    graph = coo_array((ones, (links[:, 0], links[:, 1])), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _tree(lattice: Lattice, links: Rows) -> Rows:
    """The shortest of the links that join as much as all of them, shape (m, 2)."""
    lengths = np.linalg.norm(lattice.units[links[:, 0]] - lattice.units[links[:, 1]], axis=1)
    ends = np.sort(links, axis=1)
    ends, first = np.unique(ends, axis=0, return_index=True)  # csr would add doubled links up
    graph = coo_array((lengths[first], (ends[:, 0], ends[:, 1])), shape=(len(lattice),) * 2)
    tree = minimum_spanning_tree(graph.tocsr()).tocoo()
    return np.stack([tree.row, tree.col], axis=1).astype(np.int64)


def _bridges(lattice: Lattice, members: Rows, labels: Rows) -> Rows:
    """Pairs (m, 2) of near members that belong to different parts."""
    places = _apart(lattice.space, lattice.units[members])
    count = min(_BRIDGES + 1, len(members))
    near = np.asarray(cKDTree(places).query(places, k=count)[1]).reshape(len(members), count)[:, 1:]
    pairs = np.stack([np.repeat(np.arange(len(members)), near.shape[1]), near.ravel()], axis=1)
    pairs = pairs[labels[pairs[:, 0]] != labels[pairs[:, 1]]]
    reach = np.abs(places[pairs[:, 0]] - places[pairs[:, 1]]).max(axis=1)
    return np.asarray(members[pairs[reach <= 1.0]])  # further apart are only different choices


def _straight(lattice: Lattice, links: Rows, is_inside: Callable[[Array], Mask]) -> Rows:
    """Those of the links (m, 2) that stay inside all the way."""
    for step in _STEPS:  # links that have left the set already are not asked about again
        if not len(links):
            break
        start, end = lattice.units[links[:, 0]], lattice.units[links[:, 1]]
        links = links[is_inside(lattice.space.snap(start + step * (end - start)))]
    return links


def unit_of(space: Space) -> str:
    """The unit of a region's volume: 'm²' for two lengths, 'm² s' with a duration, '' for none.

    A unit that is itself made of several keeps apart from the others: 'm/s × deg', '(m/s)²'.
    """
    powers = Counter(one.unit for one in space.parameters.values() if one.unit)
    sign = " × " if any(_is_made_up(unit) for unit in powers) else " "
    return sign.join(_raised(unit, power) for unit, power in powers.items())


def _is_made_up(unit: str) -> bool:
    return any(sign in unit for sign in "/ ·*")


def _raised(unit: str, power: int) -> str:
    if power == 1:
        return unit
    base = f"({unit})" if _is_made_up(unit) or unit[-1].isdigit() else unit
    return base + str(power).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _grid(space: Space, side: int) -> Lattice:
    parameters = tuple(space.parameters.values())
    sizes = [cells(parameter, side) for parameter in parameters]
    axes = [(np.arange(size) + 0.5) / size for size in sizes]
    rows = np.stack([a.ravel() for a in np.meshgrid(*axes)], axis=1)  # the first axis runs fastest
    shape = (sizes[1], sizes[0]) if len(sizes) == 2 else (1, sizes[0])
    chances = [_axis_share(space, j, size) for j, size in enumerate(sizes)]
    widths = [_widths(parameter, size) for parameter, size in zip(parameters, sizes, strict=True)]
    return Lattice(
        space,
        rows,
        _normalised(_outer(chances) * space.allowed(rows)),
        _outer(widths) * space.allowed(rows),
        _grid_links(shape, parameters),
        shape,
    )


def _grid_links(shape: tuple[int, int], parameters: tuple[Parameter, ...]) -> Rows:
    """Each cell to the next along both axes and both diagonals: thin slanted ridges hold."""
    index = np.arange(shape[0] * shape[1]).reshape(shape)
    ordered = [not isinstance(parameter, Categorical) for parameter in parameters]
    pairs = []
    if ordered[0]:
        pairs.append((index[:, :-1], index[:, 1:]))
    if len(ordered) > 1 and ordered[1]:
        pairs.append((index[:-1], index[1:]))
    if len(ordered) > 1 and all(ordered):
        pairs += [(index[:-1, :-1], index[1:, 1:]), (index[:-1, 1:], index[1:, :-1])]
    if not pairs:
        return np.empty((0, 2), dtype=np.int64)
    return np.concatenate([np.stack([a.ravel(), b.ravel()], axis=1) for a, b in pairs])


def _cloud(space: Space, points: int) -> Lattice:
    rows = space.snap(sobol(space.dimension, points, seed=0))
    rows, times = np.unique(rows[space.allowed(rows)], axis=0, return_counts=True)
    weight, volume = times.astype(float), times / points
    for j, parameter in enumerate(space.parameters.values()):
        count = cells(parameter, GRID_SIDE)
        cell = np.clip((rows[:, j] * count).astype(int), 0, count - 1)
        weight *= _axis_share(space, j, count)[cell] * count
        volume *= _widths(parameter, count)[cell] * count
    return Lattice(space, rows, _normalised(weight), volume, _cloud_links(space, rows))


def _cloud_links(space: Space, rows: Array) -> Rows:
    """Each point to its 2 d nearest, those of other choices excepted.

    Where the next whole number is farther than those, also to the nearest that have it.
    """
    apart = _apart(space, rows)
    tree, count = cKDTree(apart), min(2 * space.dimension + 1, len(rows))
    found = [np.asarray(tree.query(apart, k=count)[1])[:, 1:]]
    for j, parameter in enumerate(space.parameters.values()):
        if isinstance(parameter, Integer):
            step = np.zeros(space.dimension)
            step[j] = 1.0 / (parameter.high - parameter.low + 1)
            found.append(np.asarray(tree.query(apart + step, k=count)[1]))
    near = np.concatenate(found, axis=1)
    return np.stack([np.repeat(np.arange(len(rows)), near.shape[1]), near.ravel()], axis=1)


def _apart(space: Space, rows: Array) -> Array:
    """The rows with choices put further from each other than anything else can be."""
    apart = rows.copy()
    for j, parameter in enumerate(space.parameters.values()):
        if isinstance(parameter, Categorical):
            apart[:, j] *= 10.0 * len(parameter.choices) * space.dimension
    return apart


def cells(parameter: Parameter, side: int) -> int:
    """How many cells an axis has: one for each choice, and for each whole number that fits."""
    if isinstance(parameter, Categorical):
        return len(parameter.choices)
    if isinstance(parameter, Integer):
        return min(parameter.high - parameter.low + 1, side)
    return side


def _axis_share(space: Space, column: int, count: int) -> Array:
    """The probability of each of `count` equal cells of one axis, shape (count,)."""
    parameter = tuple(space.parameters.values())[column]
    if not isinstance(parameter, Real) or parameter.distribution is None:
        return np.full(count, 1 / count)
    uniform = (np.arange(count * _QUANTILES) + 0.5) / (count * _QUANTILES)
    alone = np.full((len(uniform), space.dimension), 0.5)
    alone[:, column] = uniform
    drawn = space.from_uniform(alone)[:, column]
    return np.histogram(drawn, bins=count, range=(0.0, 1.0))[0] / len(uniform)


def _widths(parameter: Parameter, count: int) -> Array:
    """What each of `count` equal cells of an axis measures in the parameter's own unit."""
    if isinstance(parameter, Categorical):
        return np.ones(count)
    if isinstance(parameter, Integer):
        return np.full(count, (parameter.high - parameter.low + 1) / count)
    return np.diff(parameter.from_unit(np.linspace(0, 1, count + 1)))


def _outer(parts: list[Array]) -> Array:
    """Products over a grid whose first axis runs fastest, flattened."""
    return parts[0] if len(parts) == 1 else np.outer(parts[1], parts[0]).ravel()


def _normalised(weight: Array) -> Array:
    return np.asarray(weight / weight.sum())
