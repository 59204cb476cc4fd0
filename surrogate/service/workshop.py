"""Campaigns that this service runs itself: on local workers, in threads beside the requests.

Each runs as `surrogate run` would run it, held by one runner at a time; what it recorded is in the
ledger, so a service that dies loses no more than a runner that dies.
"""

import logging
import threading
from dataclasses import dataclass, field

from surrogate.campaign import Campaign
from surrogate.errors import SurrogateError
from surrogate.processes import Brake
from surrogate.runner import Progress

_log = logging.getLogger("surrogate")


@dataclass
class _Job:
    """A campaign that is being run here; `message` is what it said last."""

    brake: Brake = field(default_factory=Brake)
    thread: threading.Thread | None = None
    message: str = "starting"

    def observe(self, progress: Progress) -> None:
        self.message = progress.message


class Workshop:
    """Runs campaigns. May be used from any thread."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._jobs: dict[str, _Job] = {}

    def start(self, campaign: Campaign, *, runs: int | None, workers: int | None) -> None:
        """Run a campaign until `runs` are settled (None: its budget); nothing where it runs."""
        with self._guard:
            if self._is_alive(campaign.name):
                return
            job = self._jobs[campaign.name] = _Job()
            job.thread = threading.Thread(
                target=self._work, args=(campaign, job, runs, workers), name="surrogate-workshop"
            )
            job.thread.start()

    def stop(self, name: str) -> None:
        """Let a campaign's running simulations finish and stop; a second time ends them at once."""
        with self._guard:
            if self._is_alive(name):
                self._jobs[name].brake.pull()

    def state(self, name: str) -> tuple[str, str]:
        """'running', 'stopping' or '', and what it said last."""
        with self._guard:
            job = self._jobs.get(name)
            if job is None:
                return "", ""
            if not self._is_alive(name):
                return "", job.message
            return ("stopping" if job.brake.pulls else "running"), job.message

    def close(self) -> None:
        """Stop everything: what runs is ended, and is asked for again when it continues."""
        with self._guard:
            jobs = list(self._jobs.values())
        for job in jobs:
            job.brake.pull()
            job.brake.pull()
        for job in jobs:
            if job.thread is not None:
                job.thread.join()

    def _is_alive(self, name: str) -> bool:
        job = self._jobs.get(name)
        return job is not None and job.thread is not None and job.thread.is_alive()

    @staticmethod
    def _work(campaign: Campaign, job: _Job, runs: int | None, workers: int | None) -> None:
        try:
            summary = campaign.run(runs=runs, workers=workers, observe=job.observe, brake=job.brake)
            job.message = summary.message
        except SurrogateError as problem:
            job.message = str(problem)
        except Exception as problem:
            job.message = f"{type(problem).__name__}: {problem}"
            _log.exception("campaign '%s' broke off", campaign.name)
