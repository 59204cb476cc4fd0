"""What people do to results: exclude, restore, correct; and have what failed tried again.

Nothing recorded is changed: words stand beside it. The last word said of a query holds;
observations, and so every surrogate fitted from then on, follow it.

Failed runs come in classes: those that failed in the same way count as one, whatever its numbers. A
class is a status, an exit code and a signature: the message without what differs from run to run
(numbers, addresses, paths). `retry` queues what a class made the campaign give up.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from surrogate.errors import DataError
from surrogate.outcome import Infeasible, Outcome, answer_from
from surrogate.records import FAILED, Annotation, QueryState, Status, Verdict
from surrogate.store.base import STOPPED, Store, Tally

_PATH = re.compile(r"(?:/[\w.+@~-]+){2,}")
_NUMBER = re.compile(r"0x[0-9a-fA-F]+|(?<![A-Za-z_])[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_LONGEST = 160  # letters of a signature


@dataclass(frozen=True)
class Word:
    """Who says it, why, and when (seconds since 1970 UTC)."""

    who: str
    why: str
    at: float

    def __post_init__(self) -> None:
        if not self.who.strip() or not self.why.strip():
            raise DataError(
                f"who {self.who!r} and why {self.why!r} came: give a name and a reason, both"
            )


@dataclass(frozen=True)
class Reading:
    """What a result should have been; without values: that the simulator declines there.

    `reason` is why it does, where a person said so.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    sds: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""


def reading_of(said: Any, outcomes: Sequence[Outcome]) -> Reading:
    """What a person said that a result should have been, checked; `outcomes`: the question first.

    A bare value is of the question; a mapping may name some outcomes only, and an empty one, as
    `Infeasible`, says that the simulator declines. Raises `OutcomeError`.
    """
    if said == {}:
        return Reading()
    named = [one for one in outcomes if isinstance(said, Mapping) and one.name in said]
    others = [one for one in outcomes if one not in named]
    answer = answer_from(said, (*named, *others))
    if isinstance(answer, Infeasible):
        return Reading(reason=answer.reason)
    return Reading(answer.values, answer.sds)


def exclude(store: Store, campaign: str, queries: Sequence[int], word: Word) -> tuple[int, ...]:
    """Teach nothing by these results any more; gives those that were not excluded before.

    Raises `DataError` for a query without a result.
    """
    return _judged(store, campaign, queries, Verdict.EXCLUDED, word)


def restore(store: Store, campaign: str, queries: Sequence[int], word: Word) -> tuple[int, ...]:
    """Have these results be again what the simulator gave; gives those for which that is news.

    Raises `DataError` for a query without a result.
    """
    return _judged(store, campaign, queries, Verdict.RESTORED, word)


def correct(store: Store, campaign: str, query: int, reading: Reading, word: Word) -> None:
    """Have a result be something else than the simulator gave; outcomes not named stay.

    Raises `DataError` for a query without a result, and for an outcome that it does not have.
    """
    _standing(store, campaign, [query])
    runs = store.runs(campaign, query, status=[Status.OK])
    values, sds = (runs[0].values, runs[0].sds) if runs else ({}, {})
    if values and (strange := sorted(set(reading.values) - set(values))):
        raise DataError(
            f"query {query}: values of {', '.join(sorted(values))} were expected, "
            f"{', '.join(strange)} came"
        )
    kept = {name: sd for name, sd in sds.items() if name not in reading.values}
    whole = {**values, **reading.values}, {**kept, **reading.sds}
    given = whole if reading.values else ({}, {})
    why = f"{reading.reason}: {word.why}" if reading.reason else word.why
    said = Annotation(query, Verdict.CORRECTED, word.who, word.at, why, *given)
    store.annotate(campaign, [said])


def _standing(store: Store, campaign: str, queries: Sequence[int]) -> dict[int, Verdict]:
    """The last word on each query; raises `DataError` where one of `queries` has no result."""
    done = {query.index for query in store.queries(campaign, QueryState.DONE)}
    if missing := sorted(set(queries) - done):
        raise DataError(
            f"campaign '{campaign}': query {missing} has no result to speak of; "
            "run it, tell its outcome, or retry it where it was given up"
        )
    return {said.query: said.verdict for said in store.annotations(campaign)}


def _judged(
    store: Store, campaign: str, queries: Sequence[int], verdict: Verdict, word: Word
) -> tuple[int, ...]:
    """Say the same of these results; gives those for which it is news."""
    standing = _standing(store, campaign, queries)
    news = tuple(k for k in queries if standing.get(k, Verdict.RESTORED) is not verdict)
    store.annotate(campaign, [Annotation(k, verdict, word.who, word.at, word.why) for k in news])
    return news


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
