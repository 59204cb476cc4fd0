"""A campaign's course in its ledger: how it stood after each refit, as events of its log.

An event is written right after its revision; where something died between the two, the standing is
made again from the revision. Of several for one revision the last one holds.
"""

import json
import math
from dataclasses import asdict

from surrogate.stopping import Standing
from surrogate.store.base import Store

STANDING = "standing"  # kind of the event that tells how a campaign stood at a revision ...
ENOUGH = "enough"  # ... and that it ended since a rule said so


def keep_standing(
    store: Store, campaign: str, revision: int, standing: Standing, *, now: float
) -> None:
    """Write down how the campaign stood at that revision."""
    known = {key: value for key, value in asdict(standing).items() if _is_known(value)}
    store.note(campaign, STANDING, json.dumps({"revision": revision, **known}), now=now)


def standings(store: Store, campaign: str) -> dict[int, Standing]:
    """How the campaign stood, by revision, in their order."""
    found: dict[int, Standing] = {}
    for event in store.events(campaign, [STANDING]):
        values = json.loads(event.text)
        number = values.pop("revision")
        found[number] = Standing(**values)
    return {number: found[number] for number in sorted(found)}


def _is_known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
