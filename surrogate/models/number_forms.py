"""What may be believed of a number's response: families of covariances, with wide priors.

A number says more about its own smoothness than a yes or no does, so these priors are wide: on
100 noise-free runs the spread of 4 of the log variance (1.5 for a probability) and 1.5 of log
lengths (.8) take the error from .0065 to .0054 on the borehole and .0153 to .0118 on the wing.
Which family holds is chosen by likelihood; see `numbers`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from surrogate.errors import DataError
from surrogate.kernels import Constant
from surrogate.models.covariances import Interactions, Warped, embedded, width
from surrogate.models.forms import (
    GUIDED,
    Entry,
    Form,
    axes,
    form_from,
    lengths,
    levelled,
    stationary,
)
from surrogate.profiles import Matern32, Matern52, Profile, Rbf

FormMaker = Callable[[int], Form]


_VARIANCE = Entry("variance", 1.0, 4.0, 1e-3, 1e4)


def _lengths(dimension: int) -> list[Entry]:
    return lengths(dimension, 1.5, low=0.01, high=100.0)


def _stationary(name: str, profile: Profile, dimension: int) -> Form:
    return stationary(name, profile, _VARIANCE, _lengths(dimension))


def _warped(name: str, profile: Profile, dimension: int) -> Form:
    """Inputs bent axis by axis; the prior keeps bends mild until the runs insist."""
    own, even = _lengths(dimension), (1.0,) * dimension
    bends = [Entry(f"bend.{j}.{x}", 1.0, 0.3, 0.25, 4.0) for x in "ab" for j in range(dimension)]
    kernel = levelled(Warped(profile, tuple(e.median for e in own), even, even))
    return form_from(name, kernel, [_VARIANCE, *own, *bends])


def _interactions(name: str, profile: Profile, dimension: int) -> Form:
    """A constant, effects of single inputs, of pairs and so on: for responses that add up."""
    shares = [Entry(f"share.{j}", 0.5, 2.5, 1e-4, 1e4) for j in range(dimension)]
    own = [Entry(f"length.{j}", 0.5, 1.0, 0.02, 30.0) for j in range(dimension)]
    starts = (tuple(e.median for e in entries) for entries in (shares, own))
    kernel = Constant(1.0) * Interactions(profile, *starts)
    return form_from(name, kernel, [_VARIANCE, *shares, *own])


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
    form = NUMBER_FORMS[name](width(choices))
    return replace(form, kernel=embedded(form.kernel, choices))
