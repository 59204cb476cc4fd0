import pytest

from surrogate.session import Usage


def test_what_was_offered_counts_the_slots_that_were_there() -> None:
    usage = Usage().until(10.0, 2).until(11.0, 2).until(13.0, 1)
    assert (usage.elapsed, usage.offered) == (3.0, 4.0)
    assert usage.share(3.0) == pytest.approx(0.75)


def test_before_the_first_run_nothing_was_offered() -> None:
    assert (Usage().elapsed, Usage().share(0.0)) == (0.0, 0.0)
    assert Usage().until(10.0, 4).share(1.0) == 0.0


def test_a_share_is_never_more_than_all() -> None:
    assert Usage().until(0.0, 1).until(1.0, 1).share(1.01) == 1.0
