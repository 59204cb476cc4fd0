"""Is it a nine? Scikit-learn's handwritten fours and nines, labelled one by one.

`label` stands for whoever must look at an item; here the answers are known. One picture, item 340,
cannot be opened: that costs one query and is not asked for again.
"""

from sklearn.datasets import load_digits

from surrogate import Binary, Pool, simulator

_all = load_digits()
_pair = (_all.target == 4) | (_all.target == 9)
POOL = Pool.of(
    {"picture": _all.images[_pair], "digit": _all.target[_pair]},
    features=["picture"],
    picture="picture",
)
TORN = 340


@simulator(space=POOL, outcome=Binary("nine"))
def label(row, *, rng):
    """The answer for one item; `row` is all that the pool knows of it."""
    if row["item"] == TORN:
        raise OSError("the picture cannot be opened")
    return row["digit"] == 9
