"""Families of prior beliefs, and their hyper-parameters by name."""

import numpy as np
import pytest

from surrogate.models.forms import FORMS


@pytest.mark.parametrize("name", ["smooth", "axes"])
def test_as_many_alternatives_come_back_as_were_named(name: str) -> None:
    form = FORMS[name](4)
    others = [form.prior.centre + 0.1 * k for k in range(12)]
    found = form.alternatives(form.named(form.prior.centre, others))
    np.testing.assert_allclose([form.member(values).theta for values in found], others)
