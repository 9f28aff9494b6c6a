"""Chunks on disk: what was kept comes back to the last bit, and what can't be trusted doesn't come back at all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nets
from explain.evaluation.kept import Kept, checksum
from explain.evaluation.league import Work
from nets.checkpoint import save_checkpoint

PLACES = range(16, 20)


@pytest.fixture(scope="module")
def values():
    drawn = np.random.default_rng(0).random((4, 2, 3))
    drawn[1, 0] = np.nan
    return drawn


@pytest.fixture(scope="module")
def shelf(tmp_path_factory, values):
    kept = Kept(tmp_path_factory.mktemp("chunks"), {"seed": 0}, (2, 3))
    kept.put(PLACES, values)
    return kept


@pytest.fixture
def own_shelf(tmp_path):
    return Kept(tmp_path, {"seed": 0}, (2, 3))


class Bomb:
    """Unpickled, it fails the test."""

    def __reduce__(self):
        return pytest.fail, ("a pickle was run",)


def test_what_was_kept_comes_back_to_the_last_bit(shelf, values):
    assert shelf.get(PLACES).tobytes() == values.tobytes()


def test_what_was_not_kept_does_not_come_back(shelf):
    assert shelf.get(range(0, 16)) is None


@pytest.mark.parametrize("change", [{"seed": 1}, {"seed": 0, "net": "another"}, {}])
def test_other_work_does_not_find_it(shelf, change):
    assert Kept(shelf.folder, change, (2, 3)).get(PLACES) is None


@given(st.data())
def test_a_bit_that_has_tipped_over_never_changes_a_number(shelf, values, data):
    content = bytearray(shelf.path(PLACES).read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    damaged = Kept(shelf.folder / "damaged", shelf.work, (2, 3))
    damaged.folder.mkdir(exist_ok=True)
    damaged.path(PLACES).write_bytes(content)
    found = damaged.get(PLACES)
    assert found is None or found.tobytes() == values.tobytes()


@pytest.mark.parametrize("length", [0, 1, 100, -1])
def test_half_a_file_is_none(shelf, own_shelf, length):
    own_shelf.path(PLACES).write_bytes(shelf.path(PLACES).read_bytes()[:length])
    assert own_shelf.get(PLACES) is None


@pytest.mark.parametrize("wrong", [np.zeros((3, 2, 3)), np.zeros((4, 3, 2)), np.zeros((4, 2, 3), "float32")])
def test_numbers_of_another_form_are_not_taken(own_shelf, wrong):
    save_checkpoint(own_shelf.path(PLACES), {"values": wrong}, own_shelf.notes(PLACES))
    assert own_shelf.get(PLACES) is None


def test_a_file_that_was_renamed_is_not_taken(own_shelf, values):
    own_shelf.put(PLACES, values)
    own_shelf.path(PLACES).rename(own_shelf.path(range(0, 4)))
    assert own_shelf.get(range(0, 4)) is None


def test_a_pickle_in_disguise_is_not_run(own_shelf):
    bombs = np.array([Bomb()], object)
    np.savez(own_shelf.path(PLACES), **{"array/values": bombs, "notes": bombs})
    assert own_shelf.get(PLACES) is None


def test_one_weight_makes_another_net():
    state = {"a": np.zeros(3, "float32"), "b": np.ones(2, "float32")}
    other = state | {"a": np.array([0, 0, 1e-30], "float32")}
    swapped = {"a": state["b"], "b": state["a"]}
    assert len({checksum(one) for one in (state, other, swapped)}) == 3
    assert checksum(state) == checksum(dict(reversed(state.items())))


def test_everything_that_decides_about_a_number_is_in_the_name_of_its_file():
    model, another = nets.SmallCNN(), nets.SmallCNN()
    works = [Work(model, ("edges",), ("deletion",), 0), Work(another, ("edges",), ("deletion",), 0),
             Work(model, ("random",), ("deletion",), 0), Work(model, ("edges",), ("insertion",), 0),
             Work(model, ("edges",), ("deletion",), 1)]
    assert len({Kept("", work.about(), (1, 1)).name for work in works}) == 5
    assert len(works[0].about()["code"]) == 64  # a checksum of the source
