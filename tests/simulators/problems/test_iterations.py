"""Discs hold what they say: how likely a yes is, what a version keeps, and what chance decides."""

import numpy as np
import pytest
from scipy.special import ndtr

from simulators.problems.iterations import VERSIONS, Discs, both
from surrogate.oracle import Simulator, simulate
from surrogate.outcome import Answer


def test_a_yes_is_likely_inside_a_disc_alone() -> None:
    inside, outside = both.chance(np.array([[0.28, 0.30], [0.95, 0.05]]))
    assert isinstance(both, Simulator)
    assert inside == pytest.approx(ndtr(2.0), abs=0.01)
    assert outside == pytest.approx(ndtr(-1.2), abs=0.01)


def test_a_version_is_a_knob() -> None:
    again = both.with_knobs({"discs": [list(disc) for disc in VERSIONS["one"]]})
    assert again == Discs(VERSIONS["one"])


def test_out_of_step_the_same_seed_draws_another_number() -> None:
    point = {"x": 0.43, "y": 0.3}  # at the edge, where a yes is as likely as a no
    late = both.with_knobs({"out_of_step": True})

    def told(design: Discs, seed: int) -> object:
        answer = simulate(design, point, seed)
        assert isinstance(answer, Answer)
        return answer.values["yes"]

    assert [told(both, s) for s in range(40)] == [told(both, s) for s in range(40)]
    assert [told(both, s) for s in range(40)] != [told(late, s) for s in range(40)]
