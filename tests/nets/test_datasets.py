"""One door for all data sets: names, folders and files are told from each other."""

import numpy as np
import pytest

import nets
from nets import datasets
from nets.pictures import listed


def test_a_name_is_a_set_to_be_fetched(monkeypatch):
    monkeypatch.setitem(datasets.DATASETS, "mnist", lambda progress, raw: (progress, raw))
    assert nets.dataset("mnist", progress=False, raw=True) == (False, True)


def test_a_folder_is_a_folder_of_pictures(photos):
    training, test = nets.dataset(photos, size=9, progress=False, raw=True)
    assert training.images.shape == (16, 3, 9, 9) and training.names == ("blue", "red") and len(test.labels) == 4


def test_a_file_of_pictures_may_have_another_to_test_with(tmp_path):
    np.savez(tmp_path / "a.npz", images=np.zeros((4, 8, 8), np.uint8), labels=[0, 0, 1, 1])
    np.savez(tmp_path / "b.npz", images=np.ones((3, 8, 8), np.uint8), labels=[0, 1, 1])
    training, test = nets.dataset(tmp_path / "a.npz", tmp_path / "b.npz", raw=True)
    assert len(training.labels) == 4 and (test.images == 1).all()


@pytest.mark.parametrize(("source", "test", "error", "words"), [
    ("nothing", None, ValueError, "there is no data set 'nothing'; use one of mnist, fashion_mnist, cifar10, the path"),
    ("mnist", "b.npz", ValueError, "test data can only be given for a .npz file"),
    ("nothing.npz", None, ValueError, "there is no file nothing.npz"),
    ("nothing.tar.gz", None, OSError, "there is no file nothing.tar.gz"),
])
def test_what_is_no_data_set_is_one_clear_line(source, test, error, words):
    with pytest.raises(error, match=words):
        nets.dataset(source, test)


def test_a_long_list_of_names_is_cut_short():
    assert listed([str(i) for i in range(12)]) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"
