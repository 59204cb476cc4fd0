"""What a trained campaign answers, as text: certificates, what matters, savings, tuning."""

from surrogate.answers.certificate import Certificate, Certificates, Part
from surrogate.answers.excursion import SURE, VOLUME_COVERAGE
from surrogate.answers.inverse import Setting, Tuning
from surrogate.answers.savings import Savings
from surrogate.answers.sensitivity import Sensitivity
from surrogate.answers.spots import Interval
from surrogate.space import Space
from surrogate.tables import (
    columns,
    ends_words,
    interval_words,
    paragraphs,
    point_words,
    size_words,
)


def certificates_words(space: Space, found: Certificates) -> str:
    """All certificates, and the size of all that is on the wanted side."""
    if not found:
        return "There is no spot to certify."
    said = [certificate_words(space, one) for one in found.found]
    total = f"In all {_range(found.volume)} {found.unit}".rstrip()
    closing = f"{total}, with {100 * VOLUME_COVERAGE:g} % confidence."
    return paragraphs([*said, closing, found.note])


def certificate_words(space: Space, one: Certificate) -> str:
    """One certificate in a few lines."""
    side = "above" if one.above else "below"
    margins = ", ".join(
        f"{name} -{down:.3g} +{up:.3g} {space.unit(name)}".rstrip()
        for name, (down, up) in one.centre.margin.items()
    )
    strays = ", ".join(
        f"{name} ±{half:.3g} {space.unit(name)}".rstrip()
        for name, half in one.centre.tolerance.items()
    )
    rule = f"{100 * one.wording.precision:.0f} % of that is inside"
    rule += f", and {100 * one.wording.recall:.0f} % of the spot is in it"
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
    head = f"Spot {one.rank}, {side} {one.level:g}"
    return "\n".join([head, *(f"  {name:<14} {words}" for name, words in facts)])


def sensitivity_words(found: Sensitivity) -> str:
    """Which inputs matter, as a table and in sentences."""
    header = ("input", "by itself", "with others")
    rows = [(e.name, interval_words(e.first), interval_words(e.total)) for e in found.effects]
    pairs = [
        f"{' and '.join(pair.names)} explain {100 * pair.share:.0f} % only together."
        for pair in found.interactions
    ]
    head = "Shares of the response's variation (its variance), with 95 % intervals:"
    said = "\n".join([*(effect.words for effect in found.effects), *pairs])
    return paragraphs([head, columns(header, rows), said, found.note])


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
    rows = [_setting_row("now", found.now), _setting_row("answer", found.answer)]
    said = [found.words, columns(header, rows)]
    ends = ", ".join(f"{name} {ends_words(values, 4)}" for name, values in found.region.items())
    if ends:
        said.append(f"Settings that would do were found within {ends}.")
    said.append(f"{len(found.confirm)} runs there would confirm it: the same with --confirm.")
    return "\n\n".join(said)


def _setting_row(name: str, one: Setting) -> tuple[str, ...]:
    knobs = [value if isinstance(value, str) else f"{value:.4g}" for value in one.knobs.values()]
    share = interval_words(one.share) if one.share else "no level"
    return (name, *knobs, interval_words(one.rate), share, f"{100 * one.confidence:.0f} %")


def _part(part: Part, unit: str) -> str:
    return f"{size_words(part.size, unit)} ({100 * part.share:.2g} % of the space)"


def _range(size: Interval) -> str:
    return f"{size_words(size.mean)} ({size_words(size.lower)}..{size_words(size.upper)})"
