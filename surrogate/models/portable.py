"""Takes a surrogate away as a file: arrays and a JSON header, no pickle, no code.

The format is told in `mapreader`, which reads it with numpy alone, exact to rounding. What is no
plain Gaussian process over the space (support vectors, estimators, patches, guides) cannot be
taken away exactly: a lookup table can stand in for it.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from surrogate.errors import PlanError
from surrogate.kernels import Constant, Kernel, Linear, Plane, Product, Stationary, Sum
from surrogate.models.base import Marginal
from surrogate.models.covariances import Embedded, Interactions, Warped
from surrogate.models.mapreader import FORMAT, VERSION
from surrogate.models.numbers import NumberSurrogate
from surrogate.models.posterior import Posterior
from surrogate.models.recipes import GaussianSurrogate
from surrogate.profiles import Matern32, Matern52, Profile, Rbf
from surrogate.space import Array, Categorical, Integer, Parameter, Scalar, Space

_PROFILES: Mapping[type, str] = {Rbf: "rbf", Matern32: "matern32", Matern52: "matern52"}


def write_map(
    surrogate: Marginal, space: Space, path: str | os.PathLike[str], about: Mapping[str, Any]
) -> Path:
    """Write a surrogate over `space` as a portable map; gives its path.

    `about` is JSON-able and kept in the header as it is. Raises `PlanError` for a surrogate that is
    no plain Gaussian process.
    """
    header, arrays = portable(surrogate, space)
    text = json.dumps({**header, "about": dict(about)})
    whole: dict[str, Any] = {"header": np.frombuffer(text.encode(), dtype=np.uint8), **arrays}
    place = Path(path)
    with place.open("wb") as file:
        np.savez_compressed(file, **whole)
    return place


def portable(surrogate: Marginal, space: Space) -> tuple[dict[str, Any], dict[str, Array]]:
    """The header and the arrays of a portable map; raises as `write_map` does."""
    posterior = _plain(surrogate)
    link: dict[str, Any] = {"link": "probit"}
    if isinstance(surrogate, NumberSurrogate):
        link = {"link": "linear", "level": surrogate.level, "scale": surrogate.scale}
        posterior = posterior.stretched(surrogate.stretch)
    header = {
        "format": FORMAT,
        "version": VERSION,
        "outcome": {"name": surrogate.outcome.name, "unit": getattr(surrogate.outcome, "unit", "")},
        "space": [parameter_json(name, p) for name, p in space.parameters.items()],
        "held": dict(space.fixed),
        "constraints": [one.text for one in space.constraints],
        **link,
        "kernel": kernel_json(posterior.kernel),
        "alternatives": [kernel_json(other.kernel) for other in posterior.alternatives],
    }
    arrays = {"units": posterior.units, "weights": posterior.weights, "root": posterior.root}
    others = enumerate(posterior.alternatives)
    return header, {**arrays, **{f"weights.{k}": other.weights for k, other in others}}


def _plain(surrogate: Marginal) -> Posterior:
    if isinstance(surrogate, GaussianSurrogate) and isinstance(surrogate.posterior, Posterior):
        return surrogate.posterior
    raise PlanError(
        "a plain Gaussian process can be taken away exactly, and this surrogate is "
        f"{type(surrogate).__name__} with guides, patches or of another kind; "
        "take a table in its place"
    )


def parameter_json(name: str, parameter: Parameter) -> dict[str, Any]:
    """A parameter as the header tells it."""
    said: dict[str, Scalar | list[str]] = {"name": name, "unit": parameter.unit}
    if isinstance(parameter, Categorical):
        return {**said, "kind": "choice", "choices": list(parameter.choices)}
    ends = {"low": parameter.low, "high": parameter.high}
    if isinstance(parameter, Integer):
        return {**said, "kind": "whole", **ends}
    return {**said, "kind": "real", **ends, "scale": parameter.scale}


def kernel_json(kernel: Kernel) -> dict[str, Any]:
    """A covariance as a tree that JSON can hold; raises `PlanError` for another kind."""
    match kernel:
        case Sum(left, right):
            return {"kind": "sum", "left": kernel_json(left), "right": kernel_json(right)}
        case Product(left, right):
            return {"kind": "product", "left": kernel_json(left), "right": kernel_json(right)}
        case Constant(variance):
            return {"kind": "constant", "variance": variance}
        case Linear(column):
            return {"kind": "linear", "column": column}
        case Plane(variance):
            return {"kind": "plane", "variance": variance}
        case Embedded(inner, choices):
            return {"kind": "embedded", "inner": kernel_json(inner), "choices": list(choices)}
        case Stationary(profile, lengths, columns):
            return {**_scaled("stationary", profile, lengths), "columns": list(columns)}
        case Warped(profile, lengths, a, b):
            return {**_scaled("warped", profile, lengths), "a": list(a), "b": list(b)}
        case Interactions(profile, shares, lengths):
            return {**_scaled("interactions", profile, lengths), "shares": list(shares)}
    raise PlanError(
        f"a covariance with {type(kernel).__name__} in it cannot be taken away exactly; "
        "take a table in its place"
    )


def _scaled(kind: str, profile: Profile, lengths: tuple[float, ...]) -> dict[str, Any]:
    return {"kind": kind, "profile": _PROFILES[type(profile)], "lengths": list(lengths)}
