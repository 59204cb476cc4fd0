"""Two ways to follow a motion in small equal steps.

`runge_kutta` for any motion, exact to the fourth order of the step; `leapfrog` for motion under
forces that depend on place alone, whose energy error stays bounded however long it is followed.
States are arrays of shape `(k,)`.
"""

from collections.abc import Callable

from surrogate.space import Array


def runge_kutta(rate: Callable[[Array], Array], state: Array, step: float) -> Array:
    """The state one step later; `rate` gives its derivative in time (Kutta 1901)."""
    one = rate(state)
    two = rate(state + step / 2 * one)
    three = rate(state + step / 2 * two)
    four = rate(state + step * three)
    return state + step / 6 * (one + 2 * two + 2 * three + four)


def leapfrog(
    pull: Callable[[Array], Array], place: Array, velocity: Array, step: float
) -> tuple[Array, Array]:
    """Place and velocity one step later; `pull` gives the acceleration at a place (Verlet 1967)."""
    half = velocity + step / 2 * pull(place)
    moved = place + step * half
    return moved, half + step / 2 * pull(moved)
