"""Answers that take a moment, made once for each revision: certificates, what matters, tuning."""

from collections.abc import Callable, Mapping
from typing import Any

from surrogate.answers.certificate import certify
from surrogate.answers.inverse import Wish, knob_names, tune
from surrogate.answers.sensitivity import sensitivity
from surrogate.answers.spots import read_sides
from surrogate.answers.verifying import claim, runs_testing
from surrogate.errors import PointError
from surrogate.goal import Goal
from surrogate.plan import check_level
from surrogate.service.library import Hosted
from surrogate.service.shelf import Book
from surrogate.service.wire_answers import (
    CertificatesBody,
    SensitivityBody,
    TuneBody,
    TuningBody,
)


def certificates_body(hosted: Hosted, level: float | None, *, above: bool) -> CertificatesBody:
    """What is claimed of each spot above (or below) a level."""
    wanted = hosted.campaign.goal.level_or(level)
    check_level(Goal.boundary(wanted), hosted.campaign.outcome)

    def make(book: Book) -> Mapping[str, Any]:
        sides = read_sides(book.fitted.surrogate, hosted.campaign.drawable(), wanted, above=above)
        claimed, queries = claim(wanted, above=above), hosted.campaign.queries()
        return certify(sides, tests=runs_testing(book.observations, queries, claimed)).to_json()

    return CertificatesBody(**_made(hosted, ("certificates", wanted, above), make))


def sensitivity_body(hosted: Hosted) -> SensitivityBody:
    """Which inputs matter."""

    def make(book: Book) -> Mapping[str, Any]:
        return sensitivity(book.fitted.surrogate, hosted.campaign.drawable()).to_json()

    return SensitivityBody(**_made(hosted, ("sensitivity",), make))


def tuning_body(hosted: Hosted, body: TuneBody) -> TuningBody:
    """What to tune; raises `PointError` for half a band."""
    if (body.low is None) != (body.high is None):
        raise PointError("low and high of a band go together; give both, or neither")
    campaign = hosted.campaign
    band = None if body.low is None or body.high is None else (body.low, body.high)
    knobs = knob_names(body.knobs, campaign.marked_knobs)
    level = campaign.goal.level if body.level is None else body.level
    if level is not None:
        check_level(Goal.boundary(level), campaign.outcome)
    wish = Wish(knobs, level, body.above, body.most, body.keep, band)
    now = tuple(sorted(body.now.items()))

    def make(book: Book) -> Mapping[str, Any]:
        return tune(book.fitted.surrogate, campaign.drawable(), wish, dict(now)).to_json()

    return TuningBody(**_made(hosted, ("tune", wish, now), make))


def _made(
    hosted: Hosted, question: tuple[object, ...], make: Callable[[Book], Mapping[str, Any]]
) -> dict[str, Any]:
    """An answer with the revision that it is of."""
    book = hosted.shelf.latest()
    key = (*question, book.revision, len(book.observations))
    found = hosted.maps.answer(key, lambda: make(book))
    return {"revision": book.revision, "current": book.current, **found}
