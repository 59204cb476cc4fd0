"""Reads a portable map with numpy alone: copy this file to wherever a map is to be read.

    mean, lower, upper = PortableMap("box.npz").predict([{"x": 11.0, "y": 0.5}])

A map is an npz without pickles. `header` is JSON in bytes: `format`, `version`, `outcome`, `space`
(parameters in the order of the columns: kind, range, scale), `link` ("probit": the response is
Phi(f); "linear": level + scale f), `kernel` and `alternatives` (trees of covariances). Arrays:
`units` (n, d), the sites in the unit cube, `weights` (n,), `root` (n, n), `weights.k` of each
alternative. The mean of f at q is k(q, units) weights, its variance k(q, q) - |root k(units, q)|^2
and, for an interval, the squares by which the alternatives' means differ.
"""

import json
import math
from statistics import NormalDist
from typing import Any

import numpy as np

FORMAT, VERSION, _BLOCK = "surrogate-map", 1, 2048
Array = Any  # of numpy, float64
_phi = np.vectorize(lambda z: 0.5 * math.erfc(-z / math.sqrt(2)), otypes=[float])


class PortableMap:
    """A surrogate that was taken away; `ValueError` for a file that is none."""

    def __init__(self, path: Any):
        with np.load(path, allow_pickle=False) as file:
            self.arrays = {name: file[name] for name in file.files}
        self.header = json.loads(bytes(self.arrays.pop("header", b"{}")))
        if (self.header.get("format"), self.header.get("version")) != (FORMAT, VERSION):
            raise ValueError(f"{path}: a surrogate-map of version 1 was expected")
        self.parameters = self.header["space"]

    def predict(self, points: Any, coverage: float = 0.95) -> tuple[Array, Array, Array]:
        """Mean, lower and upper response, (n,) each, at points or columns in own units."""
        if not isinstance(points, dict):
            points = {p["name"]: [point[p["name"]] for point in points] for p in self.parameters}
        units = [_unit(p, np.atleast_1d(points[p["name"]])) for p in self.parameters]
        return self.read(np.column_stack(np.broadcast_arrays(*units)), coverage)

    def read(self, units: Array, coverage: float = 0.95) -> tuple[Array, Array, Array]:
        """The same at rows of the unit cube (n, d)."""
        parts = [self._latent(units[i : i + _BLOCK]) for i in range(0, len(units), _BLOCK)]
        m, v = (np.concatenate(part) for part in zip(*parts, strict=True))
        sd = NormalDist().inv_cdf(0.5 + 0.5 * coverage) * np.sqrt(v[:, 0] + v[:, 1])
        if self.header["link"] == "linear":
            level, scale = self.header["level"], self.header["scale"]
            return level + scale * m, level + scale * (m - sd), level + scale * (m + sd)
        return _phi(m / np.sqrt(1 + v[:, 0])), _phi(m - sd), _phi(m + sd)

    def _latent(self, q: Array) -> tuple[Array, Array]:
        """Mean of f (b,), its variance and the doubt in it (b, 2)."""
        known, sites = self.arrays, self.arrays["units"]
        cross = _kernel(self.header["kernel"], q, sites)
        mean = cross @ known["weights"]
        prior = _kernel(self.header["kernel"], q[:, None], q[:, None]).ravel()
        variance = np.maximum(prior - ((known["root"] @ cross.T) ** 2).sum(0), 1e-12 * prior)
        doubt = np.zeros(len(q))
        for k, tree in enumerate(self.header["alternatives"]):
            doubt += (_kernel(tree, q, sites) @ known[f"weights.{k}"] - mean) ** 2
        return mean, np.column_stack([variance, doubt])


def _unit(p: Any, values: Any) -> Array:
    if p["kind"] == "choice":
        return np.array([(p["choices"].index(v) + 0.5) / len(p["choices"]) for v in values])
    values, low, high = np.asarray(values, float), p["low"], p["high"]
    if p["kind"] == "whole":
        return np.clip((values - low + 0.5) / (high - low + 1), 0, 1)
    if p["scale"] == "log":
        values, low, high = np.log(values), math.log(low), math.log(high)
    return np.clip((values - low) / (high - low), 0, 1)


def _kernel(node: Any, a: Array, b: Array) -> Array:
    kind = node["kind"]
    if kind in ("sum", "product"):
        left, right = (_kernel(node[side], a, b) for side in ("left", "right"))
        return left + right if kind == "sum" else left * right
    if kind == "constant":
        return np.full((*a.shape[:-1], b.shape[-2]), node["variance"])
    if kind == "linear":
        return a[..., :, None, node["column"]] * b[..., None, :, node["column"]]
    if kind == "plane":
        return node["variance"] * (a - 0.5) @ np.swapaxes(b - 0.5, -1, -2)
    if kind == "embedded":
        return _kernel(node["inner"], spread(a, node["choices"]), spread(b, node["choices"]))
    a, b = (placed(node, x) for x in (a, b))
    if kind != "interactions":
        return _profile(node["profile"], sum(_squares(a, b)))
    shares = zip(node["shares"], _squares(a, b), strict=True)
    return math.prod(1 + share * _profile(node["profile"], r2) for share, r2 in shares)


def placed(node: Any, x: Array) -> Array:
    """Rows of the cube, bent and in units of a covariance's lengths."""
    x = x[..., node["columns"]] if "columns" in node else x
    if node["kind"] == "warped":
        x = 1 - (1 - np.clip(x, 1e-9, 1 - 1e-9) ** np.array(node["a"])) ** np.array(node["b"])
    return x / np.array(node["lengths"])


def _squares(a: Array, b: Array) -> list[Array]:
    return [(a[..., :, None, j] - b[..., None, :, j]) ** 2 for j in range(a.shape[-1])]


def spread(x: Array, choices: Any) -> Array:
    """A column of 0 and 1 for each choice of a column that has some, others as they are."""
    columns = []
    for j, n in enumerate(choices):
        cell = np.clip(np.floor(x[..., j, None] * n), 0, n - 1)
        columns.append(cell == np.arange(n) if n else x[..., j, None])
    return np.concatenate(columns, axis=-1).astype(float)


def _profile(name: str, r2: Array) -> Array:
    if name == "rbf":
        return np.exp(-0.5 * r2)
    s = np.sqrt({"matern32": 3.0, "matern52": 5.0}[name] * r2)
    return (1 + s + (s**2 / 3 if name == "matern52" else 0)) * np.exp(-s)
