"""What a person who answers is shown, and where the answers go: a store here, or a service."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.campaign import Campaign
from surrogate.client import Client
from surrogate.mirrored import domain_of, outcome_of
from surrogate.outcome import Outcome
from surrogate.pool import Pool, item_word
from surrogate.records import Query
from surrogate.tables import point_words

_INKS = " .:-=+*#%@"  # from the least to the most
_WIDEST = 64  # characters of a picture


@dataclass(frozen=True)
class Item:
    """What is to be answered: the query, its point in words (and its picture), and why."""

    query: Any
    shown: str
    why: str


@dataclass(frozen=True)
class Here:
    """A store's campaign."""

    teller: Campaign

    @property
    def outcome(self) -> Outcome:
        """The question."""
        return self.teller.outcome

    @property
    def wanted(self) -> int:
        """What the plan's budget has left."""
        return self.teller.planned - len(self.teller.observations())

    def next(self) -> Item | None:
        """The next query, leased."""
        for query in self.teller.ask(1):
            return Item(query, self._shown(query), query.why)
        return None

    def give_back(self, query: Any) -> None:
        """Hand it back."""
        self.teller.give_back(query)

    def _shown(self, query: Query) -> str:
        """The point with its units; of an item its few columns, and its picture if it has one."""
        pool = self.teller.simulator.space
        words = point_words(self.teller.space, query.point)
        if not isinstance(pool, Pool):
            return words
        row = pool.row(query.point)
        few = pool.few_of(row, [outcome.name for outcome in self.teller.outcomes])
        return _item_words(words, few, row[pool.picture] if pool.picture else None)


@dataclass(frozen=True)
class Afar:
    """A campaign of a service."""

    teller: Client

    @cached_property
    def _status(self) -> Mapping[str, Any]:
        return self.teller.status()

    @property
    def outcome(self) -> Outcome:
        """The question."""
        return outcome_of(self._status)

    @property
    def wanted(self) -> int:
        """What the plan's budget has left."""
        return int(self._status["planned"]) - int(self._status["queries"].get("done", 0))

    def next(self) -> Item | None:
        """The next query, leased."""
        for query in self.teller.ask(1):
            return Item(query, self._shown(query["point"]), query["why"])
        return None

    def give_back(self, query: Any) -> None:
        """Hand it back."""
        self.teller.give_back([query])

    def _shown(self, point: Mapping[str, Any]) -> str:
        domain = domain_of(self._status)
        words = point_words(domain, point)
        if not isinstance(domain, Pool):
            return words
        item = self.teller.item(item_word(point[domain.key]))
        picture = None if item["picture"] is None else np.array(item["picture"])
        return _item_words(words, item["columns"], picture)


Labelled = Here | Afar  # a campaign whose oracle is a person


def _item_words(words: str, columns: Mapping[str, Any], picture: NDArray[np.generic] | None) -> str:
    if columns:
        words += ": " + ", ".join(f"{name} {value}" for name, value in columns.items())
    return words if picture is None else f"{words}\n{drawn(picture)}"


def drawn(picture: NDArray[Any]) -> str:
    """A grey picture (h, w) in characters, two a pixel, thinned where it is wide."""
    step = max(1, -(-picture.shape[1] * 2 // _WIDEST))
    grey = np.asarray(picture[::step, ::step], dtype=float)
    span = float(np.ptp(grey)) or 1.0
    inks = ((grey - grey.min()) / span * (len(_INKS) - 1)).round().astype(int)
    return "\n".join("".join(_INKS[ink] * 2 for ink in row).rstrip() for row in inks)
