"""Answers of a trained campaign as words and JSON: certificates, what matters, tuning; and how
far to trust it: quality, what queries promised and gave.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from surrogate.answers.certificate import Certificate, Certificates, Part
from surrogate.answers.excursion import SURE, VOLUME_COVERAGE
from surrogate.answers.inverse import Setting, Tuning
from surrogate.answers.savings import Savings
from surrogate.answers.sensitivity import Sensitivity
from surrogate.answers.spots import Interval
from surrogate.answers.why import Account, Answered, Gains, Why
from surrogate.asking.coverage import Edges
from surrogate.models.audit import ChanceQuality, NumberQuality
from surrogate.models.quality import error_in_words
from surrogate.pool import Domain
from surrogate.space import Space
from surrogate.standing import CampaignStatus
from surrogate.tables import (
    columns,
    ends_words,
    interval_words,
    paragraphs,
    point_words,
    size_words,
)

UNMEASURED = "No audit run has been made, so nothing has measured this map from outside."
TO_MEASURE = "Write audit = 20 under [budget] of the plan and continue."

Quality = ChanceQuality | NumberQuality


def quality_words(found: Quality | None, edges: Edges | None, status: CampaignStatus) -> str:
    """What audit runs say of the map; what it expects of itself beside, named as its opinion."""
    said = [f"{UNMEASURED} {TO_MEASURE}" if found is None else found.words]
    if isinstance(found, ChanceQuality):
        rows = [(str(b.runs), f"{b.said:.2f}", f"{b.seen:.2f}") for b in found.bins]
        said.append(columns(("audit runs", "said", "share of yes"), rows))
    if status.error is not None:
        said.append(
            f"Of itself it expects {error_in_words(*status.error)}, which nothing has measured."
        )
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
    redundant = ", ".join(map(str, found.redundant))
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


def certificates_words(space: Space, found: Certificates) -> str:
    """All certificates, and the size of all that is on the wanted side."""
    if not found:
        return "There is no spot to certify."
    said = (certificate_words(space, one) for one in found.found)
    total = f"In all {_range(found.volume)} {found.unit}".rstrip()
    return paragraphs([*said, f"{total}, with {100 * VOLUME_COVERAGE:g} % confidence.", found.note])


def certificate_words(space: Space, one: Certificate) -> str:
    """One certificate in a few lines."""
    margins = ", ".join(
        f"{name} -{down:.3g} +{up:.3g} {space.unit(name)}".rstrip()
        for name, (down, up) in one.centre.margin.items()
    )
    strays = ", ".join(
        f"{name} ±{half:.3g} {space.unit(name)}".rstrip()
        for name, half in one.centre.tolerance.items()
    )
    rule = (
        f"{100 * one.wording.precision:.0f} % of that is inside, "
        f"and {100 * one.wording.recall:.0f} % of the spot is in it"
    )
    facts = [
        ("size", f"{_range(one.volume)} {one.unit}".rstrip() + f" ({100 * VOLUME_COVERAGE:g} %)"),
        ("surely inside", f"{_part(one.core, one.unit)}, all of it, with {100 * SURE:g} %"),
        ("at most", f"{_part(one.hull, one.unit)}, with {100 * SURE:g} %"),
        ("in short", f"{one.wording.words} ({rule})"),
        ("aim at", point_words(space, one.centre.point)),
        (
            "expect there",
            f"{interval_words(one.centre.expected)}, straying by {strays or 'nothing'}",
        ),
        ("to the edge", margins or "no number to move"),
        ("confirmed by", one.confirmed.words),
    ]
    head = f"Spot {one.rank}, {'above' if one.above else 'below'} {one.level:g}"
    return "\n".join([head, *(f"  {name:<14} {words}" for name, words in facts)])


def sensitivity_words(found: Sensitivity) -> str:
    """Which inputs matter, as a table and in sentences."""
    rows = [(e.name, interval_words(e.first), interval_words(e.total)) for e in found.effects]
    pairs = [
        f"{' and '.join(pair.names)} explain {100 * pair.share:.0f} % only together."
        for pair in found.interactions
    ]
    return paragraphs(
        [
            "Shares of the response's variation (its variance), with 95 % intervals:",
            columns(("input", "by itself", "with others"), rows),
            "\n".join([*(effect.words for effect in found.effects), *pairs]),
            found.note,
        ]
    )


def savings_words(found: Savings) -> str:
    """Learning curves as a table, and what choosing saved."""
    header = ("runs", *(curve.rule for curve in found.curves))
    rows = [
        (str(runs), *(f"{curve.error[k]:.3g}" for curve in found.curves))
        for k, runs in enumerate(found.curves[0].runs)
    ]
    return f"{columns(header, rows)}\n\n{found.words}"


def tuning_words(found: Tuning) -> str:
    """The present setting and the answer side by side, and what would confirm it."""
    header = ("", *found.now.knobs, "overall rate", "share beyond the level", "holds with")
    table = columns(header, [_setting_row("now", found.now), _setting_row("answer", found.answer)])
    ends = ", ".join(f"{name} {ends_words(values, 4)}" for name, values in found.region.items())
    within = f"Settings that would do were found within {ends}." if ends else ""
    confirm = f"{len(found.confirm)} runs there would confirm it: the same with --confirm."
    return paragraphs([found.words, table, within, confirm])


def _setting_row(name: str, one: Setting) -> tuple[str, ...]:
    knobs = [value if isinstance(value, str) else f"{value:.4g}" for value in one.knobs.values()]
    share = interval_words(one.share) if one.share else "no level"
    return (name, *knobs, interval_words(one.rate), share, f"{100 * one.confidence:.0f} %")


def _part(part: Part, unit: str) -> str:
    return f"{size_words(part.size, unit)} ({100 * part.share:.2g} % of the space)"


def _range(size: Interval) -> str:
    return f"{size_words(size.mean)} ({size_words(size.lower)}..{size_words(size.upper)})"
