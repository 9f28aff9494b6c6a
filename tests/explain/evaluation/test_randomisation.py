"""A net that knows nothing: of the same build, and with nothing left of what it had learned."""

import numpy as np
import pytest

import minigrad as mg
import nets
from explain.evaluation.randomisation import forgetting, randomised, stages
from minigrad import nn


def test_nothing_is_left_of_what_was_learned(small_cnn):
    mg.manual_seed(9)
    another = type(small_cnn)()
    first, second = (randomised(net, seed=3).state_dict() for net in (small_cnn, another))
    assert all(np.allclose(first[key], second[key], atol=1e-6) for key in first)


def test_weights_spread_so_that_signals_keep_their_size():
    weight = randomised(nets.SmallCNN()).features[10].weight.numpy()
    assert weight.std() == pytest.approx(np.sqrt(2 / (32 * 9)), rel=0.05) and abs(weight.mean()) < 0.01


def test_batch_norms_are_new_as_well(small_cnn):
    other = randomised(small_cnn)
    for new, old in zip(other.modules(), type(small_cnn)().modules()):
        if isinstance(old, nn.BatchNorm2d):
            assert all(np.array_equal(new.state_dict()[key], value) for key, value in old.state_dict().items())


def test_the_net_itself_is_left_as_it_was(small_cnn, images):
    before = small_cnn.eval()(mg.tensor(images)).numpy().copy()
    other = randomised(small_cnn)
    other.classifier.weight.data = 0 * other.classifier.weight.numpy()
    assert np.array_equal(small_cnn(mg.tensor(images)).numpy(), before)


def test_equal_seeds_give_equal_nets_and_others_do_not(small_cnn):
    first, again, other = (randomised(small_cnn, seed).classifier.weight.numpy() for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_mode_and_precision_are_kept(small_cnn):
    small_cnn.features.eval()
    other = randomised(small_cnn)
    assert [m.training for m in other.modules()] == [m.training for m in small_cnn.modules()]
    assert all(p.dtype == np.float64 for p in other.parameters())


def test_only_the_layers_named_are_made_new(small_cnn):
    other = randomised(small_cnn, layers=["classifier", "features.4"])
    changed = [name for (name, a), b in zip(small_cnn.named_parameters(), other.parameters())
               if not np.array_equal(a.numpy(), b.numpy())]
    assert changed == ["features.4.weight", "classifier.weight", "classifier.bias"]


def test_a_cascade_goes_on_with_the_same_numbers(small_cnn):
    some, all_of_them = randomised(small_cnn, 4, ["classifier"]), randomised(small_cnn, 4)
    assert np.array_equal(some.classifier.weight.numpy(), all_of_them.classifier.weight.numpy())


def test_what_a_net_uses_twice_its_copy_uses_twice():
    layer = nn.Linear(3, 3)
    other = randomised(nn.Sequential(layer, nn.ReLU(), layer))
    assert other[0] is other[2] and other[0] is not layer


def test_an_unknown_layer_is_refused_with_a_list_of_the_layers(small_cnn):
    with pytest.raises(ValueError, match="no layer 'fc'.*classifier"):
        randomised(small_cnn, layers=["fc"])


def test_stages_go_from_the_top_down_and_norms_go_with_their_convolution(small_cnn):
    assert stages(small_cnn) == [("classifier",), ("features.4", "features.5"), ("features.0", "features.1")]


def test_a_cascade_forgets_one_stage_more_each_time(small_cnn):
    made = forgetting(small_cnn, "cascading", seed=1)
    assert list(made) == ["classifier", "features.4", "features.0"]
    assert [sorted(changed_layers(small_cnn, net)) for net in made.values()] == [
        ["classifier"], ["classifier", "features.4"], ["classifier", "features.0", "features.4"]]


def test_independently_each_layer_is_forgotten_alone(small_cnn):
    made = forgetting(small_cnn, "independent", seed=1)
    assert [changed_layers(small_cnn, net) for net in made.values()] == [{"classifier"}, {"features.4"}, {"features.0"}]


def changed_layers(model, other):
    """Layers whose matrices or filters differ; a norm that is new may be equal to one that was hardly used."""
    pairs = zip(model.named_parameters(), other.parameters())
    return {name.rsplit(".", 1)[0] for (name, a), b in pairs if a.ndim > 1 and not np.array_equal(a.numpy(), b.numpy())}


def test_another_direction_is_refused(small_cnn):
    with pytest.raises(ValueError, match="unknown direction 'upwards'; use one of cascading, independent"):
        forgetting(small_cnn, "upwards")


def test_a_net_without_weights_has_nothing_to_forget():
    with pytest.raises(ValueError, match="no layer with weights"):
        stages(nn.Sequential(nn.ReLU()))
