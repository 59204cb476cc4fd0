"""What may be believed of a number's response: families of covariances, with wide priors.

A number says more about its own smoothness than a yes or no does, so these priors are wide: on
100 noise-free runs the spread of 4 of the log variance (1.5 for a probability) and 1.5 of log
lengths (.8) take the error from .0065 to .0054 on the borehole and .0153 to .0118 on the wing.
Which family holds is chosen by likelihood; see `numbers`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from surrogate.errors import DataError
from surrogate.kernels import Constant, Kernel, ard
from surrogate.models.covariances import Embedded, Interactions, Warped
from surrogate.models.forms import (
    GUIDED,
    LEVEL_VARIANCE,
    Entry,
    Form,
    axes,
    form_from,
    usual_length,
)
from surrogate.profiles import Matern32, Matern52, Profile, Rbf

FormMaker = Callable[[int], Form]


def _variance() -> Entry:
    return Entry("variance", 1.0, 4.0, 1e-3, 1e4)


def _lengths(dimension: int) -> list[Entry]:
    median = usual_length(dimension)
    return [Entry(f"length.{j}", median, 1.5, 0.01, 100.0) for j in range(dimension)]


def _scaled(name: str, correlation: Kernel, entries: list[Entry]) -> Form:
    """level + variance * correlation."""
    kernel = Constant(LEVEL_VARIANCE, free=False) + Constant(1.0) * correlation
    return form_from(name, kernel, [_variance(), *entries])


def _stationary(name: str, profile: Profile, dimension: int) -> Form:
    lengths = _lengths(dimension)
    return _scaled(name, ard(profile, tuple(e.median for e in lengths)), lengths)


def _warped(name: str, profile: Profile, dimension: int) -> Form:
    """Inputs bent axis by axis; the prior keeps bends mild until the runs insist."""
    lengths, even = _lengths(dimension), (1.0,) * dimension
    bends = [Entry(f"bend.{j}.{x}", 1.0, 0.3, 0.25, 4.0) for x in "ab" for j in range(dimension)]
    kernel = Warped(profile, tuple(e.median for e in lengths), even, even)
    return _scaled(name, kernel, [*lengths, *bends])


def _interactions(name: str, profile: Profile, dimension: int) -> Form:
    """A constant, effects of single inputs, of pairs and so on: for responses that add up."""
    shares = [Entry(f"share.{j}", 0.5, 2.5, 1e-4, 1e4) for j in range(dimension)]
    lengths = [Entry(f"length.{j}", 0.5, 1.0, 0.02, 30.0) for j in range(dimension)]
    starts = (tuple(e.median for e in entries) for entries in (shares, lengths))
    kernel = Constant(1.0) * Interactions(profile, *starts)
    return form_from(name, kernel, [_variance(), *shares, *lengths])


NUMBER_FORMS: Mapping[str, FormMaker] = {
    "smooth": partial(_stationary, "smooth", Matern52()),
    "rough": partial(_stationary, "rough", Matern32()),
    "analytic": partial(_stationary, "analytic", Rbf()),
    "axes": axes,
    "interactions": partial(_interactions, "interactions", Rbf()),
    "warped": partial(_warped, "warped", Matern52()),
    "warped-analytic": partial(_warped, "warped-analytic", Rbf()),
    **GUIDED,
}


def number_form(name: str, choices: tuple[int, ...]) -> Form:
    """The form of that name for columns with so many `choices` each, 0 for one that is ordered.

    A column of choices becomes a column for each choice, 1 there and 0 elsewhere: no choice is
    nearer to another than the runs say. Raises `DataError` when there is no such form.
    """
    if name not in NUMBER_FORMS:
        raise DataError(
            f"hyper-parameters of a form among {', '.join(NUMBER_FORMS)} were expected, "
            f"{name!r} came; they belong to another recipe"
        )
    if not any(choices):
        return NUMBER_FORMS[name](len(choices))
    form = NUMBER_FORMS[name](sum(max(count, 1) for count in choices))
    return replace(form, kernel=Embedded(form.kernel, choices))


def member(values: Mapping[str, Any], choices: tuple[int, ...]) -> Kernel:
    """The kernel that stored hyper-parameters name."""
    return number_form(str(values.get("form")), choices).member(values)
