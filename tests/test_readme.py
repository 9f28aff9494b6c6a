"""The README keeps its promises: the tour's files exist and are as long as it says, and its example runs."""

import re
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TOUR = re.findall(r"^\| `([\w/.]+)` \| (\d+) \|", README, flags=re.MULTILINE)


def test_the_tour_has_its_stops():
    assert len(TOUR) >= 12


@pytest.mark.parametrize(("file", "lines"), TOUR)
def test_a_file_of_the_tour_is_as_long_as_the_readme_says(file, lines):
    actual = len((ROOT / file).read_text(encoding="utf-8").splitlines())
    assert abs(actual - int(lines)) <= 0.05 * actual, f"{file} has {actual} lines by now; say so in README.md"


def test_the_engine_is_at_most_400_lines():
    files = ("tensor", "backward", "rules")
    assert sum(len((ROOT / f"minigrad/{name}.py").read_text().splitlines()) for name in files) <= 400


def test_the_gradients_in_the_readme_are_right():
    import minigrad as mg

    x = mg.tensor([[-1.0, 2.0]], requires_grad=True)
    y = (mg.functional.relu(x) * [[3.0, -4.0]]).sum()
    assert np.array_equal(mg.grad(y, x).numpy(), [[0, -4]])
    assert np.array_equal(mg.grad(y, x, rule="guided").numpy(), [[0, 0]])
    assert np.array_equal(mg.grad(y, x, rule=lambda g, x: g).numpy(), [[3, -4]])


def test_pictures_in_the_readme_exist():
    for file in re.findall(r"!\[[^]]*\]\(([^)]+)\)", README):
        assert (ROOT / file).is_file()
