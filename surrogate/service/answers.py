"""Answers that take a moment, made once for each revision: certificates, what matters, tuning."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from surrogate.answers.certificate import Certificates
from surrogate.answers.inverse import Tuning, Wish
from surrogate.errors import PointError
from surrogate.readings import Readings
from surrogate.service.library import Hosted
from surrogate.service.shelf import Book
from surrogate.service.wire_answers import TuneBody
from surrogate.typed import tolerance_of

Made = TypeVar("Made")


@dataclass(frozen=True)
class Found(Generic[Made]):
    """An answer, and the surrogate that it is of."""

    book: Book
    answer: Made

    @property
    def standing(self) -> dict[str, Any]:
        """What every body of the surrogate says of it; see `wire.Read`."""
        return {"revision": self.book.revision, "current": self.book.current}


def certificates(
    hosted: Hosted, level: float | None, *, above: bool, tolerance: Sequence[str] = ()
) -> Found[Certificates]:
    """What is claimed of each spot above (or below) a level."""
    strays, wanted = tolerance_of(tolerance), hosted.campaign.level(level)
    return found_in(
        hosted,
        ("certificates", wanted, above, tuple(tolerance)),
        lambda reading: reading.certificates(wanted, above=above, tolerance=strays),
    )


def tuning(hosted: Hosted, body: TuneBody) -> Found[Tuning]:
    """What to tune; raises `PointError` for half a band."""
    if (body.low is None) != (body.high is None):
        raise PointError("one end of the band came, two go together; give both, or neither")
    band = None if body.low is None or body.high is None else (body.low, body.high)
    hosted.campaign.level(body.level)
    wish = Wish(tuple(body.knobs), body.level, body.above, body.most, body.keep, band)
    now = tuple(sorted(body.now.items()))
    return found_in(hosted, ("tune", wish, now), lambda reading: reading.tune(wish, dict(now)))


def found_in(
    hosted: Hosted, question: tuple[object, ...], make: Callable[[Readings], Made]
) -> Found[Made]:
    """What `make` reads off the surrogate at hand; the same for the same question."""
    book = hosted.shelf.latest()
    key = (*question, book.mark)
    return Found(book, hosted.maps.answer(key, lambda: make(hosted.reading(book))))
