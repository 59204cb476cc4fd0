"""Formulas in plans: arithmetic and comparisons over named parameters, never `eval`.

A formula such as `"x + 2*y <= 30"` is parsed once by Python's own `ast` against a whitelist and
then evaluated on arrays. Names may be any parameter name that is an identifier; others are
reached as `p["body.mass[1]"]`.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.errors import PlanError

Values = Mapping[str, NDArray[Any]]

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": np.abs,
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "atan2": np.arctan2,
    "hypot": np.hypot,
    "min": np.minimum,
    "max": np.maximum,
}
_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
    ast.USub: np.negative,
    ast.UAdd: np.positive,
    ast.Not: np.logical_not,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
    ast.And: np.logical_and,
    ast.Or: np.logical_or,
}


@dataclass(frozen=True)
class Expression:
    """A checked formula, with the functions that it may call. Equality is equality of its text."""

    text: str
    functions: Mapping[str, Callable[..., Any]] = field(
        default_factory=lambda: FUNCTIONS, compare=False
    )

    def __post_init__(self) -> None:
        self._names(_parse(self.text))

    @property
    def names(self) -> frozenset[str]:
        """The parameters that the formula reads."""
        return frozenset(self._names(_parse(self.text)))

    def __call__(self, values: Values) -> NDArray[Any]:
        """The formula over arrays of shape `(n,)`; one array of shape `(n,)` or a scalar."""
        return np.asarray(self._evaluate(_parse(self.text), values))

    def _names(self, node: ast.expr) -> set[str]:
        match node:
            case ast.Constant(value=bool() | int() | float() | str()):
                return set()
            case (
                ast.Name(id=name)
                | ast.Subscript(value=ast.Name(id="p"), slice=ast.Constant(value=str(name)))
            ):
                return {name}
            case ast.BinOp() if type(node.op) in _OPERATORS:
                parts = [node.left, node.right]
            case ast.UnaryOp() if type(node.op) in _OPERATORS:
                parts = [node.operand]
            case ast.BoolOp():
                parts = node.values
            case ast.Compare() if all(type(op) in _OPERATORS for op in node.ops):
                parts = [node.left, *node.comparators]
            case ast.Call(func=ast.Name(id=name), keywords=[]) if name in self.functions:
                parts = node.args
            case _:
                raise PlanError(
                    f"formula {self.text!r}: '{ast.unparse(node)}' is not allowed; use numbers, "
                    "parameters, + - * / **, comparisons, and, or, not, and "
                    f"{', '.join(self.functions)}"
                )
        return set().union(*(self._names(part) for part in parts))

    def _evaluate(self, node: ast.expr, values: Values) -> Any:
        match node:
            case ast.Constant():
                return node.value
            case ast.Name(id=name) | ast.Subscript(slice=ast.Constant(value=str(name))):
                return values[name]
            case ast.BinOp():
                return _OPERATORS[type(node.op)](
                    self._evaluate(node.left, values), self._evaluate(node.right, values)
                )
            case ast.UnaryOp():
                return _OPERATORS[type(node.op)](self._evaluate(node.operand, values))
            case ast.BoolOp():
                parts = (self._evaluate(part, values) for part in node.values)
                return reduce(_OPERATORS[type(node.op)], parts)
            case ast.Compare():
                sides = [self._evaluate(side, values) for side in (node.left, *node.comparators)]
                pairs = zip(node.ops, sides, sides[1:], strict=False)
                return reduce(np.logical_and, (_OPERATORS[type(op)](a, b) for op, a, b in pairs))
            case ast.Call(func=ast.Name(id=name)):
                return self.functions[name](
                    *(self._evaluate(argument, values) for argument in node.args)
                )
        raise AssertionError("unreachable: the formula was checked when it was made")


def _parse(text: str) -> ast.expr:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError) as problem:
        raise PlanError(f"formula {text!r} cannot be read: {problem}; mend it there") from problem
