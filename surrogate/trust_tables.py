"""How far to trust a campaign, as text for a terminal and as JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from surrogate.answers.why import Account, Answered, Gains, Why
from surrogate.asking.coverage import Edges
from surrogate.models.audit import ChanceQuality, NumberQuality
from surrogate.models.quality import error_in_words
from surrogate.pool import Domain
from surrogate.standing import CampaignStatus
from surrogate.tables import columns, paragraphs, point_words

UNMEASURED = (
    "No audit run has been made, so nothing has measured this map from outside. Write audit = 20 "
    "under [budget] of the plan and continue."
)

Quality = ChanceQuality | NumberQuality


def quality_words(found: Quality | None, edges: Edges | None, status: CampaignStatus) -> str:
    """What audit runs say of the map; what it expects of itself beside, named as its opinion."""
    said = [UNMEASURED if found is None else found.words]
    if isinstance(found, ChanceQuality):
        rows = [(str(b.runs), f"{b.said:.2f}", f"{b.seen:.2f}") for b in found.bins]
        said.append(columns(("audit runs", "said", "share of yes"), rows))
    if status.error is not None:
        expected = error_in_words(*status.error)
        said.append(f"Of itself it expects {expected}, which nothing has measured.")
    forecast = status.outlook.forecast
    at_edges, outlook = edges.words if edges else "", f"Outlook: {forecast}." if forecast else ""
    return paragraphs([*said, at_edges, outlook])


def quality_json(
    found: Quality | None, edges: Edges | None, status: CampaignStatus
) -> dict[str, Any]:
    """The same, JSON-able."""
    value, unit = status.error or (None, None)
    return {
        "measured": None if found is None else {**asdict(found), "words": found.words},
        "expected_error": {"value": value, "of": unit},
        "edges": None if edges is None else {**asdict(edges), "words": edges.words},
        "forecast": status.outlook.forecast,
    }


def gains_words(found: Gains) -> str:
    """Whether the rule keeps its promises; by reason what was promised, still worth and given."""
    by_reason: dict[str, list[Account]] = {}
    for account in found.accounts:
        by_reason.setdefault(account.reason.value, []).append(account)
    rows = [
        (
            reason,
            str(len(accounts)),
            _total([a.promised for a in accounts]),
            _total([a.worth for a in accounts]),
            _total([a.realised for a in accounts]),
        )
        for reason, accounts in by_reason.items()
    ]
    table = columns(("reason", "queries", "promised", "still worth", "realised"), rows)
    redundant = ", ".join(str(query) for query in found.redundant)
    named = f"Redundant: {redundant}." if redundant else ""
    return paragraphs([found.words, table, named, found.alarm])


def gains_json(found: Gains) -> dict[str, Any]:
    """The same, JSON-able."""
    return {
        "unit": found.unit,
        "kept": found.kept,
        "words": found.words,
        "alarm": found.alarm,
        "redundant": list(found.redundant),
        "queries": [_account_json(account) for account in found.accounts],
    }


def why_words(space: Domain, one: Why) -> str:
    """One query: where and why, what it promised and gave, and what else might have come."""
    query, account = one.query, one.account
    facts = [
        ("query", f"{query.index}, {query.reason}"),
        ("at", point_words(space, query.point)),
        ("why", query.why),
        ("promised", _amount(account.promised, account.unit)),
        ("still worth", _amount(account.worth, account.unit)),
        ("realised", _amount(account.realised, account.unit)),
    ]
    stages = (("expected", one.before), ("as it came", one.came), ("had it been", one.other))
    facts += [(name, _answer_words(stage)) for name, stage in stages if stage is not None]
    if account.redundant:
        facts.append(("redundant", "what ran beside it had told nearly all of it"))
    return "\n".join(f"{name:<12} {words}" for name, words in facts)


def why_json(one: Why) -> dict[str, Any]:
    """The same, JSON-able."""
    stages = {"before": one.before, "came": one.came, "other": one.other}
    return {
        **_account_json(one.account),
        "point": dict(one.query.point),
        **{name: None if stage is None else asdict(stage) for name, stage in stages.items()},
    }


def _account_json(account: Account) -> dict[str, Any]:
    return {**asdict(account), "reason": account.reason.value, "redundant": account.redundant}


def _answer_words(stage: Answered) -> str:
    said = f"{stage.value:.3g}: response {stage.response:.3g} there"
    if stage.share is not None:
        said += f", {100 * stage.share:.3g} % of the space above the level"
    return f"{said}, gain {stage.gain:.2g}"


def _amount(value: float | None, unit: str) -> str:
    return "nothing" if value is None else f"{value:.3g} {unit}".rstrip()


def _total(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{sum(known):.3g}" if known else ""
