"""Routes for what people say: of results, of spots, and which point they want simulated."""

from collections.abc import Callable, Iterable

from fastapi import APIRouter

from surrogate.records import Status
from surrogate.service.gate import (
    AnyHosted,
    AnyHouse,
    AnyOnce,
    Commenter,
    Engineer,
    Numbered,
    Once,
    Reader,
)
from surrogate.service.wire import Numbers
from surrogate.service.wire_campaigns import (
    CorrectBody,
    Done,
    OpinionBody,
    PointRequest,
    Queued,
    RetryBody,
    WhyBody,
)
from surrogate.store.amend import Word, correct, exclude, reading_of, restore, retry as requeue
from surrogate.store.service_tables import Judgement, Opinion, Opinions

routes = APIRouter(tags=["people"])


@routes.post("/campaigns/{name}/results/{query}/exclude")
def exclude_result(
    hosted: AnyHosted, caller: Engineer, query: Numbered, body: WhyBody, once: AnyOnce
) -> Done:
    """Teach nothing by a result any more; it stays in the ledger, and can be restored."""
    return _of_result(
        once,
        f"query {query} is excluded",
        lambda: exclude(hosted.store, hosted.name, [query], _word(once, body)),
    )


@routes.post("/campaigns/{name}/results/{query}/restore")
def restore_result(
    hosted: AnyHosted, caller: Engineer, query: Numbered, body: WhyBody, once: AnyOnce
) -> Done:
    """Have a result be again what the simulator gave."""
    return _of_result(
        once,
        f"query {query} is restored",
        lambda: restore(hosted.store, hosted.name, [query], _word(once, body)),
    )


@routes.post("/campaigns/{name}/results/{query}/correct")
def correct_result(
    hosted: AnyHosted,
    caller: Engineer,
    query: Numbered,
    body: CorrectBody,
    once: AnyOnce,
) -> Done:
    """Have a result be something else than the simulator gave."""
    outcomes = hosted.campaign.outcomes
    reading = reading_of(body.given(outcomes[0].name), outcomes)

    def act() -> list[int]:
        correct(hosted.store, hosted.name, query, reading, _word(once, body))
        return [query]

    return _of_result(once, f"query {query} is corrected", act)


@routes.post("/campaigns/{name}/retry")
def retry(
    house: AnyHouse, hosted: AnyHosted, caller: Engineer, body: RetryBody, once: AnyOnce
) -> Numbers:
    """Queue once more what was given up after it failed; where the service can, it runs it."""
    status = Status(body.status) if body.status else None
    word, moved = _word(once, body), list[int]()

    def act() -> Numbers:
        moved.extend(requeue(hosted.store, hosted.name, word, status=status, like=body.like))
        return Numbers(queries=moved)

    retried: Numbers = once(act)
    if moved:
        house.run_queued(hosted)
    return retried


@routes.post("/campaigns/{name}/queries")
def simulate_this(
    house: AnyHouse, hosted: AnyHosted, caller: Engineer, body: PointRequest, once: AnyOnce
) -> Queued:
    """Have a point simulated: it enters the queue with the reason `person`.

    Where the service can run the simulator it does so at once, unless the campaign is paused;
    else whoever asks next gets it.
    """

    def act() -> Queued:
        query = hosted.campaign.request(body.point, body.why)
        return Queued(query=query.index, point=dict(query.point), seed=query.seed)

    queued: Queued = once(act)
    house.run_queued(hosted)
    return queued


@routes.get("/campaigns/{name}/opinions")
def opinions(hosted: AnyHosted, caller: Reader) -> tuple[Opinion, ...]:
    """What people think of spots, in order of writing."""
    return Opinions(hosted.store.database).of(hosted.name)


@routes.post("/campaigns/{name}/opinions")
def think(
    house: AnyHouse, hosted: AnyHosted, caller: Commenter, body: OpinionBody, once: AnyOnce
) -> Opinion:
    """Say whether a spot is intended; the last opinion of a spot holds."""

    def act() -> Opinion:
        opinion = Opinion(
            point=hosted.campaign.space.complete(body.point),
            level=body.level,
            above=body.above,
            judgement=Judgement(body.judgement),
            comment=body.comment,
            who=caller.name,
            at=house.clock.now(),
        )
        Opinions(hosted.store.database).add(hosted.name, opinion)
        return opinion

    return once(act)


def _of_result(once: Once, said: str, act: Callable[[], Iterable[int]]) -> Done:
    """Do a deed to a result, once for its key, and say that it is done."""
    return once(lambda: Done(said=said, queries=list(act())))


def _word(once: Once, body: WhyBody) -> Word:
    return Word(once.caller.name, body.why, once.house.clock.now())
