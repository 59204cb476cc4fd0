"""The items of a pool for the page: what is said of them, and one item with its picture."""

from typing import Any

import numpy as np

from surrogate.answers.items import Item
from surrogate.errors import PointError
from surrogate.pool import Pool
from surrogate.service.library import Hosted
from surrogate.service.wire_reading import ItemBody, ItemLine, ItemsBody
from surrogate.space import Scalar

MOST_ITEMS = 60  # a side of the level


def items_body(hosted: Hosted, level: float | None, *, every: bool = False) -> ItemsBody:
    """Items surely above the level, and those in doubt, the surest and the most doubtful first."""
    book, pool = hosted.shelf.latest(), _pool(hosted)
    wanted = hosted.campaign.level(level)
    found = hosted.reading(book).items(wanted)
    return ItemsBody(
        **book.standing,
        key=pool.key,
        level=wanted,
        wrong=found.wrong,
        note=found.note,
        above=[_line(item) for item in found.ranked()[:MOST_ITEMS]],
        doubtful=[_line(item) for item in found.in_doubt()[:MOST_ITEMS]],
        items=[_line(item) for item in found.items] if every else [],
    )


def item_body(hosted: Hosted, name: str) -> ItemBody:
    """One item: its few columns, and its picture in grey; answers are never among them."""
    pool = _pool(hosted)
    row = pool.row({pool.key: _named(pool, name)})
    shown = pool.few_of(row, [one.name for one in hosted.campaign.outcomes])
    return ItemBody(
        item=row[pool.key],
        columns={k: v.item() if isinstance(v, np.generic) else v for k, v in shown.items()},
        picture=_grey(row[pool.picture], _shades(hosted, pool)) if pool.picture else None,
    )


def _pool(hosted: Hosted) -> Pool:
    """The pool as the simulator knows it, pictures too; raises `PointError` where there is none."""
    seen, known = hosted.campaign.space, hosted.campaign.simulator.space
    if not isinstance(seen, Pool):
        raise PointError(f"campaign '{hosted.name}' has parameters, not items; ask for its map")
    return known if isinstance(known, Pool) else seen


def _named(pool: Pool, name: str) -> Scalar:
    """An item by what a link calls it: names may be numbers."""
    found = next((item for item in pool.items if str(item) == name), None)
    if found is None:
        raise PointError(
            f"the pool has no item '{name}'; its first of {len(pool)} is {pool.items[0]}"
        )
    return found


def _line(item: Item) -> ItemLine:
    return ItemLine(
        item=item.name,
        mean=item.mean,
        lower=item.lower,
        upper=item.upper,
        above=item.above,
        seen=item.seen,
    )


def _shades(hosted: Hosted, pool: Pool) -> tuple[float, float]:
    """The least and the largest value in the whole pool's pictures, looked up once."""

    def look() -> tuple[float, float]:
        every = np.asarray(pool.columns[pool.picture])
        return float(every.min()), float(every.max())

    return hosted.maps.answer("shades", look)


def _grey(picture: Any, shades: tuple[float, float]) -> list[list[int]]:
    """A picture (h, w) as grey levels 0 to 255 between the darkest and the lightest of its pool."""
    least, largest = shades
    shade = (np.asarray(picture, dtype=float) - least) / ((largest - least) or 1.0)
    levels: list[list[int]] = np.round(255 * shade).astype(int).tolist()
    return levels
