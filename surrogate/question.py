"""What a campaign asks, as JSON: its space and its outcome, for whoever reads it later.

A simulator changes in the life of a design, and its space with it; what a campaign was asked stays
as it was written down. There is no other way back from JSON to these values.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from surrogate.errors import StoreError
from surrogate.expression import Expression
from surrogate.outcome import Binary, Count, Number, Outcome
from surrogate.space import Categorical, Integer, Normal, Parameter, Real, Space

_PARAMETERS = {kind.__name__: kind for kind in (Real, Integer, Categorical)}
_OUTCOMES = {kind.__name__: kind for kind in (Binary, Count, Number)}
_ENDLESS = {"inf": float("inf"), "-inf": float("-inf")}  # JSON has no word for them


def question_json(space: Space, outcome: Outcome) -> dict[str, Any]:
    """Space and outcome, JSON-able; `question_of` reads it back."""
    return {
        "parameters": [{"name": n, **_kept(p)} for n, p in space.parameters.items()],
        "fixed": dict(space.fixed),
        "constraints": [constraint.text for constraint in space.constraints],
        "pair": list(space.pair) if space.pair else None,
        "outcome": _kept(outcome),
    }


def question_of(told: Mapping[str, Any]) -> tuple[Space, Outcome]:
    """The space and the outcome; raises `StoreError` for what `question_json` never gave."""
    try:
        space = Space(
            {one["name"]: _parameter(one) for one in told["parameters"]},
            told["fixed"],
            tuple(Expression(text) for text in told["constraints"]),
            tuple(told["pair"]) if told["pair"] else None,
        )
        outcome = told["outcome"]
        return space, _OUTCOMES[outcome["kind"]](**_fields(outcome))
    except (KeyError, TypeError) as problem:
        raise StoreError(
            f"a space and an outcome were expected in the ledger, {told} came; a later version of "
            "this program may have written it"
        ) from problem


def _kept(value: Parameter | Outcome) -> dict[str, Any]:
    fields = {k: x for k, x in asdict(value).items() if x is not None and k != "choices"}
    if isinstance(value, Categorical):
        fields = {"choices": list(value.choices), "default": value.default}
    named = {k: str(x) if x in _ENDLESS.values() else x for k, x in fields.items()}
    return {"kind": type(value).__name__, **named}


def _parameter(told: Mapping[str, Any]) -> Parameter:
    fields = _fields(told)
    fields.pop("name")
    if "distribution" in fields:
        fields["distribution"] = Normal(**fields["distribution"])
    if "choices" in fields:
        fields["choices"] = tuple(fields["choices"])
    found: Parameter = _PARAMETERS[told["kind"]](**fields)
    return found


def _fields(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _ENDLESS[x] if isinstance(x, str) and key in ("low", "high") else x
        for key, x in told.items()
        if key != "kind"
    }
