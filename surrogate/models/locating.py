"""Where a patch lies, told by a graded outcome beside the answers: by how much, not only whether.

A goal says whether; by how much it was one says more of where a goalkeeper errs. (On the football
game, a shot inside a planted defect tells .5 to 1.4 nats by its margin, and .2 by being a goal or
none.) So shapes are sampled by what the graded outcome has of them, and then judged by the answers,
which alone say what a patch does to the odds.

    symbol   meaning                                                              shape
    y        the graded outcome's mean at each site, up where yes is, of sd 1     (n,)
    t        runs that gave it there, over what their noise's variance is times   (n,)
             its usual one
    c        the usual sd of a run's noise, learned as `plain` learns a kernel    1

Two patches that are full of runs pass for bends of the plain and for noise everywhere: on the
game, 300 runs of which 115 lay in two defects spoke for neither, and for both by 40 nats once the
plain and its noise were learned of what patches leave. Where they hide from the plain of all runs,
one as the prior has it with less noise often shows them: on the game it was likelier by 10 nats
with 148 of 400 runs in two defects.

How wide misses scatter tells of a patch as well as where they lie: half of what a defect of the
game does to a margin. So in a shape the noise may be another, and outside its log is a quadratic of
the inputs, learned of what each site with itself left out misses by: a gamma regression of its
square, with a log link. Each of its slopes has to make the values likelier by a nat (Akaike 1974);
on the game it doubles what is told of a patch, and fewer noisy corners pass for one.
y / c is seen through noise of variance 1 / t, as f is through a probit's, so that the same priors
and the same lifts serve. Conditioning is exact: with w and B of `updating`,
log p(y) = -y'w / 2c - log |B| / 2 - n log c up to a constant, and its slope along log c is
y'w / c - n (Rasmussen and Williams 2006, eq. 2.30).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from surrogate.dataset import Dataset
from surrogate.models.conditioning import MISSING
from surrogate.models.forms import Form, Prior
from surrogate.models.helping import grading, seen
from surrogate.models.patches import Located, located
from surrogate.models.plain import PRECISION, beginnings, stiff
from surrogate.models.propagation import Propagated
from surrogate.models.scoring import Reading
from surrogate.models.scouts import Scouts
from surrogate.models.search import maximum_a_posteriori
from surrogate.models.sites import unique_places
from surrogate.models.updating import LEAST_PRECISION, Messages, Updated, thinned
from surrogate.space import Array

_SIZE = 2.0  # of the median distance from what parts yes from no: farther misses count by their log
_SPREADS = np.array([1.0, 1.25, 1.6])  # times the noise outside: what a patch may have
_FEWEST = 20  # runs that gave the outcome
_CURVED = 0.02  # penalty on the slopes of the log of the noise's variance, per run
_LEAST = 1e-6  # of a square: none may be 0
_FAR = 15.0  # nats: a plain that explains y so much worse is not followed
_ROUNDS = 3  # that a plain is learned of what patches leave, at most
_SETTLED = 0.5  # nats: a round that changes less is the last
_DOUBT = 1.0  # nats: that a plain may lack beside which a patch is found
_QUIETER = 0.2  # of log c: patches that hold half of all runs add as much and more
_WIDE = 0.25  # of a range: where a patch is as wide, it may be two
_NOISE = Prior(  # of log c
    centre=np.zeros(1), spread=np.ones(1), lower=np.full(1, -5.0), upper=np.full(1, 2.0)
)


@dataclass(frozen=True)
class Told:
    """What runs at the sites `units` (n, d) say of y: its means, and t, both (n,).

    `hint` (n,) is what else speaks for each site's being in a patch; see `models.scouts`.
    """

    units: Array
    y: Array
    t: Array
    hint: Array = field(default_factory=lambda: np.empty(0))

    def learned(self, even: Form, starts: Sequence[Array]) -> Array:
        """Hyper-parameters of the form `even` with log c last, the best from any of `starts`."""
        prior = even.prior.beside(_NOISE)
        return maximum_a_posteriori(
            lambda theta: self.evidence(even, theta), prior, starts=starts, precision=PRECISION
        )[0]

    def curve(self, even: Form, theta: Array) -> Array:
        """What t is to be multiplied by where noise varies over the space, as the misses at theta
        (p + 1,) tell, (n,).
        """
        from sklearn.linear_model import GammaRegressor  # loads late

        found = self._plain(even, theta)
        known = self.t > 0.0
        squares = (found.weights**2 / np.diag(found.updated.precision()))[known]
        curves = _curves(self.units - 0.5)
        curves = curves / np.maximum(curves.std(axis=0), _LEAST)
        model = GammaRegressor(alpha=_CURVED).fit(curves[known], squares + _LEAST)
        variance = model.predict(curves)
        return np.asarray(np.exp(np.log(variance).mean()) / variance)

    def noisy(self, curve: Array) -> "Told":
        """The same with t multiplied by `curve` (n,)."""
        return replace(self, t=self.t * curve)

    def evidence(self, form: Form, theta: Array) -> tuple[float, Array]:
        """log p(y) for `form` at theta (p + 1,), log c last, and its gradient."""
        K, pull = form.kernel.at(theta[:-1]).evaluate(self.units)
        found = self._heard(K, theta[-1])
        spread = self.y / np.exp(theta[-1]) @ found.weights - np.count_nonzero(self.t)
        return found.log_evidence, np.append(pull(found.sensitivity()), spread)

    def beside(
        self,
        even: Form,
        theta: Array,
        before: Located | None = None,
        *,
        others: Sequence["Beside"] = (),
        rough: bool = True,
    ) -> "Beside":
        """Where patches may lie beside the plain of `even` at theta (p + 1,), log c last.

        `before` is where they lay beside one much like it. They are looked for in what `others`
        leave, since one shape around several patches may pass for each of them.
        """
        reading = self._read(even, theta, rough)
        rest = self.less(*others)._read(even, theta, rough) if others else reading
        known = located(rest, before)
        factor = known.alone(reading) if others else known.log_factor
        likely = reading.found.log_evidence + even.prior.beside(_NOISE).log_density(theta)
        return Beside(theta, known, likely + factor)

    def seen(
        self,
        even: Form,
        theta: Array,
        before: Sequence["Beside"] = (),
        *,
        price: float = 0.0,
        apart: bool = False,
    ) -> "Seen":
        """Patches beside the plain of `even` at theta (p + 1,): after one that is found another.

        `before` are those beside a plain much like it; of two that lie `apart` the first is looked
        for in what the second leaves.
        """
        old = [one.located for one in before]
        first = self.beside(even, theta, *old[:1], others=before[1:] if apart else ())
        if not first.located.is_found:
            return Seen(self, (first,), price)
        second = self.less(first).beside(even, theta, *old[1:])
        return Seen(self, (first, second), price, apart and second.located.is_found)

    def less(self, *found: "Beside") -> "Told":
        """The same less what patches do to it, and of each hint what they do not explain."""
        rest = self
        for one in found:
            shift, noise = one.located.shown(rest.units)
            shift *= np.exp(one.theta[-1])
            y = rest.y - np.where(rest.t > 0.0, shift, 0.0)
            hint = rest.hint
            if len(hint):
                hint = hint - np.log1p(one.located.cover(rest.units) * np.expm1(hint))
            rest = replace(rest, y=y, t=rest.t / noise, hint=hint)
        return rest

    def _read(self, even: Form, theta: Array, rough: bool) -> Reading:
        """What shapes are scored by beside the plain of `even` at theta (p + 1,)."""
        return Reading(self.units, self._plain(even, theta), _SPREADS, self.hint, rough)

    def _plain(self, even: Form, theta: Array) -> Propagated[Updated]:
        """The plain of `even` at theta (p + 1,), log c last, that has read y / c."""
        return self._heard(even.kernel.at(theta[:-1])(self.units, self.units), theta[-1])

    def _heard(self, K: Array, log_c: float) -> Propagated[Updated]:
        """The process of prior covariance K (n, n) that has read y / c."""
        y = self.y / np.exp(log_c)
        tau = np.maximum(self.t, LEAST_PRECISION)
        messages = Messages(tau, tau * y)
        updated = thinned(K, MISSING).updated(messages)
        value = -0.5 * (y @ updated.weights) - updated.half_log_det
        value -= np.count_nonzero(self.t) * log_c
        return Propagated(messages, updated, float(value), sweeps=0, converged=True)


@dataclass(frozen=True)
class Beside:
    """Where patches may lie beside the plain of `theta`, and the log posterior of both."""

    theta: Array
    located: Located
    log_posterior: float


@dataclass(frozen=True)
class Seen:
    """Patches beside one plain, each in what those before it leave of what is `told`.

    `price` is what is taken off their log posterior where the noise varies over the space, else 0.
    Two that lie `apart` might be taken for one shape around both.
    """

    told: Told
    patches: tuple[Beside, ...]
    price: float
    apart: bool = False

    @property
    def theta(self) -> Array:
        """Of the plain, (p + 1,), log c last."""
        return self.patches[0].theta

    @property
    def log_posterior(self) -> float:
        """Of the plain and all patches, up to a constant."""
        first, *others = self.patches
        more = sum(one.located.log_factor for one in others)
        return first.log_posterior + more - self.price

    @property
    def is_likely(self) -> bool:
        """Whether what is told speaks for a patch at all."""
        return self.patches[0].located.log_factor > 0.0

    @property
    def is_found(self) -> bool:
        """Whether there is a patch for all that is told."""
        return self.patches[0].located.is_found

    def quieter(self, even: Form) -> "Seen":
        """Patches beside a plain as the prior has it, with less noise than there seems to be."""
        theta = np.append(even.prior.centre, self.theta[-1] - _QUIETER)
        return self.told.seen(even, theta, self.patches, price=self.price)

    def anew(self, even: Form) -> "Seen":
        """Patches beside a plain that is learned of what these leave, noise as well."""
        told, theta = self.told, self.theta
        rest = told.less(*(one for one in self.patches if one.located.is_found))
        if self.price > 0.0:
            curve = rest.curve(even, theta)  # by what noise is off what is known to vary
            rest, told = rest.noisy(curve), told.noisy(curve)
        theta = rest.learned(even, [np.append(even.prior.centre, theta[-1])])
        return told.seen(even, theta, self.patches, price=self.price, apart=self.apart)

    def halved(self, even: Form, axis: int) -> "Seen":
        """Two patches in place of the first, each in one half of it along an axis."""
        low, high = self.patches[0].located.span
        near = self.told.units[:, axis] < 0.5 * (low + high)[axis]
        half = replace(self.told, t=np.where(near, self.told.t, 0.0))
        one = half.beside(even, self.theta)
        other = self.told.less(one).beside(even, self.theta)
        return self.told.seen(even, self.theta, (one, other), price=self.price, apart=True)

    def finely(self, even: Form) -> Iterator[Located]:
        """Each that is found, sampled well, and one that is not, which may be there as well."""
        rest, others = self.told, self.patches[1:] if self.apart else ()
        for place, one in enumerate(self.patches):
            if place > 0 and not one.located.is_found:
                yield one.located
                return
            found = rest.beside(even, self.theta, one.located, others=others, rough=False)
            yield found.located
            if not found.located.is_found:
                return
            rest, others = rest.less(found), ()
        yield rest.beside(even, self.theta).located


def told_by(data: Dataset, name: str, scouts: Scouts | None = None) -> Told | None:
    """What the outcome `name` tells at the unique places of `data`; None where it says too little.

    Fewer than 20 runs do, and such as all gave one answer. `scouts` are runs of a parent's that are
    among them once more.
    """
    if (found := seen(data, name, _FEWEST)) is None:
        return None
    known, m, share = found
    graded = grading(m, share, _SIZE)
    y = graded(m)
    units, place = unique_places(data.units)
    t = np.bincount(place[known], minlength=len(units)).astype(float)
    means = np.bincount(place[known], weights=(y - y.mean()) / y.std(), minlength=len(units))
    told = Told(units, means / np.maximum(t, 1.0), t)
    hints = scouts.hints(data, name, graded.sign) if scouts else np.zeros(0)
    if not hints.any():
        return told
    hint = np.asarray(np.bincount(place, weights=hints, minlength=len(units)), dtype=float)
    return replace(told, hint=hint)


def locate(told: Told, form: Form) -> tuple[Located, ...]:
    """Where a patch may lie, beside the plain of `form` that explains y best with what it leaves.

    Runs that crowd in patches teach a plain to bend there and to be noisy everywhere, and then it
    hides them; so it is learned of what patches leave, and they are looked for beside it again.
    That goes uphill by small steps, so it also begins from a plain as the prior has it with less
    noise than there seems to be, which shows what is hidden. Where one is found, another is looked
    for beside it: the first may be a bend that the plain is too stiff for, or leave the odds alone.
    A wide one may be two that lie near one another, and is parted to see.
    """
    even, price = stiff(form), float(_curves(told.units).shape[1])
    usual = told.learned(even, [np.append(one, 0.0) for one in beginnings(even)])
    alike = told.seen(even, usual)
    varied = told.noisy(told.curve(even, usual))
    uneven = varied.seen(even, varied.learned(even, [usual]), alike.patches, price=price)
    known = [alike, uneven, alike.quieter(even), uneven.quieter(even)]
    least = max(one.log_posterior for one in known) - _FAR
    for one in [one for one in known if one.log_posterior > least and one.is_likely]:
        known += _followed(one, even)
    found = [one for one in known if one.is_found]
    known += _parted(max(found, key=_credit), even) if found else []
    return tuple(max(known, key=_credit).finely(even))


def _curves(apart: Array) -> Array:
    """What the log of the noise's variance is linear in at `apart` (n, d) from the middle: the
    inputs, their squares and their products, (n, p).
    """
    one, other = np.triu_indices(apart.shape[1])
    return np.column_stack([apart, apart[:, one] * apart[:, other]])


def _followed(seen: Seen, even: Form) -> Iterator[Seen]:
    """What is seen beside plains that are learned of what the one before leaves."""
    for rounds in range(_ROUNDS):
        before, seen = seen, seen.anew(even)
        yield seen
        if rounds > 0 and abs(seen.log_posterior - before.log_posterior) < _SETTLED:
            return


def _parted(seen: Seen, even: Form) -> Iterator[Seen]:
    """What is seen with two patches in place of a wide one, where that is likelier."""
    low, high = seen.patches[0].located.span
    for axis in np.flatnonzero(high - low > _WIDE).tolist():
        two = seen.halved(even, axis)
        if two.apart and two.log_posterior > seen.log_posterior:
            yield two
            yield from _followed(two, even)


def _credit(seen: Seen) -> float:
    """Its log posterior, where what is found has the benefit of the doubt."""
    return seen.log_posterior + (_DOUBT if seen.is_found else 0.0)
