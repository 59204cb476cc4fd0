"""Kills a running campaign again and again, and counts what was lost: nothing may be.

Each blow falls at a random moment inside a claim, a commit or a refit of the runner (judged by the
trace that it writes), or anywhere; on the runner alone, on a worker, or on all processes at once.
The PostgreSQL server is durable, and is stopped hard and started in between. To beat (issue 4):
200 blows, 30 inside each place, every acknowledged result there exactly once, no orphan.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.table import Table
from tests.clusters import cluster, programs
from tests.torture import Damage, Toll, Torture, check

WHOLE = Toll(inside=30, anywhere=40, group=30, workers=40)
QUICK = Toll(inside=5, anywhere=5, group=5, workers=5)
PLACES = ("claim", "commit", "refit", "anywhere", "group", "worker", "server")


def tables(quick: bool, seeds: int | None) -> list[Table]:
    toll = QUICK if quick else WHOLE
    rows = [("SQLite", *_on_a_file(toll))]
    if found := programs():
        with cluster(found, durable=True) as server:

            def restart() -> None:
                server.stop()
                server.start()

            torture = Torture(server.url(), seed=2, restart=restart)
            rows.append(("PostgreSQL", *_suffered(server.url(), torture, toll, restarts=10)))
    return [
        Table(
            "kill -9, by where it fell; then what was acknowledged and what is there",
            ("store", "blows", *PLACES, "acknowledged", "lost", "queries done", "orphans"),
            tuple(rows),
            "to beat: 200 blows, 30 inside each place, nothing lost, no orphan",
        )
    ]


def _on_a_file(toll: Toll) -> tuple[int, ...]:
    with TemporaryDirectory() as folder:
        location = str(Path(folder) / "store.db")
        return _suffered(location, Torture(location, seed=1), toll, restarts=0)


def _suffered(location: str, torture: Torture, toll: Toll, restarts: int) -> tuple[int, ...]:
    damage: Damage = torture.inflict(toll, restarts)
    found = check(location, damage)
    blows = [damage.blows[place] for place in PLACES]
    kills = sum(blows) - damage.blows["server"]
    return (kills, *blows, found["acknowledged"], found["lost"], found["queries"], found["orphans"])
