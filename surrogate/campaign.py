"""The facade for people: one campaign, joined from its learner, store, workers and answers.

What it tells (`predict`, `map`, `sweet_spots`, `status`) is in `readings.Readings`. `run`
blocks until the budget is spent and may be interrupted at any time; `ask` and `tell` put the loop
into the caller's own hands. One process at a time writes a campaign; any number may read it.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Self

import numpy as np

from surrogate.ancestry import latest, stored_plan
from surrogate.answers.certificate import spot_members
from surrogate.answers.verifying import claim, drawn_inside
from surrogate.bidding import Bid, bid
from surrogate.clock import Clock, SystemClock
from surrogate.codeprint import code_print
from surrogate.entry import accept_code, opened, plan_on, refuse_changed_code, version_words
from surrogate.errors import NotEnoughData, SimulatorError
from surrogate.goal import Goal
from surrogate.learner import Fitted
from surrogate.leave import Leave
from surrogate.oracle import Simulator, SimulatorSource
from surrogate.outcome import answer_from
from surrogate.plan import Plan
from surrogate.processes import Brake
from surrogate.queueing import Wish, entered, stock
from surrogate.readings import Readings
from surrogate.records import Query, QueryState, Reason, Run, said, seeds, settled
from surrogate.runner import Orders, Progress, Summary, run_campaign
from surrogate.space import Point, Scalar
from surrogate.standing import Horizon, Judge
from surrogate.stopping import Stopping
from surrogate.store.base import Store
from surrogate.store.book import Bill, keep_standing
from surrogate.store.sql import open_store
from surrogate.told import ToldSimulator
from surrogate.workers.base import Engine, Task
from surrogate.workers.opening import open_engine

ASK_LEASE_SECONDS = 24 * 3600.0  # a person with a test rig may need a day


class Campaign(Readings):
    """One learning effort on one version of a design; see `create`, `from_plan` and `open`."""

    def __init__(self, store: Store, plan: Plan, simulator: Simulator, source: SimulatorSource):
        super().__init__(store, plan, simulator)
        self._source = source
        self._clock: Clock = SystemClock()

    @classmethod
    def from_plan(
        cls,
        plan: Plan,
        *,
        fresh: bool = False,
        same_design: bool = False,
        parent: str | None = None,
        again: bool = False,
    ) -> "Campaign":
        """Open the plan's campaign, or create it; `fresh` forgets what it had learned.

        `parent` names the campaign that a new one begins from: "previous" (the iteration before),
        another of this store, or STORE#NAME; default: the plan's. With `again` a new one is begun
        although the last has spent its budget on this very design.

        Raises `PlanError` when the plan's identity keys differ from the stored campaign's, or,
        without `same_design`, the code that has run from the present one; and `SimulatorError`
        when a trial run shows that the simulator breaks its contract.
        """
        source = plan.source()
        return cls._joined(plan, source.load(), source, Leave(fresh, same_design, parent, again))

    @classmethod
    def create(
        cls,
        name: str,
        simulator: Simulator,
        *,
        goal: Goal,
        store: str | os.PathLike[str] = "surrogate.db",
        seed: int = 0,
        runs: int = 100,
    ) -> "Campaign":
        """A campaign on a simulator object, continued where the store already has it.

        `runs` is the budget; `run` may be given another. Raises as `from_plan` does.
        """
        plan = plan_on(simulator, name, goal=goal, store=store, seed=seed, runs=runs)
        return cls._joined(plan, simulator, SimulatorSource(instance=simulator), Leave())

    @classmethod
    def open(
        cls, store: str | os.PathLike[str], name: str, simulator: Simulator | None = None
    ) -> "Campaign":
        """A stored campaign; `simulator` is needed where it was made from an object."""
        return cls.on(open_store(os.fspath(store), create=False), name, simulator)

    @classmethod
    def latest(cls, store: str | os.PathLike[str], name: str) -> "Campaign":
        """The last iteration of the plan of that name; see `open`."""
        opened = open_store(os.fspath(store), create=False)
        return cls.on(opened, latest(opened, name))

    @classmethod
    def on(cls, store: Store, name: str, simulator: Simulator | None = None) -> "Campaign":
        """A campaign of a store that is open, and that others may share."""
        plan = stored_plan(store.campaign(name))
        source = SimulatorSource(instance=simulator) if simulator is not None else plan.source()
        loaded = source.load()
        plan.expect_same_pool(loaded.space)
        return cls(store, plan, loaded, source)

    @classmethod
    def _joined(
        cls, plan: Plan, simulator: Simulator, source: SimulatorSource, leave: Leave
    ) -> "Campaign":
        plan.check_against(simulator)
        plan = plan.with_pool(simulator.space)
        store, entered = opened(plan, simulator, source, leave)
        return cls(store, entered, simulator, source)

    @classmethod
    def accept(
        cls, store: str | os.PathLike[str], name: str, simulator: Simulator | None = None
    ) -> None:
        """Say that the simulator's present code is the same design as what has run before.

        Its results stay together; the log keeps that it was said.
        """
        with cls.open(store, name, simulator) as campaign:
            accept_code(campaign._store, name, campaign.version, campaign._clock.now())

    @property
    def version(self) -> str:
        """The simulator's design and code, as every run carries it."""
        return version_words(self._plan.version, code_print(self._source, self.simulator))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the store. Closing twice is harmless."""
        self._store.close()

    def read_by(self, surrogate: str) -> "Campaign":
        """This campaign as another recipe reads it: for looking, with this one's store."""
        plan = self._plan.model_copy(update={"surrogate": surrogate})
        other = Campaign(self._store, plan, self.simulator, self._source)
        other._inherited = None
        return other

    def run(
        self,
        *,
        runs: int | None = None,
        workers: int | str | None = None,
        stop: Stopping | None = None,
        observe: Callable[[Progress], None] | None = None,
        brake: Brake | None = None,
    ) -> Summary:
        """Run until `runs` queries (default: the plan's budget) are done, by `workers`: so many
        processes here, or the workers of the Dask scheduler at that address (default: the plan's).
        Ends before that where `stop` (default: the plan's rule) says that enough was learned.

        Continues where an interrupted run stopped. Blocks; `observe` is called from this thread's
        loop a few times a second, and whoever holds the `brake` may stop it. Raises
        `SimulatorError` where outcomes are told, not simulated.
        """
        if isinstance(self.simulator, ToldSimulator):
            raise SimulatorError(
                f"campaign '{self.name}' has nothing to run: its outcomes are told; "
                "ask for queries, run them where they can be run, and tell what they gave"
            )
        refuse_changed_code(self._store, self.name, self.version)
        orders = self._orders(runs or self.planned, stop, brake or Brake())
        engine = self.engine(workers)
        try:
            return run_campaign(
                self.learner, self._store, engine, orders, clock=self._clock, observe=observe
            )
        finally:
            engine.close(kill=True)

    def _orders(self, runs: int, stop: Stopping | None, brake: Brake) -> Orders:
        """What a session is to do; without a rule to stop by, the plan's holds."""
        learner, plan = self.learner, self._plan
        if stop is None and plan.stop is not None:
            stop = plan.stop.rule(self.space)
        return Orders(
            self.name,
            runs,
            cost=plan.budget.cost,
            late_declines=plan.workers.late == "declines",
            stand=Judge(learner, stop),
            stop=stop,
            outlook=Horizon(learner, plan.stop),
            brake=brake,
        )

    def ask(self, count: int = 1, *, seconds: float = ASK_LEASE_SECONDS) -> tuple[Query, ...]:
        """The next `count` queries, leased to the caller; give them back with `tell`.

        After `seconds` without a word, `keep` or `tell`, they are given to whoever asks next.
        """
        now = self._clock.now()
        self._store.release(self.name, expired_at=now)  # leases that lapsed come first
        self.stock(count)
        leases = self._store.claim(self.name, "ask", count, now=now, seconds=seconds)
        return tuple(lease.query for lease in leases)

    def stock(self, count: int, most: int | None = None) -> None:
        """Have at least `count` queries wait to be claimed; chooses those that are missing.

        There are never more than `most` in all.
        """
        stock(self._store, self.name, self.learner, self._kept, count, most)

    def engine(self, workers: int | str | None = None) -> Engine:
        """What runs the simulator, within the plan's limits; the caller closes it."""
        return open_engine(
            self._plan, self._source, self.simulator, version=self.version, workers=workers
        )

    def simulate(self, point: Point, why: str, engine: Engine) -> Run:
        """Run a point that a person wants, and keep what it gave; returns after the commit."""
        query = self._entered(Wish(point, why))
        run = engine.submit(Task(query.index, 1, query.point, query.seed)).result()
        self._store.record(self.name, [run])
        return run

    def request(self, point: Point, why: str) -> Query:
        """Have a point simulated that a person wants: it is queued. Raises `PointError`."""
        return self._entered(Wish(point, why, QueryState.QUEUED))

    def verify(
        self, spot: int, *, runs: int = 20, level: float | None = None, above: bool = True
    ) -> tuple[Query, ...]:
        """Queue `runs` runs inside a spot, drawn by the space's own distribution, to test it.

        `run` makes them; then `certificates` tells what they said. Raises
        `PointError` where there is no such spot.
        """
        return self.confirm(*self.inside(spot, runs, level=level, above=above))

    def inside(
        self, spot: int, count: int, *, level: float | None = None, above: bool = True
    ) -> tuple[list[dict[str, Scalar]], str]:
        """Points at random inside a spot, and what for; `confirm` queues them."""
        sides = self._sides(level, above=above)
        rng = np.random.default_rng(seeds(self._plan.seed, len(self.queries()), "verify"))
        rows = drawn_inside(sides, spot_members(sides, spot), count, rng)
        claimed = claim(self.goal.level_or(level), above=above)
        return self.drawable().decode(rows), f"drawn inside spot {spot}, to verify {claimed}"

    def confirm(self, points: Sequence[Point], why: str) -> tuple[Query, ...]:
        """Queue runs that test an answer, such as a tuning's `confirm` points; `run` makes them."""
        return tuple(
            self._entered(Wish(point, why, QueryState.QUEUED, Reason.VERIFY)) for point in points
        )

    def keep(self, queries: Sequence[Query | int], *, seconds: float = ASK_LEASE_SECONDS) -> None:
        """Say that these queries are still worked on: their leases last `seconds` from now."""
        indices = [query.index if isinstance(query, Query) else query for query in queries]
        self._store.heartbeat(self.name, indices, expires=self._clock.now() + seconds)

    def give_back(self, query: Query) -> None:
        """Hand a query back unanswered: the next who asks gets it."""
        self._store.give_back(self.name, [query.index])

    def tell(self, query: Query | Point, outcome: Any) -> Query:
        """Record what a query, or a point that was never asked, gave. Returns after the commit.

        A point becomes a query, which is given back. `outcome` is anything a simulator may
        return; telling the same again changes nothing. Raises `OutcomeError` and `PointError`.
        """
        answer = answer_from(outcome, self.outcomes)
        asked = query if isinstance(query, Query) else self._entered(Wish(query))
        earlier = self._store.runs(self.name, asked.index)
        run = settled(asked.index, 1 + len(earlier), answer, started=self._clock.now())
        if not any(said(run) == said(one) for one in earlier):
            self._store.record(self.name, [run])
        return asked

    def pause(self, who: str = "a person") -> None:
        """Have whoever runs it begin nothing more until `resume`; clients over HTTP get nothing."""
        bid(self._store, self.name, Bid.PAUSE, who, now=self._clock.now())

    def resume(self, who: str = "a person") -> None:
        """Go on after `pause`; so does `run`."""
        bid(self._store, self.name, Bid.RESUME, who, now=self._clock.now())

    def stop(self, who: str = "a person") -> None:
        """Have whoever runs it end, after running simulations; a second time at once."""
        bid(self._store, self.name, Bid.STOP, who, now=self._clock.now())

    def dry_run(self, count: int = 8) -> tuple[Query, ...]:
        """The first queries that a run would make; nothing is stored."""
        return self.learner.ask(count, first=0, pending=(), fitted=None)

    def _kept(self) -> Fitted | None:
        """The surrogate of all that is recorded, its revision in the ledger."""
        fitted, latest = self._current(), self._store.latest_revision(self.name)
        if fitted is not None and (latest is None or latest.number < fitted.revision.number):
            self._store.add_revision(self.name, fitted.revision)
            self._stood(fitted)
        return fitted

    def _stood(self, fitted: Fitted) -> None:
        """Write down how the campaign stands with a surrogate, once it can be told."""
        with suppress(NotEnoughData):
            known = self.observations()
            stood = replace(Judge(self.learner)(fitted, None, known), cost=Bill.of(known).total)
            number = fitted.revision.number
            keep_standing(self._store, self.name, number, stood, now=self._clock.now())

    def _entered(self, wish: Wish) -> Query:
        whole = replace(wish, point=self.space.complete(wish.point))
        return entered(self._store, self.name, whole, self._plan.seed)
