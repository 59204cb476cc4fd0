"""How likeness falls with distance: the profiles of stationary correlations.

All are elementwise functions of r^2, the squared distance in units of lengths, and 1 at 0; they
keep single precision where it comes. A value and its derivative have much in common, so that
`evaluate` gives both.
"""

from dataclasses import dataclass

import numpy as np

from surrogate.space import Array


@dataclass(frozen=True)
class Rbf:
    """exp(-r^2 / 2): infinitely smooth. Rasmussen and Williams 2006, eq. 4.9."""

    def value(self, squared: Array) -> Array:
        """The correlation."""
        return np.asarray(np.exp(-0.5 * squared))

    def evaluate(self, squared: Array) -> tuple[Array, Array]:
        """The correlation and its derivative with respect to r^2."""
        value = self.value(squared)
        return value, -0.5 * value


@dataclass(frozen=True)
class Matern32:
    """(1 + s) exp(-s), s = sqrt(3) r: once differentiable. Ibid., eq. 4.17."""

    def value(self, squared: Array) -> Array:
        """The correlation."""
        s = np.sqrt(3.0 * squared)
        return np.asarray((1.0 + s) * np.exp(-s))

    def evaluate(self, squared: Array) -> tuple[Array, Array]:
        """The correlation and its derivative with respect to r^2."""
        s = np.sqrt(3.0 * squared)
        fall = np.exp(-s)
        return (1.0 + s) * fall, -1.5 * fall


@dataclass(frozen=True)
class Matern52:
    """(1 + s + s^2 / 3) exp(-s), s = sqrt(5) r: twice differentiable. Ibid., eq. 4.17."""

    def value(self, squared: Array) -> Array:
        """The correlation; in place, as this is where predictions spend their time."""
        value = 5.0 * squared
        s = np.sqrt(value)
        value *= 1.0 / 3.0
        value += s
        value += 1.0
        value *= np.exp(np.negative(s, out=s), out=s)
        return value

    def evaluate(self, squared: Array) -> tuple[Array, Array]:
        """The correlation and its derivative with respect to r^2."""
        s = np.sqrt(5.0 * squared)
        fall = np.exp(-s)
        slope = (-5.0 / 6.0) * (1.0 + s) * fall
        return (1.0 + s + (5.0 / 3.0) * squared) * fall, slope


Profile = Rbf | Matern32 | Matern52
