"""Answers kept for who asks again: what is slow to read, and the same for many hyper-parameters.

An answer is found by the very array that it was given for, which nobody changes in place. Threads
may lose an answer, and never get a wrong one.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from surrogate.space import Array

T = TypeVar("T")
Reading = Callable[[Array], Array]

_ANSWERS = 12  # that are kept: of some blocks of points, and of the sites
_CUTS = 4
_MANY = 1024  # points, from which on what one surrogate read of them is kept ...
_READ = 2  # ... for the last readings

_cuts: deque[tuple[Array, int, tuple[Array, ...]]] = deque(maxlen=_CUTS)
_read: deque[tuple[tuple[object, ...], Any]] = deque(maxlen=_READ)


def remembered(read: Reading) -> Reading:
    """`read`, which gives the same answer again where the very same array comes again soon."""
    kept: deque[tuple[tuple[object, ...], Array]] = deque(maxlen=_ANSWERS)
    return lambda a: once(kept, (a,), lambda: read(a))


def recalled(owner: object, units: Array, read: Callable[[Array], T]) -> T:
    """`read(units)`; of many points what it gave for this `owner`, if it was asked just before.

    A map asks for intervals and then for chances, both of one reading. One owner has one `read`.
    """
    if len(units) < _MANY:
        return read(units)
    found: T = once(_read, (owner, units), lambda: read(units))
    return found


def blocks(q: Array, size: int) -> Sequence[Array]:
    """`q` (m, d) cut into views of at most `size` rows: the very same ones if asked again soon."""
    for known, length, parts in tuple(_cuts):
        if known is q and length == size:
            return parts
    parts = tuple(q[first : first + size] for first in range(0, len(q), size))
    _cuts.append((q, size, parts))
    return parts


def once(
    kept: deque[tuple[tuple[object, ...], T]], key: tuple[object, ...], make: Callable[[], T]
) -> T:
    """What is `kept` for these very things; made and kept where nothing is."""
    for known, answer in tuple(kept):
        if all(one is other for one, other in zip(known, key, strict=True)):
            return answer
    answer = make()
    kept.append((key, answer))
    return answer
