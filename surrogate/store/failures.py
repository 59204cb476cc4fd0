"""Failed runs in classes: those that failed in the same way count as one, whatever its numbers.

A class is a status, an exit code and a signature: the message without what differs from run to
run (numbers, addresses, paths). `retry` queues what a class made the campaign give up.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from surrogate.records import FAILED, QueryState, Run, Status
from surrogate.store.amend import Word
from surrogate.store.base import STOPPED, Store, Tally

_PATH = re.compile(r"(?:/[\w.+@~-]+){2,}")
_NUMBER = re.compile(r"0x[0-9a-fA-F]+|(?<![A-Za-z_])[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_LONGEST = 160  # letters of a signature


@dataclass(frozen=True)
class FailureClass:
    """Runs that failed in the same way: how many, the last of them, and what was given up."""

    status: Status
    signature: str
    runs: int
    example: Run
    given_up: tuple[int, ...]


def signature(message: str) -> str:
    """The first line of a message without what differs from run to run.

    >>> signature("no licence 17 of 20 in /opt/solver/licences/a.lic")
    'no licence # of # in ...'
    """
    first = message.strip().partition("\n")[0]
    return _NUMBER.sub("#", _PATH.sub("...", first))[:_LONGEST]


def classes(runs: Iterable[Run], given_up: Collection[int]) -> tuple[FailureClass, ...]:
    """Failed runs by class, the most frequent first.

    A query in `given_up` belongs to the class of its last run alone.
    """
    found: dict[tuple[Status, int | None, str], list[Run]] = {}
    last: dict[int, Run] = {}
    for run in runs:
        if run.status in FAILED:
            found.setdefault(_key(run), []).append(run)
            last[run.query] = run
    ended = {query: _key(last[query]) for query in sorted(given_up) if query in last}
    made = [
        FailureClass(
            key[0], key[2], len(some), some[-1], tuple(q for q in ended if ended[q] == key)
        )
        for key, some in found.items()
    ]
    return tuple(sorted(made, key=lambda one: -one.runs))


def summary(store: Store, campaign: str) -> tuple[Tally, ...]:
    """Failed runs counted by class, the most frequent first; each with its last message.

    Leases that ended with their runner are no failures. Reads no run, however many there are.
    """
    found: dict[tuple[Status, int | None, str], Tally] = {}
    for one in store.tallies(campaign, FAILED):
        key = _key(one)
        before = found[key].runs if key in found else 0
        if one.message != STOPPED:
            found[key] = replace(one, runs=before + one.runs)
    return tuple(sorted(found.values(), key=lambda one: -one.runs))


def failures(store: Store, campaign: str) -> tuple[FailureClass, ...]:
    """A campaign's failed runs by class, the most frequent first."""
    given_up = {query.index for query in store.queries(campaign, QueryState.GIVEN_UP)}
    return classes(store.runs(campaign, status=FAILED), given_up)


def retry(
    store: Store, campaign: str, word: Word, *, status: Status | None = None, like: str = ""
) -> tuple[int, ...]:
    """Queue once more what was given up, of one status, or whose signature contains `like`.

    Gives the queries; the next `run` takes them up, each for one more attempt.
    """
    chosen = [
        query
        for one in failures(store, campaign)
        if status in (None, one.status) and like.lower() in one.signature.lower()
        for query in one.given_up
    ]
    moved = store.requeue(campaign, chosen)
    if moved:
        text = f"{len(moved)} queries queued again by {word.who}: {word.why}"
        store.note(campaign, "retry", text, now=word.at)
    return moved


def _key(failed: Run | Tally) -> tuple[Status, int | None, str]:
    return failed.status, failed.exit_code, signature(failed.message)
