"""Emulation: formulas in place of costly deterministic simulators, to be learned as a whole map;
of some the Sobol indices are known exactly.
"""

import numpy as np

from simulators.problems.problem import Columns, Problem
from surrogate.outcome import Number
from surrogate.space import Array, Real, Space

_G = (0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0)


def _branin(x: Columns) -> Array:
    bend = x["x2"] - 5.1 / (4 * np.pi**2) * x["x1"] ** 2 + 5 / np.pi * x["x1"] - 6
    return np.asarray(bend**2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x["x1"]) + 10)


def _franke(x: Columns) -> Array:
    u, v = 9 * x["x1"], 9 * x["x2"]
    return np.asarray(
        0.75 * np.exp(-((u - 2) ** 2) / 4 - (v - 2) ** 2 / 4)
        + 0.75 * np.exp(-((u + 1) ** 2) / 49 - (v + 1) / 10)
        + 0.5 * np.exp(-((u - 7) ** 2) / 4 - (v - 3) ** 2 / 4)
        - 0.2 * np.exp(-((u - 4) ** 2) - (v - 7) ** 2)
    )


def _front(x: Columns) -> Array:
    return np.asarray(np.arctan(30 * (x["x"] - 0.5 - 0.2 * np.sin(2 * np.pi * x["y"]))))


def _gramacy(x: Columns) -> Array:
    return np.asarray(x["x"] * np.exp(-(x["x"] ** 2) - x["y"] ** 2))


def _ishigami(x: Columns) -> Array:
    wave = np.sin(x["x1"])
    return np.asarray(wave + 7 * np.sin(x["x2"]) ** 2 + 0.1 * x["x3"] ** 4 * wave)


def _piston(x: Columns) -> Array:
    """Cycle time of a piston in a cylinder, in seconds."""
    gas = x["P0"] * x["V0"] / x["T0"] * x["Ta"]
    force = x["P0"] * x["S"] + 19.62 * x["M"] - x["k"] * x["V0"] / x["S"]
    volume = x["S"] / (2 * x["k"]) * (np.sqrt(force**2 + 4 * x["k"] * gas) - force)
    stiffness = x["k"] + x["S"] ** 2 * gas / volume**2
    return np.asarray(2 * np.pi * np.sqrt(x["M"] / stiffness))


def _borehole(x: Columns) -> Array:
    """Flow through a borehole, in cubic metres a year."""
    spread = np.log(x["r"] / x["rw"])
    leak = 2 * x["L"] * x["Tu"] / (spread * x["rw"] ** 2 * x["Kw"])
    flow = 2 * np.pi * x["Tu"] * (x["Hu"] - x["Hl"])
    return np.asarray(flow / (spread * (1 + leak + x["Tu"] / x["Tl"])))


def _wing_weight(x: Columns) -> Array:
    """Weight of a light aircraft's wing, in pounds."""
    cosine = np.cos(np.radians(x["sweep"]))
    structure = (
        0.036
        * x["Sw"] ** 0.758
        * x["Wfw"] ** 0.0035
        * (x["A"] / cosine**2) ** 0.6
        * x["q"] ** 0.006
        * x["taper"] ** 0.04
        * (100 * x["tc"] / cosine) ** -0.3
        * (x["Nz"] * x["Wdg"]) ** 0.49
    )
    return np.asarray(structure + x["Sw"] * x["Wp"])


def _g_function(x: Columns) -> Array:
    """prod_i (|4 x_i - 2| + a_i) / (1 + a_i)."""
    factors = [(np.abs(4 * x[f"x{j}"] - 2) + a) / (1 + a) for j, a in enumerate(_G)]
    return np.asarray(np.prod(factors, axis=0))


def g_indices() -> tuple[Array, Array]:
    """The g-function's first and total indices, (8,): V_i = 1 / 3 (1 + a_i)^2, independent."""
    parts = 1 / (3 * (1 + np.array(_G)) ** 2)
    whole = np.prod(1 + parts) - 1
    return parts / whole, parts * np.prod(1 + parts) / (1 + parts) / whole


def ishigami_indices() -> tuple[Array, Array]:
    """Ishigami's first and total indices, (3,), with a = 7 and b = 0.1."""
    a, b = 7.0, 0.1
    one = 0.5 * (1 + b * np.pi**4 / 5) ** 2
    two = a**2 / 8
    both = b**2 * np.pi**8 * (1 / 18 - 1 / 50)
    whole = one + two + both
    return np.array([one, two, 0.0]) / whole, np.array([one + both, two, both]) / whole


def _exact(unit: str = "") -> Number:
    return Number("f", unit, noise="none")


branin = Problem(
    "branin",
    Space({"x1": Real(-5, 10), "x2": Real(0, 15)}),
    _exact(),
    _branin,
    "Dixon and Szego (1978), Towards Global Optimisation 2",
    exact={"minimum": 0.397887},
)

franke = Problem(
    "franke",
    Space({"x1": Real(0, 1), "x2": Real(0, 1)}),
    _exact(),
    _franke,
    "Franke (1979), A critical comparison of some methods for interpolation of scattered data",
)

front = Problem(
    "front",
    Space({"x": Real(0, 1), "y": Real(0, 1)}),
    _exact(),
    _front,
    "a steep curved front: atan(30 (x - 0.5 - 0.2 sin 2 pi y))",
    exact={"mean": 0.0},
)

gramacy = Problem(
    "gramacy",
    Space({"x": Real(-2, 6), "y": Real(-2, 6)}),
    _exact(),
    _gramacy,
    "Gramacy and Lee (2008), Bayesian treed Gaussian process models, JASA 103",
    exact={"maximum": float(np.exp(-0.5) / np.sqrt(2)), "minimum": -float(np.exp(-0.5) / 2**0.5)},
)

ishigami = Problem(
    "ishigami",
    Space({name: Real(-np.pi, np.pi) for name in ("x1", "x2", "x3")}),
    _exact(),
    _ishigami,
    "Ishigami and Homma (1990), An importance quantification technique in uncertainty analysis",
    exact={"mean": 3.5, "variance": 49 / 8 + np.pi**4 / 50 + np.pi**8 / 1800 + 0.5},
)

piston = Problem(
    "piston",
    Space(
        {
            "M": Real(30, 60, unit="kg"),
            "S": Real(0.005, 0.020, unit="m2"),
            "V0": Real(0.002, 0.010, unit="m3"),
            "k": Real(1000, 5000, unit="N/m"),
            "P0": Real(90000, 110000, unit="N/m2"),
            "Ta": Real(290, 296, unit="K"),
            "T0": Real(340, 360, unit="K"),
        }
    ),
    _exact("s"),
    _piston,
    "Kenett and Zacks (1998), Modern Industrial Statistics",
)

borehole = Problem(
    "borehole",
    Space(
        {
            "rw": Real(0.05, 0.15, unit="m"),
            "r": Real(100, 50000, unit="m"),
            "Tu": Real(63070, 115600, unit="m2/yr"),
            "Hu": Real(990, 1110, unit="m"),
            "Tl": Real(63.1, 116, unit="m2/yr"),
            "Hl": Real(700, 820, unit="m"),
            "L": Real(1120, 1680, unit="m"),
            "Kw": Real(9855, 12045, unit="m/yr"),
        }
    ),
    _exact("m3/yr"),
    _borehole,
    "Morris, Mitchell and Ylvisaker (1993), Technometrics 35",
)

wing_weight = Problem(
    "wing weight",
    Space(
        {
            "Sw": Real(150, 200, unit="ft2"),
            "Wfw": Real(220, 300, unit="lb"),
            "A": Real(6, 10),
            "sweep": Real(-10, 10, unit="deg"),
            "q": Real(16, 45, unit="lb/ft2"),
            "taper": Real(0.5, 1),
            "tc": Real(0.08, 0.18),
            "Nz": Real(2.5, 6),
            "Wdg": Real(1700, 2500, unit="lb"),
            "Wp": Real(0.025, 0.08, unit="lb/ft2"),
        }
    ),
    _exact("lb"),
    _wing_weight,
    "Forrester, Sobester and Keane (2008), Engineering Design via Surrogate Modelling, section 1.4",
)

g_function = Problem(
    "g-function",
    Space({f"x{j}": Real(0.0, 1.0) for j in range(len(_G))}),
    Number("g", noise="none"),
    _g_function,
    "Saltelli and Sobol (1995), Sensitivity analysis for nonlinear mathematical models",
    exact={"mean": 1.0},
)

PROBLEMS = (branin, franke, front, gramacy, ishigami, piston, borehole, wing_weight)
