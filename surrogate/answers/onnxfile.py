"""A surrogate as an ONNX graph: own-unit numbers in, mean and 95 % interval of the response out.

Input `x` (N, d) in single precision, a column for each parameter in the space's order; a choice is
the number of its place, from 0. Outputs `mean`, `lower`, `upper` (N,). Inside it counts in double:
weights of a noise-free process are large, and their sum is small.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial, reduce
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import ndtri

from surrogate.errors import PlanError, optional
from surrogate.models.base import COVERAGE, Marginal
from surrogate.models.mapreader import placed, spread
from surrogate.models.portable import portable
from surrogate.space import Array, Space

_OPSET, _IR = 17, 8  # read by every onnxruntime since 2022
_EDGE = 1e-9  # as in `covariances`
_PROFILE = {"matern32": 3.0, "matern52": 5.0}

Tree = Mapping[str, Any]


def write_onnx(surrogate: Marginal, space: Space, path: str | os.PathLike[str]) -> Path:
    """Write the graph; raises `PlanError` where onnx is missing or the surrogate can't be told."""
    why = "ONNX needs the package onnx: pip install 'surrogate-service[onnx]'"
    onnx = optional("onnx", PlanError, why)
    header, arrays = portable(surrogate, space)
    graph = _Graph(onnx)
    graph.write(header, arrays)
    values = onnx.helper.make_tensor_value_info
    single = onnx.TensorProto.FLOAT
    made = onnx.helper.make_graph(
        graph.nodes,
        "surrogate",
        [values("x", single, ["N", space.dimension])],
        [values(name, single, ["N"]) for name in ("mean", "lower", "upper")],
        graph.constants,
    )
    opset = [onnx.helper.make_opsetid("", _OPSET)]
    model = onnx.helper.make_model(made, opset_imports=opset, producer_name="surrogate")
    model.ir_version = _IR
    onnx.checker.check_model(model)
    place = Path(path)
    place.write_bytes(model.SerializeToString())
    return place


@dataclass(frozen=True)
class _Graph:
    """Nodes and constants while they are gathered; methods give the name of what they add."""

    onnx: Any
    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def add(self, operation: str, *inputs: Any, output: str = "", **attributes: Any) -> str:
        """A node of what has a name and of constants; `output` names what it gives, by default a
        number.
        """
        named = [one if isinstance(one, str) else self.constant(one) for one in inputs]
        name = output or f"v{len(self.nodes)}"
        self.nodes.append(self.onnx.helper.make_node(operation, named, [name], **attributes))
        return name

    def constant(self, value: Any) -> str:
        """A constant: in double precision, or whole numbers as they are."""
        array = np.asarray(value)
        array = array if array.dtype.kind == "i" else array.astype(np.float64)
        name = f"c{len(self.constants)}"
        made = self.onnx.numpy_helper.from_array(np.ascontiguousarray(array), name)
        self.constants.append(made)
        return name

    def column(self, rows: str, j: int) -> str:
        """Column j of `rows` (N, k), (N, 1)."""
        return self.add("Gather", rows, np.array([j]), axis=1)

    def cast(self, value: str, kind: str, output: str = "") -> str:
        """The value in "DOUBLE" or "FLOAT"."""
        return self.add("Cast", value, output=output, to=getattr(self.onnx.TensorProto, kind))

    def write(self, header: Tree, arrays: Mapping[str, Array]) -> None:
        """All of a surrogate."""
        x, sites = self.cast("x", "DOUBLE"), arrays["units"]
        columns = [self._unit(p, self.column(x, j)) for j, p in enumerate(header["space"])]
        q = self.add("Concat", *columns, axis=1)
        cross = self.covariance(header["kernel"], q, sites)
        mean = self.add("MatMul", cross, arrays["weights"][:, None])
        known = self.add("MatMul", cross, arrays["root"].T)
        explained = self.add("ReduceSumSquare", known, axes=[1], keepdims=1)
        variance = self.add("Sub", self.variance(header["kernel"], q), explained)
        variance = self.add("Max", variance, 0.0)
        total = variance
        for k, tree in enumerate(header["alternatives"]):
            other = self.covariance(tree, q, sites)
            other = self.add("MatMul", other, arrays[f"weights.{k}"][:, None])
            gap = self.add("Sub", other, mean)
            total = self.add("Add", total, self.add("Mul", gap, gap))
        half = self.add("Mul", self.add("Sqrt", total), float(ndtri(0.5 + 0.5 * COVERAGE)))
        ends = {"lower": self.add("Sub", mean, half), "upper": self.add("Add", mean, half)}
        if header["link"] == "probit":
            spread = self.add("Sqrt", self.add("Add", variance, 1.0))
            mean = self.add("Div", mean, spread)
        for name, value in {"mean": mean, **ends}.items():
            self._told(header, value, name)

    def _told(self, header: Tree, value: str, name: str) -> None:
        """A latent value (N, 1) as a response (N,), in single precision."""
        if header["link"] == "linear":
            value = self.add("Add", self.add("Mul", value, header["scale"]), header["level"])
        else:
            z = self.cast(self.add("Mul", value, 2.0**-0.5), "FLOAT")
            erf = self.cast(self.add("Erf", z), "DOUBLE")
            value = self.add("Mul", self.add("Add", erf, 1.0), 0.5)
        self.cast(self.add("Squeeze", value, np.array([1])), "FLOAT", output=name)

    def _unit(self, parameter: Tree, own: str) -> str:
        """Own-unit values (N, 1) in the unit cube."""
        if parameter["kind"] == "choice":
            count = len(parameter["choices"])
            return self._affine(own, 1.0 / count, 0.5 / count)
        low, high = float(parameter["low"]), float(parameter["high"])
        if parameter["kind"] == "whole":
            scale = 1.0 / (high - low + 1)
            return self._affine(own, scale, (0.5 - low) * scale)
        if parameter["scale"] == "log":
            own, low, high = self.add("Log", own), float(np.log(low)), float(np.log(high))
        return self._affine(own, 1.0 / (high - low), -low / (high - low))

    def _affine(self, value: str, scale: float, shift: float) -> str:
        """scale value + shift, clipped to [0, 1]."""
        moved = self.add("Add", self.add("Mul", value, scale), shift)
        return self.add("Min", self.add("Max", moved, 0.0), 1.0)

    def covariance(self, tree: Tree, q: str, sites: Array) -> str:
        """Covariances of q (N, d) with the `sites` (n, d), (N, n), or one number for all."""
        kind = tree["kind"]
        if kind in ("sum", "product"):
            sides = [self.covariance(tree[side], q, sites) for side in ("left", "right")]
            return self.add("Add" if kind == "sum" else "Mul", *sides)
        if kind == "constant":
            return self.constant(tree["variance"])
        if kind == "linear":
            j = tree["column"]
            return self.add("MatMul", self.column(q, j), sites[:, j][None])
        if kind == "plane":
            return self.add("MatMul", self._middled(q), tree["variance"] * (sites.T - 0.5))
        if kind == "embedded":
            choices = tree["choices"]
            return self.covariance(tree["inner"], self._spread(q, choices), spread(sites, choices))
        z, at = self._placed(tree, q), placed(tree, sites)
        squares = [self._square(z, at, j) for j in range(at.shape[1])]
        if kind != "interactions":
            return self._profile(tree["profile"], reduce(partial(self.add, "Add"), squares))
        factors = [
            self.add("Add", self.add("Mul", self._profile(tree["profile"], r2), share), 1.0)
            for share, r2 in zip(tree["shares"], squares, strict=True)
        ]
        return reduce(partial(self.add, "Mul"), factors)

    def variance(self, tree: Tree, q: str) -> str:
        """The prior's variance at q, (N, 1) or one number for all."""
        kind = tree["kind"]
        if kind in ("sum", "product"):
            sides = [self.variance(tree[side], q) for side in ("left", "right")]
            return self.add("Add" if kind == "sum" else "Mul", *sides)
        if kind == "linear":
            column = self.column(q, tree["column"])
            return self.add("Mul", column, column)
        if kind == "plane":
            squares = self.add("ReduceSumSquare", self._middled(q), axes=[1], keepdims=1)
            return self.add("Mul", squares, tree["variance"])
        if kind == "embedded":
            return self.variance(tree["inner"], self._spread(q, tree["choices"]))
        if kind == "interactions":
            return self.constant(float(np.prod(1.0 + np.array(tree["shares"]))))
        return self.constant(tree["variance"] if kind == "constant" else 1.0)

    def _middled(self, q: str) -> str:
        """Rows (N, d) of the cube from its middle."""
        return self.add("Sub", q, 0.5)

    def _placed(self, tree: Tree, q: str) -> str:
        if "columns" in tree:
            q = self.add("Gather", q, np.array(tree["columns"]), axis=1)
        if tree["kind"] == "warped":
            inside = self.add("Min", self.add("Max", q, _EDGE), 1.0 - _EDGE)
            rest = self.add("Sub", 1.0, self.add("Pow", inside, tree["a"]))
            q = self.add("Sub", 1.0, self.add("Pow", rest, tree["b"]))
        return self.add("Div", q, tree["lengths"])

    def _square(self, z: str, at: Array, j: int) -> str:
        apart = self.add("Sub", self.column(z, j), at[:, j][None])
        return self.add("Mul", apart, apart)

    def _profile(self, name: str, r2: str) -> str:
        if name == "rbf":
            return self.add("Exp", self.add("Mul", r2, -0.5))
        s = self.add("Sqrt", self.add("Mul", r2, _PROFILE[name]))
        value = self.add("Add", s, 1.0)
        if name == "matern52":
            value = self.add("Add", value, self.add("Mul", r2, 5.0 / 3.0))
        return self.add("Mul", value, self.add("Exp", self.add("Neg", s)))

    def _spread(self, q: str, choices: list[int]) -> str:
        """A column of 0 and 1 for each choice, others as they are."""
        columns = []
        for j, count in enumerate(choices):
            column = self.column(q, j)
            if count:
                cell = self.add("Floor", self.add("Mul", column, float(count)))
                cell = self.add("Min", cell, float(count - 1))
                same = self.add("Equal", cell, np.arange(float(count)))
                column = self.cast(same, "DOUBLE")
            columns.append(column)
        return self.add("Concat", *columns, axis=1)
