"""Maximal patches: held to going through all units of all pictures, and to a memory that keeps the leaders only."""

import weakref

import numpy as np
import pytest

import minigrad as mg
import nets
from explain.activations import activations
from explain.patches import maximal_patches, pixels_in
from explain.receptive_field import Rectangle
from minigrad import nn

LAYER = "features.3"  # its units see 7 x 7 pixels from row 4 r - 2 and column 4 c - 2 on


@pytest.fixture
def images():
    return np.random.default_rng(3).standard_normal((10, 3, 16, 16))


def slow_patches(model, images, layer, channel, top, fill=0.0):
    """Every picture's best unit, sorted; patches cut from a copy with a wide margin."""
    found = []
    for n, image in enumerate(images):
        feature_map = activations(model, image, layer)[channel]
        value = feature_map.max()
        row, column = next((r, c) for r, c in np.ndindex(feature_map.shape) if feature_map[r, c] == value)
        margin = np.pad(image, ((0, 0), (9, 9), (9, 9)), constant_values=fill)
        top_edge, left_edge = 9 + 4 * row - 2, 9 + 4 * column - 2
        found.append((value, n, (row, column), margin[:, top_edge : top_edge + 7, left_edge : left_edge + 7]))
    return sorted(found, key=lambda patch: -patch[0])[:top]


def assert_same(patches, expected):
    assert [patch.image for patch in patches] == [n for _, n, _, _ in expected]
    assert [patch.unit for patch in patches] == [unit for _, _, unit, _ in expected]
    assert np.allclose([patch.value for patch in patches], [value for value, _, _, _ in expected], rtol=1e-12)
    assert all(np.array_equal(patch.pixels, pixels) for patch, (_, _, _, pixels) in zip(patches, expected))


@pytest.mark.parametrize("batch_size", [1, 3, 10])
def test_patches_are_those_of_the_highest_activations(real_cnn, images, batch_size):
    ours = maximal_patches(real_cnn, images, LAYER, [4, 0], top=4, batch_size=batch_size)
    assert list(ours) == [4, 0]
    for channel, patches in ours.items():
        assert_same(patches, slow_patches(real_cnn, images, LAYER, channel, top=4))


def test_beyond_the_border_a_patch_is_filled(real_cnn, images):
    ours = maximal_patches(real_cnn, images, LAYER, range(16), top=3, fill=0.7)
    assert any(patch.unit[0] == 0 for patches in ours.values() for patch in patches), "some lie at the border"
    for channel, patches in ours.items():
        assert_same(patches, slow_patches(real_cnn, images, LAYER, channel, top=3, fill=0.7))


def test_the_patch_is_all_that_the_unit_needs(real_cnn, images):
    (patch,) = maximal_patches(real_cnn, images, LAYER, [2], top=1)[2]
    alone = np.full(images[0].shape, 9.0)
    inside = patch.field.cropped(16, 16)
    rows, columns = slice(inside.top, inside.bottom), slice(inside.left, inside.right)
    alone[:, rows, columns] = images[patch.image][:, rows, columns]
    assert activations(real_cnn, alone, LAYER)[(2, *patch.unit)] == pytest.approx(patch.value, rel=1e-12)


def test_a_stream_of_batches_gives_what_the_array_gives(real_cnn, images):
    stream = (part for part in (images[:4], images[4:5], images[5:]))
    ours, whole = (maximal_patches(real_cnn, data, LAYER, [1], top=5)[1] for data in (stream, images))
    assert [patch[:4] for patch in ours] == [patch[:4] for patch in whole]


def test_no_batch_outlives_the_next_and_nothing_of_it_is_kept_but_copies(real_cnn):
    rng, alive = np.random.default_rng(0), []

    def stream():
        for _ in range(8):
            assert sum(batch() is not None for batch in alive) <= 1, "only the batch that has just been used"
            batch = rng.standard_normal((4, 3, 16, 16))
            alive.append(weakref.ref(batch))
            yield batch
            del batch

    ours = maximal_patches(real_cnn, stream(), LAYER, [0, 1], top=3)
    assert not any(batch() is not None for batch in alive)
    assert all(patch.pixels.base is None and patch.pixels.size == 3 * 7 * 7 for some in ours.values() for patch in some)


def test_of_equal_pictures_the_earlier_one_leads(real_cnn, images):
    same = np.concatenate([images[:2]] * 40)
    ours = maximal_patches(real_cnn, same, LAYER, [0], top=40, batch_size=50)[0]
    first = ours[0].image
    assert [patch.image for patch in ours] == list(range(first, 80, 2))


def test_fewer_pictures_than_asked_for_give_fewer_patches(real_cnn, images):
    assert len(maximal_patches(real_cnn, images[:2], LAYER, [0], top=9)[0]) == 2


def test_pictures_of_several_sizes_may_come_in_one_stream(real_cnn, images):
    large = np.random.default_rng(4).standard_normal((2, 3, 24, 20))
    ours = maximal_patches(real_cnn, [images, large], LAYER, [0], top=12)[0]
    assert {patch.pixels.shape for patch in ours} == {(3, 7, 7)} and {10, 11} < {patch.image for patch in ours}


def test_where_units_have_no_windows_the_patch_is_the_picture(real_cnn, images):
    (patch,) = maximal_patches(real_cnn, images, "classifier", [3], top=1)[3]
    scores = activations(real_cnn, images, "classifier")[:, 3]
    assert patch.image == scores.argmax() and patch.unit == (0, 0)
    assert np.array_equal(patch.pixels, images[patch.image])


def test_pixels_are_cut_and_filled_on_every_side():
    image = np.arange(6.0).reshape(1, 2, 3)
    assert pixels_in(image, Rectangle(-1, 1, 1, 4), fill=9.0).tolist() == [[[9, 9, 9], [1, 2, 9]]]
    assert (pixels_in(image, Rectangle(5, 5, 7, 7), fill=9.0) == 9).all()


def test_the_progress_bar_counts_batches(real_cnn, images, capsys):
    maximal_patches(real_cnn, images, LAYER, [0], batch_size=5, progress=True)
    assert "2/2" in capsys.readouterr().err


class ThreeAxes(nn.Module):
    def __init__(self):
        self.end = nn.Sequential()

    def forward(self, x):
        return self.end(x.mean(axis=1))


@pytest.mark.parametrize(
    ("model", "data", "arguments", "words"),
    [
        (nets.SmallCNN(), np.zeros((1, 3, 16, 16)), {"channels": [16]}, "no channel 16; there are 0 to 15"),
        (nets.SmallCNN(), np.zeros((1, 3, 16, 16)), {"top": 0}, "top and batch_size must be at least 1"),
        (nets.SmallCNN(), np.zeros((3, 16, 16)), {}, r"must be \(N, C, H, W\)"),
        (nets.SmallCNN(), iter(()), {}, "no pictures"),
        (nets.SmallCNN(), np.zeros((1, 3, 16, 16)), {"layer": "conv"}, "no layer 'conv'"),
        (ThreeAxes(), np.zeros((1, 3, 4, 4)), {"layer": "end"}, r"puts out \(1, 4, 4\)"),
    ],
)
def test_bad_arguments_are_refused(model, data, arguments, words):
    with pytest.raises(ValueError, match=words):
        maximal_patches(model, data, **({"layer": LAYER, "channels": [0]} | arguments))


def test_nothing_is_left_on_a_tape(real_cnn, images):
    maximal_patches(real_cnn, mg.tensor(images), LAYER, [0])
    assert real_cnn.training and all(p.grad is None for p in real_cnn.parameters())
