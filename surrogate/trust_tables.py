"""How far to trust a campaign, as text for a terminal and as JSON."""

from dataclasses import asdict
from typing import Any

from surrogate.models.audit import ChanceQuality, NumberQuality
from surrogate.standing import CampaignStatus
from surrogate.tables import columns

UNMEASURED = (
    "No audit run has been made, so nothing has measured this map from outside. Write audit = 20 "
    "under [budget] of the plan and continue."
)

Quality = ChanceQuality | NumberQuality


def quality_words(found: Quality | None, status: CampaignStatus) -> str:
    """What audit runs say of the map; what it expects of itself beside, named as its opinion."""
    said = [UNMEASURED if found is None else found.words]
    if isinstance(found, ChanceQuality):
        rows = [(str(b.runs), f"{b.said:.2f}", f"{b.seen:.2f}") for b in found.bins]
        said.append(columns(("audit runs", "said", "share of yes"), rows))
    if status.error is not None:
        value, unit = status.error
        said.append(f"Of itself it expects {value:.2g} {unit}, which nothing has measured.")
    if status.outlook.forecast:
        said.append(f"As the error has fallen, it is {status.outlook.forecast}.")
    return "\n\n".join(said)


def quality_json(found: Quality | None, status: CampaignStatus) -> dict[str, Any]:
    """The same, JSON-able."""
    value, unit = status.error or (None, None)
    return {
        "measured": None if found is None else {**asdict(found), "words": found.words},
        "expected_error": {"value": value, "of": unit},
        "forecast": status.outlook.forecast,
    }
