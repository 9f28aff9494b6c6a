"""A loader gives every picture once per epoch, in an order that can be had again, and cleans up behind itself."""

import threading
import traceback

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets import Loader
from nets.augmentation import augmentation
from nets.pictures import converter, scaled
from nets.preprocessing import CIFAR


def numbered(n, dtype=np.uint8):
    """Pictures of 2 x 2 pixels, each with its number in every pixel, and the numbers as labels."""
    labels = np.arange(n)
    return np.broadcast_to(labels.reshape(-1, 1, 1, 1), (n, 1, 2, 2)).astype(dtype), labels


def threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("loader")]


@given(n=st.integers(1, 40), batch_size=st.integers(1, 50), shuffle=st.booleans(), prefetch=st.integers(0, 4))
def test_an_epoch_has_every_picture_once_and_its_own_label(n, batch_size, shuffle, prefetch):
    loader = Loader(*numbered(n, np.float32), batch_size, shuffle, prefetch=prefetch)
    batches = list(loader)
    assert len(batches) == len(loader) == -(-n // batch_size)
    assert all((images == labels.reshape(-1, 1, 1, 1)).all() for images, labels in batches)
    assert sorted(np.concatenate([labels for _, labels in batches])) == list(range(n))
    assert all(len(labels) == min(batch_size, n) for _, labels in batches[:-1])


@given(n=st.integers(1, 40), batch_size=st.integers(1, 50))
def test_drop_last_leaves_out_what_fills_no_batch_but_never_all(n, batch_size):
    loader = Loader(*numbered(n), batch_size, drop_last=True, prefetch=0)
    sizes = [len(labels) for _, labels in loader]
    assert sizes == [min(batch_size, n)] * len(loader) and len(loader) == max(n // batch_size, 1)


def labels_of(batches):
    return [list(labels) for _, labels in batches]


def test_the_order_follows_from_seed_and_epoch():
    loader = Loader(*numbered(30), 7, seed=3)
    first, second = labels_of(loader), labels_of(loader)
    assert first != second, "a new order for every epoch"
    again = Loader(*numbered(30), 7, seed=3)
    assert labels_of(again.batches(1)) == second and labels_of(again.batches(0)) == first
    assert labels_of(Loader(*numbered(30), 7, seed=4)) != first


def test_without_shuffling_the_order_is_the_given_one():
    assert labels_of(Loader(*numbered(5), 2, shuffle=False)) == [[0, 1], [2, 3], [4]]


@given(start=st.integers(0, 6), prefetch=st.integers(0, 3))
def test_an_epoch_can_be_entered_at_any_batch_with_the_same_pixels(start, prefetch):
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (20, 3, 8, 8), np.uint8), np.arange(20)
    whole = Loader(*pictures, 4, augment=augmentation("crop,flip"), prefetch=0)
    part = Loader(*pictures, 4, augment=augmentation("crop,flip"), prefetch=prefetch)
    expected, found = list(whole.batches(2))[start:], list(part.batches(2, start))
    assert len(expected) == len(found)
    assert all(np.array_equal(a, b) for one, two in zip(expected, found) for a, b in zip(one, two))


def test_bytes_become_floats_one_batch_at_a_time_and_stay_bytes_in_memory():
    images, labels = numbered(10)
    loader = Loader(images, labels, 5, shuffle=False)
    (first, _), _ = loader
    assert loader.images is images and images.dtype == np.uint8
    assert first.dtype == np.float32 and np.array_equal(first, scaled(images[:5]))


def test_floats_are_left_as_they_are():
    images, labels = numbered(4, np.float64)
    (batch, _), = Loader(images, labels, 4, shuffle=False)
    assert batch.dtype == np.float64 and np.array_equal(batch, images)


def test_a_net_with_a_preprocessing_of_its_own_gets_its_mean_and_spread():
    class Net:
        preprocessing = CIFAR

    images = np.full((1, 3, 2, 2), 51, np.uint8)  # 0.2
    expected = (0.2 - np.array(CIFAR.mean)) / np.array(CIFAR.std)
    assert np.allclose(converter(Net())(images)[0, :, 0, 0], expected, atol=1e-6)


@pytest.mark.parametrize("prefetch", [1, 2, 5])
def test_a_loop_that_is_left_early_leaves_no_thread(prefetch):
    made = []
    loader = Loader(*numbered(100), 1, augment=lambda images, rng: made.append(1) or images, prefetch=prefetch)
    for number, _ in enumerate(loader):
        if number == 2:
            break
    assert not threads() and len(made) <= 3 + prefetch + 1, "and no batch that nobody waits for"


def test_an_error_of_the_consumer_leaves_no_thread():
    with pytest.raises(KeyError):
        for _ in Loader(*numbered(100), 1):
            raise KeyError
    assert not threads()


def test_a_whole_epoch_leaves_no_thread():
    for _ in Loader(*numbered(5), 1):
        assert threads(), "there is one while it runs"
    assert not threads()


def faulty_augmentation(images, rng):
    if 3 in images:
        raise ZeroDivisionError("the fourth picture")
    return images


@pytest.mark.parametrize("prefetch", [0, 1, 3])
def test_an_error_of_the_worker_arrives_in_its_place_with_its_traceback(prefetch):
    seen = []
    loader = Loader(*numbered(10), 1, shuffle=False, augment=faulty_augmentation, prefetch=prefetch)
    with pytest.raises(ZeroDivisionError, match="the fourth picture") as caught:
        for _, (label,) in loader:
            seen.append(int(label))
    assert seen == [0, 1, 2] and not threads()
    assert "faulty_augmentation" in "".join(traceback.format_tb(caught.value.__traceback__))


def test_a_consumer_slower_than_the_worker_finds_no_more_than_prefetch_ready():
    made, ahead = [], []
    loader = Loader(*numbered(30), 1, augment=lambda images, rng: made.append(1) or images, prefetch=3)
    for number, _ in enumerate(loader):
        ahead.append(len(made) - number - 1)
    assert max(ahead) <= 3


def test_two_loops_over_one_loader_do_not_disturb_each_other():
    loader = Loader(*numbered(12), 3)
    pairs = list(zip(loader.batches(0), loader.batches(0)))
    assert len(pairs) == 4 and all(np.array_equal(a[1], b[1]) for a, b in pairs) and not threads()


@pytest.mark.parametrize(("arguments", "words"), [
    ({"images": np.zeros((3, 2, 2))}, r"images \(3, 2, 2\) must be \(N, C, H, W\)"),
    ({"images": np.zeros((0, 1, 2, 2)), "labels": np.zeros(0)}, "N at least 1"),
    ({"labels": np.zeros(2)}, "as many"),
    ({"batch_size": 0}, r"batch_size \(0\) must be at least 1"),
    ({"prefetch": -1}, r"prefetch \(-1\)"),
    ({"seed": -1}, r"seed \(-1\)"),
])
def test_what_makes_no_batches_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        Loader(**({"images": np.zeros((3, 1, 2, 2)), "labels": np.zeros(3), "batch_size": 2} | arguments))
