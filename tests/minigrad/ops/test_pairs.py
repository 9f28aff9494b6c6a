"""Sizes for two directions: one integer stands for both, and whatever is no size is refused by its name."""

import numpy as np
import pytest

from minigrad.ops.pairs import pair


@pytest.mark.parametrize("value, expected", [(3, (3, 3)), ((1, 2), (1, 2)), ([1, 2], (1, 2)), (np.int64(3), (3, 3))])
def test_one_integer_stands_for_both_directions(value, expected):
    assert pair(value, "stride", least=1) == expected


@pytest.mark.parametrize("value", [1.5, (1, 2, 3), (1,), "3", None, True, (1, 2.0), 0, (1, 0)])
def test_everything_else_is_refused_by_name(value):
    with pytest.raises(ValueError, match="^stride must be"):
        pair(value, "stride", least=1)
