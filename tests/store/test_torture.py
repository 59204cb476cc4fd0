"""Nothing acknowledged is lost, whoever is killed; at length: `python -m benchmarks torture`."""

from pathlib import Path

from tests.clusters import Cluster
from tests.torture import LASTS, Toll, Torture, check

SHORT = Toll(inside=1, anywhere=1, group=2, workers=2)


def survive(location: str, torture: Torture, restarts: int = 0) -> None:
    damage = torture.inflict(SHORT, restarts)
    check(location, damage)
    assert all(damage.blows[place] >= SHORT.inside for place in LASTS)


def test_a_campaign_survives_its_killers(tmp_path: Path) -> None:
    location = str(tmp_path / "store.db")
    survive(location, Torture(location, seed=1))


def test_a_campaign_on_a_server_survives_its_killers_and_the_server_s_end(server: Cluster) -> None:
    location = server.url()

    def restart() -> None:
        server.stop()
        server.start()

    survive(location, Torture(location, seed=2, restart=restart), restarts=1)
