"""The captioner: held to finite differences as a whole, and to itself: a word depends on those before it only."""

import numpy as np
import pytest

import minigrad as mg
from nets.language import Captioner, captions, group_scenes, write
from nets.language.captioner import caption_loss, right_objects
from nets.language.words import END, PAD, WORDS


@pytest.fixture(params=[True, False], ids=["attention", "no attention"])
def net(request):
    mg.manual_seed(2)
    return Captioner(attention=request.param)


def loss_of(net, name, image, words):
    """The loss as a function of the first numbers of one parameter."""
    layer, _, attribute = name.rpartition(".")
    owner = net.get_submodule(layer)
    parameter = getattr(owner, attribute)

    def loss(value):
        setattr(owner, attribute, mg.cat([value, parameter.detach()[len(value) :]]))
        result = caption_loss(net, image, words)
        setattr(owner, attribute, parameter)
        return result

    return loss


@pytest.fixture(scope="module")
def scenes():
    return group_scenes(4, seed=3)


def test_every_word_gets_a_score_at_every_place(net, scenes):
    words = captions(scenes).words
    assert net(mg.tensor(scenes.images), words).shape == (4, 13, len(WORDS))


def test_a_words_scores_depend_on_the_words_before_it_only(net, scenes):
    words = captions(scenes).words
    changed = words.copy()
    changed[:, 4] = 7
    a, b = (net.eval()(mg.tensor(scenes.images), w).numpy() for w in (words, changed))
    np.testing.assert_array_equal(a[:, :5], b[:, :5])
    assert (a[:, 5] != b[:, 5]).any(axis=1).all()


def test_the_loss_is_the_surprise_at_every_word_and_at_no_padding(net, scenes):
    words = captions(scenes).words
    scores = net.eval()(mg.tensor(scenes.images), words).numpy().astype(float)
    log_p = scores - np.log(np.exp(scores).sum(axis=2, keepdims=True))
    surprise = [-log_p[n, t, words[n, t]] for n, t in np.ndindex(words.shape) if words[n, t] != PAD]
    assert caption_loss(net, scenes.images, words).item() == pytest.approx(np.mean(surprise), rel=1e-5)


def test_the_gradient_of_the_loss_matches_finite_differences(net):
    net.astype("float64").eval()
    rng = np.random.default_rng(0)
    image, words = rng.standard_normal((1, 3, 12, 12)), np.array([[2, 9, 14, END, PAD]])
    parameters = dict(net.named_parameters())
    own = ("gaze.move.weight", "evidence.weight") if hasattr(net, "gaze") else ("choice.bias",)
    for name in ("word.bias", "decoder.bias_hh", "encoder.1.weight", *own):
        parameter = parameters[name]
        assert mg.gradcheck(loss_of(net, name, image, words), parameter.numpy()[:3], rtol=1e-4)


def test_a_written_caption_is_the_most_probable_word_after_each_beginning(net, scenes):
    net.eval()
    words = write(net, scenes.images)
    scores = net(mg.tensor(scenes.images), words).numpy()
    going_on = np.cumsum(words == END, axis=1) - (words == END) == 0
    np.testing.assert_array_equal(scores.argmax(axis=2)[going_on], words[going_on])
    assert (words[~going_on] == PAD).all()


def test_writing_takes_bytes_and_batches_and_leaves_the_mode(net, scenes):
    before = net.training
    floats = write(net, scenes.images)
    in_twos = write(net, scenes.images, batch_size=2)
    np.testing.assert_array_equal(floats, in_twos)
    pixels = np.rint((scenes.images + 1) * 127.5).astype(np.uint8)
    as_floats = (pixels / 127.5 - 1).astype(np.float32)
    np.testing.assert_array_equal(write(net, pixels), write(net, as_floats))
    assert net.training == before


def test_only_with_attention_are_there_weights_to_look_at(scenes):
    net = Captioner()
    with mg.nn.watch(net, "attention") as seen:
        net(mg.tensor(scenes.images), captions(scenes).words)
    assert len(seen["attention"]) == 13
    for _, weights in seen["attention"]:
        assert weights.shape == (4, 1, 256)
        np.testing.assert_allclose(weights.numpy().sum(axis=2), 1, rtol=1e-5)
    assert not hasattr(Captioner(attention=False), "attention")


def test_what_is_seen_is_not_remembered(net, scenes):
    """So a word must be seen when it is said: the state depends on words and, with attention, on where it looked."""
    scene, state = net.begins(mg.tensor(scenes.images))
    after = net.step(np.full(4, END), state, scene)
    again = net.step(np.full(4, 9), after, scene)
    if again.where is None:
        np.testing.assert_array_equal(again.h.numpy(), again.h.numpy()[:1].repeat(4, axis=0))
    else:
        assert np.abs(np.diff(again.h.numpy(), axis=0)).max() > 0
        same = after._replace(where=after.where[:1] + np.zeros((4, 1), np.float32))
        h = net.step(np.full(4, 9), same, scene).h.numpy()
        np.testing.assert_array_equal(h, h[:1].repeat(4, axis=0))


def test_a_net_that_knows_nothing_has_hardly_anything_right(net, scenes):
    assert right_objects(net, scenes.images, scenes) < 0.5


@pytest.mark.training
def test_a_few_pictures_can_be_learned_by_heart():
    mg.manual_seed(0)
    net, scenes = Captioner(), group_scenes(4, seed=3, size=48)
    words = captions(scenes).words
    optimiser = mg.optim.Adam(net.parameters(), lr=5e-3)
    for _ in range(40):
        loss = caption_loss(net, scenes.images, words)
        optimiser.zero_grad()
        loss.backward()
        mg.optim.clip_grad_norm(optimiser.params, 1.0)
        optimiser.step()
    assert loss.item() < 0.6  # a net that only knows the grammar has 1.0 or so


def test_captions_must_fit_the_pictures(net, scenes):
    for words in (np.zeros((3, 5), int), np.zeros(5, int)):
        with pytest.raises(ValueError, match=r"Captioner: 4 pictures need captions \(4, T\)"):
            net(mg.tensor(scenes.images), words)
