"""A bench for the tests of the machinery, and one workspace with everything blank."""

from pathlib import Path

import pytest

from .bench import Bench, judged
from .pages import in_order, read_pages
from .workspace import make

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def bench():
    with Bench(ROOT) as bench:
        yield bench


@pytest.fixture(scope="session")
def exercises(bench):
    """All exercises, by name, in order."""
    return {exercise.name: exercise for exercise in in_order(bench.exercises(), read_pages(ROOT))}


@pytest.fixture(scope="session")
def blank(exercises, tmp_path_factory):
    """A workspace in which nothing is written.  Tests that write use `workspace`."""
    every = list(exercises.values())
    return make(ROOT, tmp_path_factory.mktemp("blank") / "workspace", every)


@pytest.fixture
def workspace(exercises, tmp_path):
    """A workspace of one's own, with two exercises to write."""
    return make(ROOT, tmp_path / "workspace", [exercises["unbroadcast"], exercises["mul-backward"]])


@pytest.fixture(scope="session")
def verdicts(request, exercises, blank):
    """A verdict for each case that the selected tests are about; all are judged together, on all processors."""
    about = [item for item in request.session.items if "verdicts" in getattr(item, "fixturenames", ())]
    cases = {item.callspec.params["case"] for item in about if "case" in params(item)}
    return judged(ROOT, {case: (exercises[case.exercise], case.source(exercises, blank)) for case in cases}.items())


def params(item):
    return item.callspec.params if hasattr(item, "callspec") else {}
