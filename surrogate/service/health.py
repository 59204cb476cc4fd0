"""Whether a campaign's map may be relied on, as traffic lights with what to do, and audit bins."""

from collections.abc import Iterator, Sequence

from scipy.special import betaincinv

from surrogate.answer_tables import TO_MEASURE, UNMEASURED
from surrogate.asking.coverage import Edges
from surrogate.learner import Fitted, Learner
from surrogate.models.audit import Bin, ChanceQuality, NumberQuality
from surrogate.records import FAILED, Status
from surrogate.service.wire_reading import BinBody, LightBody
from surrogate.standing import shortfalls
from surrogate.store.base import Counts

_MANY_FAIL = 0.05  # of the runs: more are not bad luck
_TAIL = 0.05  # on either side of a bin's interval

_MORE = "Run more where it is hatched; if the line stays wide, a parameter may be missing."
_WORSE = "Run more; until then read the intervals, not the best guess."
_FAILURES = "See the failed runs under Runs and mend the simulator; they are tried again."
_STOPPED = "Read the message, mend what it names, and continue."
_MIND = "Bear it in mind; `surrogate keys` tells what the plan could have otherwise."
_DECLINED = "Where a run can be declined for no reason that shows, see why under Runs."
_CAMPED = "Leave the rule out: the goal's own looks at the whole map, not at single points."


def lights(
    note: str, measured: ChanceQuality | NumberQuality | None, warned: Sequence[str], counts: Counts
) -> list[LightBody]:
    """The map's own note, what audit runs say, what people must know, and how many runs fail."""
    map_itself = [_trust(note)] if note else []
    stopped = [_light("red", "campaign", said, _STOPPED) for said in warned]
    return [*map_itself, _measured(measured), *stopped, *_failing(counts)]


def remarks(fitted: Fitted, learner: Learner) -> list[LightBody]:
    """What to know of the surrogate: shortcomings, and what the simulator declines."""
    declined = fitted.beside.feasibility
    found = []
    for said in shortfalls(fitted, learner):
        if said != declined.words:
            found.append(_light("amber", "surrogate", said, _MIND))
        elif declined.region is not None:
            found.append(_light("green", "declined runs", said))
        else:
            found.append(_light("amber", "declined runs", said, _DECLINED))
    return found


def at_edges(edges: Edges | None) -> list[LightBody]:
    """Whether its rule camps at the edge of the space, where that is known."""
    if edges is None:
        return []
    colour = "amber" if edges.camped else "green"
    return [_light(colour, "edges", edges.words, _CAMPED if edges.camped else "")]


def bins_of(measured: ChanceQuality | NumberQuality | None) -> list[BinBody]:
    """Audit runs by what was said of them, each bin with the interval of its share."""
    return [_bin(one) for one in measured.bins] if isinstance(measured, ChanceQuality) else []


def _trust(note: str) -> LightBody:
    well = note.startswith("Trustworthy")
    return _light("green" if well else "amber", "map", note, "" if well else _MORE)


def _measured(found: ChanceQuality | NumberQuality | None) -> LightBody:
    if found is None:
        return _light("amber", "audit", UNMEASURED, TO_MEASURE)
    if isinstance(found, ChanceQuality) and found.log_score <= found.rate_score:
        return _light("amber", "audit", found.words, _WORSE)
    return _light("green", "audit", found.words)


def _failing(counts: Counts) -> Iterator[LightBody]:
    failed = sum(counts.runs.get(status, 0) for status in FAILED)
    every = sum(counts.runs.values()) - counts.runs.get(Status.LOST, 0)
    if not every:
        return
    share = failed / every
    said = f"{failed} of {every} runs failed." if failed else f"None of {every} runs failed."
    bad = share > _MANY_FAIL
    yield _light("amber" if bad else "green", "runs", said, _FAILURES if bad else "")


def _light(colour: str, about: str, said: str, todo: str = "") -> LightBody:
    return LightBody.model_validate({"colour": colour, "about": about, "said": said, "todo": todo})


def _bin(one: Bin) -> BinBody:
    """With Jeffreys' interval for its share (Brown, Cai, DasGupta 2001, section 3.1.2)."""
    yes, no = one.seen * one.runs + 0.5, (1 - one.seen) * one.runs + 0.5
    lower = 0.0 if one.seen == 0 else float(betaincinv(yes, no, _TAIL))
    upper = 1.0 if one.seen == 1 else float(betaincinv(yes, no, 1 - _TAIL))
    return BinBody(**vars(one), lower=lower, upper=upper)
