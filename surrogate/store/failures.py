"""Failed runs in classes: those that failed in the same way count as one, whatever its numbers.

A class is a status, an exit code and a signature: the message without what differs from run to
run (numbers, addresses, paths). `retry` queues what a class made the campaign give up.
"""

import re
from dataclasses import replace

from surrogate.records import FAILED, QueryState, Status
from surrogate.store.amend import Word
from surrogate.store.base import STOPPED, Store, Tally

_PATH = re.compile(r"(?:/[\w.+@~-]+){2,}")
_NUMBER = re.compile(r"0x[0-9a-fA-F]+|(?<![A-Za-z_])[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_LONGEST = 160  # letters of a signature


def signature(message: str) -> str:
    """The first line of a message without what differs from run to run.

    >>> signature("no licence 17 of 20 in /opt/solver/licences/a.lic")
    'no licence # of # in ...'
    """
    first = message.strip().partition("\n")[0]
    return _NUMBER.sub("#", _PATH.sub("...", first))[:_LONGEST]


def summary(store: Store, campaign: str) -> tuple[Tally, ...]:
    """Failed runs counted by class, the most frequent first; each with its last message.

    Leases that ended with their runner are no failures. Reads no run, however many there are.
    """
    found: dict[tuple[Status, int | None, str], Tally] = {}
    for one in store.tallies(campaign, FAILED):
        key = (one.status, one.exit_code, signature(one.message))
        before = found[key].runs if key in found else 0
        if one.message != STOPPED:
            found[key] = replace(one, runs=before + one.runs)
    return tuple(sorted(found.values(), key=lambda one: -one.runs))


def retry(
    store: Store, campaign: str, word: Word, *, status: Status | None = None, like: str = ""
) -> tuple[int, ...]:
    """Queue once more what was given up, whose last run had that status, or said `like`.

    Gives the queries; the next `run` takes them up, each for one more attempt.
    """
    given_up = {query.index for query in store.queries(campaign, QueryState.GIVEN_UP)}
    last = {run.query: run for run in store.runs(campaign, status=FAILED) if run.query in given_up}
    chosen = [
        query
        for query, run in last.items()
        if status in (None, run.status) and like.lower() in signature(run.message).lower()
    ]
    moved = store.requeue(campaign, chosen)
    if moved:
        text = f"{len(moved)} queries queued again by {word.who}: {word.why}"
        store.note(campaign, "retry", text, now=word.at)
    return moved
