"""What comes back from a simulator: declared outcomes, and the answer of one run checked at birth.

A simulator may return a bare value (for its one outcome), a pair (value, sd) for a `Number` whose
noise is known, a dict of values by outcome name, an `Answer` (when there is a cost or a detail to
carry), or `Infeasible("why")`. `answer_from` turns each of these into an `Answer` or `Infeasible`,
or raises `OutcomeError`, so that nothing malformed goes any further.

What a campaign asks, its space and its outcome, is kept as JSON: a simulator changes in the life of
a design, and its space with it; what a campaign was asked stays as it was written down. There is no
other way back from JSON to these values.
"""

import math
import numbers
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from surrogate.errors import NotFinite, OutcomeError, PlanError, StoreError
from surrogate.expression import Expression
from surrogate.space import Categorical, Integer, Normal, Parameter, Real, Space, unit_word

LEARNED = "learned"
TRUTHS = {"true": True, "yes": True, "false": False, "no": False}  # as people write them
_MOST_LAPSE = 0.4  # beyond it an oracle tells next to nothing


@dataclass(frozen=True)
class Binary:
    """Yes or no. Values are True and False; numbers 0 and 1 are taken as such.

    `lapse` is the chance in [0, 0.4] that the oracle errs and says the opposite, or "learned".
    What is mapped is the chance of a yes without such errors.
    """

    name: str
    lapse: float | str = 0.0

    def __post_init__(self) -> None:
        _check_lapse(self.name, self.lapse)

    def value(self, raw: object) -> float:
        """1.0 for yes, 0.0 for no; raises `OutcomeError` for anything else."""
        if _is_truth(raw):
            return float(bool(raw))
        if isinstance(raw, numbers.Real) and not math.isfinite(raw):
            raise _not_finite(self.name, float(raw), "True or False")
        raise OutcomeError(
            f"outcome '{self.name}': True or False was expected, {raw!r} came; "
            "return a bool, or declare the outcome as Number"
        )


@dataclass(frozen=True)
class Count:
    """How many of `of` equal trials said yes: a whole number in 0..of.

    `lapse`: as of `Binary`, for each trial by itself.
    """

    name: str
    of: int
    lapse: float | str = 0.0

    def __post_init__(self) -> None:
        _check_lapse(self.name, self.lapse)
        if self.of < 1:
            raise PlanError(f"outcome '{self.name}': of = {self.of} is not at least 1")

    def value(self, raw: object) -> float:
        """The count as a float; raises `OutcomeError` when it is no whole number in 0..of."""
        number = _finite(self.name, raw)
        if number != int(number) or not 0 <= number <= self.of:
            raise OutcomeError(
                f"outcome '{self.name}': a whole number from 0 to {self.of} was expected, "
                f"{raw!r} came; return how many of the {self.of} trials said yes"
            )
        return number


@dataclass(frozen=True)
class Number:
    """A real value in `unit`, in `low`..`high` (a run that returns one outside is infeasible).

    `noise` says what is known of it: "none" (a deterministic simulator), "known" (each run
    returns its sd), or "unknown" (learned). It is never inferred from a zero.
    """

    name: str
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    noise: str = "unknown"

    def __post_init__(self) -> None:
        object.__setattr__(self, "unit", unit_word(self.unit))
        if not self.low < self.high:
            raise PlanError(f"outcome '{self.name}': low {self.low} is not below high {self.high}")
        if self.noise not in ("none", "known", "unknown"):
            raise PlanError(
                f"outcome '{self.name}': noise is 'none', 'known' or 'unknown', not {self.noise!r}"
            )

    def value(self, raw: object) -> float:
        """The value as a finite float; raises `OutcomeError` when it is not one."""
        return _finite(self.name, raw)


Outcome = Binary | Count | Number


def trials_of(outcome: Outcome) -> int:
    """How many equal trials a run counts: 1 but for a `Count`."""
    return outcome.of if isinstance(outcome, Count) else 1


@dataclass(frozen=True)
class Infeasible:
    """The simulator declines this point for good: learned from, never retried."""

    reason: str


@dataclass(frozen=True)
class Answer:
    """What one run found out.

    `values` by outcome name (Binary as 0 or 1), `sds` for the numbers whose noise is known,
    `cost` in whatever unit the simulator counts (None: not counted), and `detail`, a small
    JSON-able mapping that people read (how a shot ended, say) and no model does.
    """

    values: Mapping[str, float]
    sds: Mapping[str, float] = field(default_factory=dict)
    cost: float | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


def answer_from(raw: object, outcomes: tuple[Outcome, ...]) -> Answer | Infeasible:
    """The checked answer in whatever a simulator returned.

    The first of `outcomes` is the question and must be present; the others may be missing.
    A number outside its declared range gives `Infeasible`. Raises `OutcomeError` for a wrong
    type, a NaN or infinity, or a name that was not declared.
    """
    if isinstance(raw, Infeasible):
        return raw
    if raw is None:
        raise OutcomeError(
            f"outcome '{outcomes[0].name}' was expected, nothing (None) came; end every branch of "
            "the simulator with `return`, or return Infeasible('why') where it has no answer"
        )
    named: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {outcomes[0].name: raw}
    given = raw if isinstance(raw, Answer) else Answer(named)
    declared = {outcome.name: outcome for outcome in outcomes}
    _refuse_unknown(given.values, declared)
    values: dict[str, float] = {}
    sds = dict(given.sds)
    for name, item in given.values.items():
        outcome = declared[name]
        if isinstance(outcome, Number) and isinstance(item, tuple):
            item, sds[name] = _value_and_sd(name, item)
        value = outcome.value(item)
        if isinstance(outcome, Number) and not outcome.low <= value <= outcome.high:
            return Infeasible(
                f"{name} = {value:g} {outcome.unit}".rstrip()
                + f" is outside its declared range {outcome.low:g}..{outcome.high:g}"
            )
        values[name] = value
    cost = None if given.cost is None else _finite("cost", given.cost)
    if cost is not None and cost < 0:
        raise OutcomeError(f"cost {cost:g} is negative; count cost from zero up, or leave it out")
    return Answer(values, sds, cost, dict(given.detail))


def value_of(text: str) -> Any:
    """A truth or a number where the text is one, else the text itself."""
    return TRUTHS[text.lower()] if text.lower() in TRUTHS else number_of(text)


def number_of(text: str) -> float | str:
    """A number where the text is one, else the text itself."""
    try:
        return float(text)
    except ValueError:
        return text


def _refuse_unknown(values: Mapping[str, Any], declared: Mapping[str, Outcome]) -> None:
    expected = ", ".join(declared)
    for name in values:
        if name not in declared:
            raise OutcomeError(
                f"outcome '{name}' came, but the simulator declares: {expected}; "
                "declare it, or leave it out"
            )
    question = next(iter(declared))
    if question not in values:
        raise OutcomeError(
            f"outcome '{question}' was expected, but only {sorted(values)} came; "
            "return a value for it, or Infeasible('why') when there is none"
        )


def _value_and_sd(name: str, pair: tuple[Any, ...]) -> tuple[Any, float]:
    if len(pair) != 2:
        raise OutcomeError(f"outcome '{name}': a pair (value, sd) was expected, {pair!r} came")
    sd = _finite(f"{name} sd", pair[1])
    if sd < 0:
        raise OutcomeError(f"outcome '{name}': sd {sd} is negative")
    return pair[0], sd


def _check_lapse(name: str, lapse: float | str) -> None:
    if lapse == LEARNED or (not isinstance(lapse, str) and 0.0 <= lapse <= _MOST_LAPSE):
        return
    raise PlanError(
        f"outcome '{name}': lapse is a chance in 0..{_MOST_LAPSE} or \"{LEARNED}\", not {lapse!r}"
    )


def _is_truth(raw: object) -> bool:
    if isinstance(raw, bool):
        return True
    is_scalar = isinstance(raw, numbers.Real) or type(raw).__name__ in ("bool", "bool_")
    return is_scalar and raw in (0, 1)


def _finite(name: str, raw: object) -> float:
    if isinstance(raw, numbers.Real) and not isinstance(raw, bool):
        number = float(raw)
        if math.isfinite(number):
            return number
        raise _not_finite(name, number, "a finite number")
    raise OutcomeError(
        f"outcome '{name}': a finite number was expected, {raw!r} ({type(raw).__name__}) came; "
        "return Infeasible('why') where the simulator has no answer"
    )


def _not_finite(name: str, number: float, expected: str) -> NotFinite:
    return NotFinite(
        f"outcome '{name}': {expected} was expected, {number} came; "
        "return Infeasible('why') where the simulator has no answer"
    )


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
