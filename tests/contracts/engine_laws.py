"""What every engine promises, written once. A new engine's test is a subclass with a fixture.

The subclass gives `engine`: two slots that run `tests.workers.odd:deeds`, one second a run.
"""

import pytest

from surrogate.records import Run, Status
from surrogate.workers.base import Engine, Task
from tests.waiting import PATIENCE


def task(deed: str, query: int = 0, seed: int = 5) -> Task:
    return Task(query, 1, {"deed": deed}, seed)


def run(engine: Engine, deed: str) -> Run:
    return engine.submit(task(deed)).result(timeout=PATIENCE)


BAD = [
    ("raise", Status.ERROR, "ValueError: the keeper tripped"),
    ("exit", Status.ERROR, "SystemExit: 4"),
    ("interrupt", Status.ERROR, "KeyboardInterrupt"),
    ("end the process", Status.ERROR, "its process exited with code 3"),
    ("crash", Status.ERROR, "its process was killed by signal 11 (segmentation fault)"),
    ("hang", Status.TIMEOUT, "no answer within its time limit of 1 s"),
    ("loop", Status.TIMEOUT, "no answer within its time limit of 1 s"),
    ("loop without an end", Status.TIMEOUT, "no answer within its time limit of 1 s"),
    ("hang with the lock", Status.TIMEOUT, "no answer within its time limit of 1 s"),
    ("wrong type", Status.ERROR, "OutcomeError: outcome 'y': a finite number was expected"),
    ("raise what cannot be sent", Status.ERROR, "UnsendableError: it holds a lock"),
    ("answer what cannot be sent", Status.ERROR, "OutcomeError: outcome 'y': a finite number was"),
    ("leave a stubborn child", Status.OK, ""),
    ("read at home", Status.ERROR, "FileNotFoundError: [Errno 2] No such file or directory"),
    ("nan", Status.INFEASIBLE, "NotFinite: outcome 'y'"),
    ("out of range", Status.INFEASIBLE, "y = 7 is outside its declared range 0..1"),
    ("decline", Status.INFEASIBLE, "the ball is in the stands"),
]


class EngineLaws:
    """Inherit, and give an `engine`."""

    @pytest.mark.parametrize(("deed", "status", "message"), BAD, ids=[bad[0] for bad in BAD])
    def test_a_bad_run_costs_itself_and_no_other(
        self, engine: Engine, deed: str, status: Status, message: str
    ) -> None:
        deeds = ["answer"] * 4 + [deed] + ["answer"] * 4
        futures = [engine.submit(task(deed, k)) for k, deed in enumerate(deeds)]
        runs = [future.result(timeout=PATIENCE) for future in futures]
        assert [run.query for run in runs] == list(range(9))
        assert runs[4].status is status
        assert runs[4].message.startswith(message)
        assert {run.status for run in runs if run.query != 4} == {Status.OK}

    def test_an_answer_arrives_whole(self, engine: Engine) -> None:
        done = run(engine, "answer")
        assert done.status is Status.OK
        assert (done.cost, done.detail) == (2.0, {"how": "well"})
        assert done.started > 1.6e9
        assert 0.0 < done.seconds < 1.0
        assert done.worker
        assert done.host

    def test_the_same_seed_gives_the_same_answer_on_any_slot(self, engine: Engine) -> None:
        futures = [engine.submit(task("answer", k)) for k in range(8)]
        assert len({future.result(timeout=PATIENCE).values["y"] for future in futures}) == 1

    def test_chance_that_ignores_the_generator_is_repeatable_too(self, engine: Engine) -> None:
        seeds = [1, 2, 1, 2, 1, 2]
        futures = [engine.submit(task("global chance", seed=seed)) for seed in seeds]
        values = [future.result(timeout=PATIENCE).values["y"] for future in futures]
        assert len(set(values)) == 2
        assert values[:2] * 3 == values

    def test_a_failed_run_says_where_it_failed(self, engine: Engine) -> None:
        failed = run(engine, "raise")
        assert failed.detail == {"exception": "ValueError"}
        assert "in _fail" in failed.output

    def test_a_hung_run_says_where_it_hung(self, engine: Engine) -> None:
        assert "in _forever" in run(engine, "hang").output

    def test_of_a_flood_of_output_the_end_is_kept(self, engine: Engine) -> None:
        shouted = run(engine, "shout")
        assert shouted.status is Status.OK
        assert len(shouted.output.splitlines()) == 200

    def test_what_runs_write_beside_themselves_meets_no_other(self, engine: Engine) -> None:
        futures = [engine.submit(task("write where others write", k, seed=k)) for k in range(6)]
        values = [future.result(timeout=PATIENCE).values["y"] for future in futures]
        expected = [
            engine.submit(task("answer", seed=k)).result(timeout=PATIENCE) for k in range(6)
        ]
        assert values == [run.values["y"] for run in expected]

    def test_output_belongs_to_its_own_run(self, engine: Engine) -> None:
        for _ in range(4):
            run(engine, "shout")
            assert run(engine, "answer").output == ""

    def test_a_detail_that_json_cannot_hold_is_told_in_words(self, engine: Engine) -> None:
        assert run(engine, "odd detail").detail == {"a": [0, 1], "b": ["1j"], "c": None}

    def test_a_run_that_writes_into_our_channel_harms_nobody_else(self, engine: Engine) -> None:
        futures = [engine.submit(task("write into every file"))]
        futures += [engine.submit(task("answer", k)) for k in range(1, 9)]
        assert futures[0].result(timeout=PATIENCE).status in (Status.OK, Status.ERROR)
        assert {future.result(timeout=PATIENCE).status for future in futures[1:]} == {Status.OK}

    def test_a_task_that_has_not_begun_can_be_cancelled(self, engine: Engine) -> None:
        futures = [engine.submit(task("nap", k)) for k in range(8)]
        assert futures[-1].cancel()
        assert all(future.result(timeout=PATIENCE).status is Status.OK for future in futures[:-1])
        assert run(engine, "answer").status is Status.OK

    def test_slots_work_side_by_side_and_their_time_is_counted(self, engine: Engine) -> None:
        before = engine.busy_seconds()
        futures = [engine.submit(task("nap", k)) for k in range(engine.slots)]
        spent = [future.result(timeout=PATIENCE).seconds for future in futures]
        assert engine.busy_seconds() - before == pytest.approx(sum(spent), abs=0.01)
