"""Routes that answer from a trained surrogate: certificates, what matters, tuning, the gateway."""

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query as Behind, Response

from surrogate.answer_tables import (
    certificates_words,
    gains_json,
    gains_words,
    sensitivity_words,
    tuning_words,
    why_json,
    why_words,
)
from surrogate.answers.gateway import ASKED, Terms, check_words, kept_contract
from surrogate.answers.inverse import CONFIRMS
from surrogate.answers.maps import response_words
from surrogate.errors import NotEnoughData
from surrogate.models.base import COVERAGE
from surrogate.outcome import Number
from surrogate.service.forms import Drawn, Spoken, forms, sent
from surrogate.service.gate import (
    AnyHosted,
    AnyHouse,
    AnyOnce,
    Engineer,
    House,
    Numbered,
    Once,
    Reader,
)
from surrogate.service.library import Hosted
from surrogate.service.reading import (
    found_in,
    predictions,
    tuning,
)
from surrogate.service.wire import Numbers
from surrogate.service.wire_answers import (
    AccountBody,
    Answered,
    AskedBody,
    CertificatesBody,
    CertificatesQuery,
    ContestBody,
    ContractBody,
    PromisesBody,
    SavingsBody,
    SensitivityBody,
    TuneBody,
    TuningBody,
    VerifyBody,
)
from surrogate.service.workshop import Contest, Question
from surrogate.space import Point
from surrogate.typed import tolerance_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

routes = APIRouter(tags=["answers"])

_chance = random.SystemRandom()  # which answers are checked: nobody can know beforehand


@routes.get(
    "/campaigns/{name}/certificates", responses=forms(CertificatesBody), response_class=Response
)
def certificates(
    hosted: AnyHosted, caller: Reader, asked: Annotated[CertificatesQuery, Behind()]
) -> Response:
    """What is claimed of each spot: size, core, rule, margin, robust centre, verifying runs."""
    strays, level = tolerance_of(asked.tolerance), hosted.campaign.level(asked.level)
    found = found_in(
        hosted,
        ("certificates", level, asked.side, *asked.tolerance),
        lambda reading: reading.certificates(level, above=asked.side == "above", tolerance=strays),
    )
    return sent(
        asked.form,
        lambda: CertificatesBody(**found.book.standing, **found.answer.to_json()),
        lambda: certificates_words(hosted.campaign.drawable(), found.answer),
    )


@routes.get(
    "/campaigns/{name}/sensitivity",
    responses=forms(SensitivityBody, drawn=True),
    response_class=Response,
)
def sensitivity(hosted: AnyHosted, caller: Reader, form: Drawn = "json") -> Response:
    """Which inputs matter, alone and together."""
    found = found_in(hosted, ("sensitivity",), lambda reading: reading.sensitivity())

    def drawn() -> "Figure":
        from surrogate.plots.effects import draw_effects

        response = response_words(hosted.campaign.outcome)
        return draw_effects(found.answer, response, f"{hosted.name}: what moves the {response}")

    return sent(
        form,
        lambda: SensitivityBody(**found.book.standing, **found.answer.to_json()),
        lambda: sensitivity_words(found.answer),
        drawn,
    )


@routes.post("/campaigns/{name}/tune", responses=forms(TuningBody), response_class=Response)
def tune(hosted: AnyHosted, caller: Reader, body: TuneBody, form: Spoken = "json") -> Response:
    """The smallest change of design knobs that does what is asked for."""
    found = tuning(hosted, body)
    return sent(
        form,
        lambda: TuningBody(**found.book.standing, **found.answer.to_json()),
        lambda: tuning_words(found.answer),
    )


@routes.post("/campaigns/{name}/tune/confirm")
def confirm_tuning(
    house: AnyHouse, hosted: AnyHosted, caller: Engineer, body: TuneBody, once: AnyOnce
) -> Numbers:
    """Spend the runs that test what `tune` answers; asked again after them, it knows of them."""
    return _begun(house, hosted, once, lambda: (tuning(hosted, body).answer.confirm, CONFIRMS))


@routes.get("/campaigns/{name}/promises", responses=forms(PromisesBody), response_class=Response)
def kept_promises(
    hosted: AnyHosted,
    caller: Reader,
    most: Annotated[int, Behind(ge=1, le=1000, description="How many queries.")] = 100,
    form: Spoken = "json",
) -> Response:
    """What the last `most` queries promised and gave, and which were redundant."""
    found = found_in(hosted, ("promises", most), lambda reading: reading.gains(most))
    return sent(
        form,
        lambda: PromisesBody(**found.book.standing, **gains_json(found.answer)),
        lambda: gains_words(found.answer),
    )


@routes.get("/campaigns/{name}/why/{query}", responses=forms(AccountBody), response_class=Response)
def why(hosted: AnyHosted, caller: Reader, query: Numbered, form: Spoken = "json") -> Response:
    """Why a query was asked, what it gave, and what the other answer would have led to."""
    found = found_in(hosted, ("why", query), lambda reading: reading.why(query))
    return sent(
        form,
        lambda: AccountBody(**found.book.standing, **why_json(found.answer)),
        lambda: why_words(hosted.campaign.space, found.answer),
    )


@routes.post("/campaigns/{name}/savings")
def compete(
    house: AnyHouse, hosted: AnyHosted, caller: Engineer, body: ContestBody, once: AnyOnce
) -> SavingsBody:
    """Begin to find out how many runs choosing saved; it takes minutes, so look again."""

    def act() -> SavingsBody:
        where = hosted.store.database.location
        return _savings(house.contests.begin(Question(where, hosted.name, body.runs, body.repeats)))

    return once(act)


@routes.get("/campaigns/{name}/savings/{contest}")
def savings(house: AnyHouse, hosted: AnyHosted, caller: Reader, contest: Numbered) -> SavingsBody:
    """How far a contest is, and in the end what choosing saved."""
    return _savings(house.contests.of(hosted.name, contest))


@routes.post("/campaigns/{name}/verify")
def verify(
    house: AnyHouse, hosted: AnyHosted, caller: Engineer, body: VerifyBody, once: AnyOnce
) -> Numbers:
    """Have runs inside a spot test it; what they said is in its certificate."""
    return _begun(
        house,
        hosted,
        once,
        lambda: hosted.campaign.inside(body.spot, body.runs, level=body.level, above=body.above),
    )


@routes.post("/campaigns/{name}/answer")
def answer(
    house: AnyHouse, hosted: AnyHosted, caller: Engineer, body: AskedBody, once: AnyOnce
) -> Answered:
    """The gateway: from the map where its interval is within the tolerance, else by a run.

    A run is queued, and its result is among the campaign's runs when it is done. A random share of
    map answers is queued as well, to check them.
    """

    def act(read: Answered) -> Answered:
        if read.source == "map":
            return read
        why = ASKED if read.value is None else check_words(read.value)
        return read.model_copy(update={"query": hosted.campaign.request(body.point, why).index})

    found = Answered.model_validate(once.after(lambda: _read(hosted, body), act))
    if found.source != "map":
        house.run_queued(hosted)
    return found


@routes.get("/campaigns/{name}/contract")
def contract(
    hosted: AnyHosted,
    caller: Reader,
    tolerance: Annotated[
        float, Behind(gt=0, description="In the outcome's unit, or of a probability.")
    ],
) -> ContractBody:
    """How the gateway's answers fared in the checks so far, at a tolerance."""
    campaign, terms = hosted.campaign, Terms(tolerance)
    return ContractBody.model_validate(
        kept_contract(terms, campaign.outcome, campaign.queries(), campaign.observations())
    )


def _begun(
    house: House, hosted: Hosted, once: Once, draw: Callable[[], tuple[Sequence[Point], str]]
) -> Numbers:
    """Queue runs at the points that `draw` gives, for the reason that it gives; begin them."""

    def act(drawn: tuple[Sequence[Point], str]) -> Numbers:
        return Numbers(queries=[query.index for query in hosted.campaign.confirm(*drawn)])

    begun = once.after(draw, act)
    house.run_queued(hosted)
    return begun


def _savings(contest: Contest) -> SavingsBody:
    found = contest.found or {"text": "", "answer": None}
    return SavingsBody(
        contest=contest.number,
        state=contest.state,
        said=list(contest.said),
        problem=contest.problem,
        **found,
    )


def _read(hosted: Hosted, body: AskedBody) -> Answered:
    """What the map says, and whether that is enough."""
    nothing = Answered(
        kind="value" if isinstance(hosted.campaign.outcome, Number) else "probability",
        source="queued",
        revision=0,
        value=None,
        lower=None,
        upper=None,
        query=None,
    )
    try:
        read = predictions(hosted, [hosted.campaign.space.complete(body.point)], COVERAGE)
        ready = hosted.shelf.latest().fitted.ready
    except NotEnoughData:
        return nothing
    mean, lower, upper = read.mean[0], read.lower[0], read.upper[0]
    if not ready or max(upper - mean, mean - lower) > body.tolerance:
        return nothing.model_copy(update={"revision": read.revision})
    is_checked = _chance.random() < Terms(body.tolerance).checked
    ends = {"value": mean, "lower": lower, "upper": upper, "revision": read.revision}
    return nothing.model_copy(update={**ends, "source": "check" if is_checked else "map"})
