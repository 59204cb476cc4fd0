"""Pools of pictures of two kinds whose every answer is known: how few labels tell them apart?

Handwritten digits come with scikit-learn (Alpaydin and Kaynak 1998, the test set of UCI's
"Optical Recognition of Handwritten Digits": 1,797 pictures of 8 x 8 grey levels). Other pictures
come from a file of yours, such as a part of Fashion-MNIST (Xiao, Rasul and Vollgraf 2017, MIT
licence), on which an active support vector machine needs a fraction of the labels.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulators.adapters.pool import KnownAnswers, KnownTable
from surrogate.outcome import Binary
from surrogate.pool import Pool

_KIND = "kind"  # the column that holds the answer; no feature


@dataclass(frozen=True)
class PoolProblem:
    """A pool with every answer: `oracle` gives them one by one, `answers` (n,) all, 1 for yes."""

    oracle: KnownAnswers
    answers: NDArray[np.float64]
    source: str

    @property
    def space(self) -> Pool:
        """The items."""
        return self.oracle.space


def digits(one: int, other: int) -> PoolProblem:
    """Scikit-learn's digits of two kinds; a yes is `other`."""
    from sklearn.datasets import load_digits

    found = load_digits()
    source = "Alpaydin and Kaynak 1998, UCI Optical Recognition of Handwritten Digits, test set"
    return _pair(found.images, found.target, (one, other), f"digits {one} and {other}", source)


def pictures(file: Path, one: int, other: int) -> PoolProblem:
    """Pictures of two kinds from an npz with `images` (n, h, w) and `labels` (n,); yes is `other`.

    Raises `OSError` where the file cannot be read.
    """
    with np.load(file, allow_pickle=False) as found:
        images, labels = found["images"], found["labels"]
    return _pair(
        images, labels, (one, other), f"{file.stem} {one} and {other}", f"file {file.name}"
    )


def _pair(images: Any, labels: Any, kinds: tuple[int, int], name: str, source: str) -> PoolProblem:
    rows = np.isin(labels, kinds)
    columns = {"picture": images[rows], _KIND: labels[rows].astype(int)}
    pool = Pool.of(columns, features=["picture"], picture="picture")
    outcome = f"is_{kinds[1]}"
    table = KnownTable(kind="binary", column=_KIND, yes=[kinds[1]])
    oracle = KnownAnswers(name, pool, (Binary(outcome),), {outcome: table})
    return PoolProblem(oracle, (columns[_KIND] == kinds[1]).astype(float), source)
