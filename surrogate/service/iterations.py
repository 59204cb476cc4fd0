"""Campaigns compared, and followed in a row, by the surrogates at hand; kept by revision."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from surrogate.answers.change import ChangeMap
from surrogate.answers.drift import Drift
from surrogate.answers.gate import Gate
from surrogate.answers.timeline import Timeline, follow
from surrogate.service.library import Hosted
from surrogate.service.shelf import Made
from surrogate.service.wire_answers import DriftBody
from surrogate.typed import point_of
from surrogate.views import Cut

if TYPE_CHECKING:
    from surrogate.shown import Compared


@dataclass(frozen=True)
class Comparison:
    """Two campaigns beside each other; what is asked of it is made once for each pair of
    revisions.
    """

    before: Hosted
    after: Hosted
    level: float | None = None

    @property
    def wanted(self) -> float:
        """The level that spots are beyond."""
        return self.after.campaign.goal.level_or(self.level)

    @property
    def drift(self) -> Drift:
        """What changed."""
        return self._kept(
            "drift",
            lambda: self.after.reading().compare(self.before.reading(), self.wanted),
        )

    @property
    def gate(self) -> Gate:
        """The rules of the later campaign's plan, judged; raises `PlanError` without any."""
        from surrogate.shown import gated

        reading = self.after.reading()
        return self._kept("gate", lambda: gated(self.before.reading(), reading, reading.gate))

    def chart(self, view: Cut) -> ChangeMap:
        """Both maps and their change."""
        return self._kept(
            ("chart", view), lambda: self.drift.map(view.x, view.y, **point_of(view.hold))
        )

    def shown(self, view: Cut) -> "Compared":
        """The comparison as the command line prints and draws it."""
        from surrogate.shown import Compared  # draws: slow to import

        return Compared(self.drift, self.chart(view), self.after.campaign.backdrop)

    def body(self, view: Cut) -> bytes:
        """The JSON of a `DriftBody`."""

        def made() -> bytes:
            whole = {**self.drift.to_json(), "map": self.chart(view).to_json()}
            return DriftBody.model_validate(whole).model_dump_json().encode()

        return self._kept(("compare", view), made)

    def _kept(self, question: object, make: Callable[[], Made]) -> Made:
        marks = tuple(one.shelf.latest().mark for one in (self.before, self.after))
        key = (question, self.before.name, *marks, self.wanted)
        return self.after.maps.answer(key, make)


def timeline(row: Sequence[Hosted], level: float | None = None) -> Timeline:
    """Spots followed through campaigns, oldest first; raises `PointError` for fewer than two."""
    wanted = row[-1].campaign.goal.level_or(level)
    return follow([Comparison(before, after, wanted).drift for before, after in pairwise(row)])
