"""A space and an outcome come back from the ledger as they were."""

import json

import pytest

from surrogate.errors import StoreError
from surrogate.expression import Expression
from surrogate.outcome import Binary, Count, Number, Outcome, question_json, question_of
from surrogate.space import Categorical, Integer, Normal, Real, Space

SPACE = Space(
    {
        "body.mass[1]": Real(1, 9, "kg", "log", 2.0, Normal(3.0, 1.0)),
        "n": Integer(1, 4, default=2),
        "side": Categorical(("left", "right"), "right"),
    },
    fixed={"z": 1.5},
    constraints=(Expression("n < 4"),),
    pair=("n", "side"),
)


@pytest.mark.parametrize(
    "outcome",
    [Binary("hit", "learned"), Count("hits", 9, 0.1), Number("m", "m"), Number("q", low=-1.0)],
)
def test_a_question_comes_back_through_json(outcome: Outcome) -> None:
    told = json.loads(json.dumps(question_json(SPACE, outcome), allow_nan=False))
    assert question_of(told) == (SPACE, outcome)


def test_what_no_campaign_wrote_is_refused() -> None:
    with pytest.raises(StoreError, match="a space and an outcome were expected in the ledger"):
        question_of({"parameters": []})
