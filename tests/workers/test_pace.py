from surrogate.workers.pace import Pace


def paced(slots: int, run: float, think: float) -> Pace:
    pace = Pace(slots)
    for _ in range(50):
        pace = pace.after_run(run).after_thinking(think)
    return pace


def never_idle(pace: Pace, *, seconds: float) -> bool:
    """Whether constant rates keep every slot fed, in steps of one run's end."""
    open_queries, asked, arrives = pace.slots + pace.ahead(0), 0, 0.0
    step = 1 / pace.rate
    for k in range(int(seconds / step)):
        now = k * step
        if asked and now >= arrives:
            open_queries, asked = open_queries + asked, 0
        if not asked and (asked := pace.to_ask(open_queries, k)):
            arrives = now + pace.think_seconds
        if open_queries < pace.slots:
            return False
        open_queries -= 1
    return True


def test_eight_workers_never_wait_for_a_second_of_thinking() -> None:
    assert never_idle(paced(8, run=1.75, think=1.0), seconds=300)


def test_sixteen_workers_never_wait_for_half_a_second_of_thinking() -> None:
    assert never_idle(paced(16, run=1.5, think=0.5), seconds=300)


def test_two_workers_have_a_buffer_for_two_short_runs_each() -> None:
    assert paced(2, run=1.75, think=1.0).ahead(0) == 4


def test_steady_thinking_is_not_insured_against_being_late() -> None:
    steady = paced(16, run=1.6, think=1.0)
    assert steady.ahead(0) <= 11 + 2  # r T rounded up, and what the engine holds beyond its slots


def test_unsteady_thinking_gets_a_longer_buffer() -> None:
    unsteady = paced(16, run=1.6, think=0.5)
    for k in range(20):
        unsteady = unsteady.after_thinking(0.25 + 0.5 * (k % 2))
    assert unsteady.ahead(0) > paced(16, run=1.6, think=0.5).ahead(0) + 5


def test_a_fast_simulator_waits_rather_than_be_asked_blindly() -> None:
    pace = paced(4, run=1e-4, think=0.5)
    assert pace.to_ask(0, 0) <= 12
    assert pace.to_ask(0, 400) <= 4 + 2 * 50


def test_slow_simulators_get_queries_chosen_from_the_latest_knowledge() -> None:
    pace = paced(16, run=600.0, think=0.5)
    assert pace.ahead(50) <= 3
    assert pace.to_ask(16 + pace.ahead(50) - 1, 50) == 1


def test_nothing_is_asked_while_enough_is_open() -> None:
    pace = paced(4, run=1.0, think=0.2)
    assert pace.to_ask(4 + pace.ahead(9), 9) == 0


def test_before_the_first_run_ended_the_slots_and_one_more_are_filled() -> None:
    assert Pace(16).to_ask(0, 0) == 17


def test_the_means_follow_what_was_measured() -> None:
    pace = paced(2, run=3.0, think=0.125)
    assert round(pace.rate, 6) == round(2 / 3, 6)
    assert round(pace.think_seconds, 6) == 0.125


def test_the_engine_is_never_handed_more_than_eight_tasks_a_slot() -> None:
    assert paced(2, run=1e-9, think=1.0).handed() == 18
