"""What stands beside the surrogate has its say: nothing where nobody answers, more where cheap."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from surrogate.asking.choosing import choose
from surrogate.asking.request import Choice, Request
from surrogate.goal import Goal
from surrogate.models.beside import NOTHING_BESIDE, Beside, learn_beside, own_part
from surrogate.records import Observation, Reason
from surrogate.space import Real, Space
from tests.asking.process import process

Array = NDArray[np.float64]

SQUARE = Space({"x": Real(0, 1), "y": Real(0, 1)})


def beside(*, priced: bool = False) -> Beside:
    """The upper half declines; a run costs 1 on the left and 30 on the right."""
    units = np.random.default_rng(2).random((60, 2))
    seen = [
        Observation(
            k,
            {"x": float(x), "y": float(y)},
            {"yes": 1.0} if y < 0.5 else {},
            cost=float(30.0**x),
            message="" if y < 0.5 else "stalled",
        )
        for k, (x, y) in enumerate(units)
    ]
    return learn_beside(SQUARE, seen, priced=priced)


def chosen(known: Beside, **changes: object) -> tuple[Choice, ...]:
    request = Request(SQUARE, Goal.boundary(0.5), 12, seed=5, beside=known)
    return choose(process(), replace(request, **changes))  # type: ignore[arg-type]


def units(choices: tuple[Choice, ...]) -> Array:
    return np.array([choice.units for choice in choices])


def test_no_query_goes_where_the_simulator_declines() -> None:
    assert (units(chosen(NOTHING_BESIDE))[:, 1] > 0.6).any()
    assert (units(chosen(beside()))[:, 1] < 0.6).all()


def test_prices_draw_queries_to_where_runs_are_cheap_and_say_so() -> None:
    blind, priced = chosen(beside()), chosen(beside(priced=True))
    assert np.median(units(priced)[:, 0]) < np.median(units(blind)[:, 0])
    bargains = [choice for choice in priced if choice.reason is Reason.BARGAIN]
    assert bargains
    assert all("where the most telling run costs" in each.why for each in bargains)
    assert not any(choice.reason is Reason.BARGAIN for choice in blind)


def test_gains_stay_in_the_rules_own_unit_whatever_runs_cost() -> None:
    gains = [choice.gain for choice in chosen(beside(priced=True)) if choice.gain is not None]
    assert 0 < max(gains) < 0.5  # shares of the space


@pytest.mark.parametrize("priced", [False, True])
def test_its_hyper_parameters_stand_beside_the_surrogates_and_make_it_again(priced: bool) -> None:
    values = {"form": "smooth", **beside(priced=priced).hyperparameters}
    assert own_part(values) == {"form": "smooth"}
    assert any(key.startswith("cost.") for key in values) is priced


def test_people_are_told_how_often_and_why_it_declined() -> None:
    known = beside(priced=True)
    declined = known.feasibility.declined
    assert known.words[0].startswith(
        f'{declined} of 60 runs were declined ("stalled"), in a region'
    )
    assert known.words[1].startswith("60 runs cost ")
