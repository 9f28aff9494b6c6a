"""``python -m nets train``: any net on any pictures, from start to result, or one clear line.

The nets are trained on three classes of bright stripes, which take a few batches to learn.
"""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import nets
from nets.__main__ import main

STRIPES = ("top", "middle", "bottom")


def stripes(path, n=60, shape=(12, 15), names=STRIPES, seed=0):
    """Write grey pictures with a bright stripe whose place is the class."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % len(names)
    images = rng.integers(0, 60, (n, *shape), dtype=np.uint8)
    height = shape[0] // len(names)
    for image, label in zip(images, labels):
        image[height * label : height * (label + 1)] += 150
    np.savez(path, images=images, labels=labels, names=names)
    return str(path)


@pytest.fixture
def data(tmp_path):
    return stripes(tmp_path / "stripes.npz", shape=(16, 16))


def train(*arguments, out):
    return main(["train", *map(str, arguments), "--out", str(out), "--quiet"])


@pytest.mark.training
def test_a_net_is_trained_tested_and_put_into_files_and_words(data, tmp_path, capsys):
    test = stripes(tmp_path / "test.npz", n=30, shape=(16, 16), seed=1)
    assert train("--data", data, "--test-data", test, "--epochs", 4, "--batch-size", 6, out=tmp_path / "out") == 0
    report = capsys.readouterr().out
    assert [line.split()[0] for line in report.splitlines()[:3]] == list(STRIPES)
    assert "100.0% of 30 test pictures are called right after epoch 4" in report
    stem = "small_cnn-stripes-0"
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        f"{stem}-confusion.png", f"{stem}-curve.png", f"{stem}-weights.npz", f"{stem}.npz"]
    model = nets.load_weights(nets.SmallCNN(3, 1), tmp_path / "out" / f"{stem}-weights.npz")
    assert nets.accuracy(model, *nets.picture_file(test, test)[1][:2]) == 1.0


@pytest.mark.training
def test_the_same_command_goes_on_and_retrain_begins_anew(data, tmp_path, monkeypatch, capsys):
    command = (data, "--epochs", 1, "--batch-size", 24)
    assert train(*command, out=tmp_path) == 0
    first = (tmp_path / "small_cnn-stripes-0.npz").read_bytes()
    steps, step = [], nets.training.Run.step
    monkeypatch.setattr("nets.training.Run.step", lambda self, *batch: steps.append(1) or step(self, *batch))
    assert train(*command, out=tmp_path) == 0 and not steps
    assert train(*command, "--retrain", out=tmp_path) == 0 and len(steps) == 2
    assert (tmp_path / "small_cnn-stripes-0.npz").read_bytes() == first


@pytest.mark.training
@pytest.mark.parametrize(("changed", "words"), [
    (["--epochs", 2], "epochs 1 and not 2"), (["--augment", "flip"], "augment '' and not 'flip'"),
    (["--optimizer", "sgd"], "optimizer 'adam' and not 'sgd'"), (["--weight-decay", 0.1], "weight_decay 0.0 and"),
])
def test_a_checkpoint_of_another_recipe_is_not_continued(changed, words, data, tmp_path, capsys):
    train(data, "--epochs", 1, "--batch-size", 24, out=tmp_path)
    assert train(data, "--epochs", 1, "--batch-size", 24, *changed, out=tmp_path) == 1
    assert words in capsys.readouterr().err


@pytest.mark.training
def test_a_checkpoint_of_other_pictures_is_not_continued(data, tmp_path, capsys):
    train(data, "--epochs", 1, out=tmp_path)
    stripes(data, shape=(16, 16), seed=9)
    assert train(data, "--epochs", 1, out=tmp_path) == 1
    assert "another recipe (about 'pictures " in capsys.readouterr().err


@pytest.mark.training
def test_fine_tuning_begins_with_the_weights_of_a_file(data, tmp_path, capsys):
    train(data, "--epochs", 3, "--batch-size", 6, out=tmp_path)
    weights = tmp_path / "small_cnn-stripes-0-weights.npz"
    assert train(data, "--weights", weights, "--epochs", 1, "--lr", 0, out=tmp_path / "fine") == 0
    before, after = (nets.read_weights(path) for path in (weights, tmp_path / "fine" / weights.name))
    assert all(np.array_equal(before[name], after[name]) for name in nets.SmallCNN(3, 1).state_dict()
               if name.endswith((".weight", ".bias")))
    assert "starts from random weights" not in capsys.readouterr().err


@pytest.mark.training
def test_fine_tuning_can_begin_with_the_published_weights(data, tmp_path, monkeypatch, capsys):
    published = nets.save_weights(nets.resnet20_cifar(), tmp_path / "published.npz")
    monkeypatch.setattr("nets.commands.fitting.published_file", lambda name, progress: published)
    options = ("--net", "resnet20_cifar", "--pretrained", "--epochs", 1, "--lr", 0)
    assert train(data, *options, out=tmp_path / "out") == 0
    assert "published.npz are for 10 classes, and these pictures have 3" in capsys.readouterr().err
    before, after = (nets.read_weights(path) for path in (
        published, tmp_path / "out" / "resnet20_cifar-stripes-0-weights.npz"))
    assert np.array_equal(before["layer3.2.conv2.weight"], after["layer3.2.conv2.weight"])


@pytest.mark.training
def test_weights_for_other_classes_keep_all_but_the_last_layer_and_say_so(data, tmp_path, capsys):
    weights = nets.save_weights(nets.SmallCNN(7, 1), tmp_path / "seven.npz")
    assert train(data, "--weights", weights, "--epochs", 1, "--lr", 0, out=tmp_path / "out") == 0
    error = capsys.readouterr().err
    assert "for 7 classes, and these pictures have 3: the last layer (classifier) starts from random" in error
    before, after = nets.read_weights(weights), nets.read_weights(tmp_path / "out" / "small_cnn-stripes-0-weights.npz")
    assert np.array_equal(before["features.0.weight"], after["features.0.weight"])
    assert after["classifier.weight"].shape == (3, 64)


def test_weights_of_another_net_are_refused_with_what_does_not_fit(data, tmp_path, capsys):
    weights = nets.save_weights(nets.lenet(), tmp_path / "lenet.npz")
    assert train(data, "--weights", weights, out=tmp_path) == 1
    assert "lenet.npz doesn't fit" in capsys.readouterr().err


@pytest.mark.training
def test_grey_pictures_are_shown_three_times_to_a_net_that_wants_colours(tmp_path, monkeypatch):
    class Colourful(nets.SmallCNN):
        def __init__(self, num_classes):
            super().__init__(num_classes, 3)

    monkeypatch.setitem(nets.ARCHITECTURES, "colourful", Colourful)
    data = stripes(tmp_path / "stripes.npz", shape=(16, 16))
    assert train(data, "--net", "colourful", "--epochs", 1, out=tmp_path) == 0


@pytest.mark.training
def test_a_folder_of_pictures_is_a_data_set(photos, tmp_path, capsys):
    assert train(photos, "--size", 16, "--epochs", 1, "--batch-size", 8, out=tmp_path / "out") == 0
    assert "blue" in capsys.readouterr().out and (tmp_path / "out" / "small_cnn-photos-0.npz").exists()


@pytest.mark.parametrize(("arguments", "words"), [
    ([], "say once what to train on"),
    (["scenes", "--data", "digits"], "say once what to train on"),
    (["nothing"], "there is no data set 'nothing'"),
    (["DATA", "--net", "resnet1000"], "there is no net 'resnet1000'; use one of small_cnn, lenet"),
    (["DATA", "--net", "lenet"], "lenet can't take these pictures, which are (1, 16, 16)"),
    (["DATA", "--weights", "nothing.npz"], "there is no file nothing.npz"),
    (["DATA", "--pretrained"], "no weights are known for 'small_cnn'"),
    (["DATA", "--augment", "turn"], "there is no augmentation turn; use crop, flip"),
    (["DATA", "--epochs", "0"], "epochs and batch_size must be at least 1"),
    (["DATA", "--lr", "-1"], "learning rate must be 0 or more"),
    (["DATA", "--seed", "-1"], "--seed must be 0 or more"),
    (["DATA", "--size", "20"], "--size is for folders of pictures"),
    (["DATA", "--test-data", "nothing.npz"], "there is no file nothing.npz"),
    (["digits", "--test-data", "DATA"], "leave out --test-data"),
])
def test_what_cannot_be_trained_is_one_line_and_no_file(arguments, words, data, tmp_path, capsys):
    assert train(*(data if word == "DATA" else word for word in arguments), out=tmp_path / "out") == 1
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1 and not (tmp_path / "out").exists()


@pytest.mark.training
def test_digits_give_the_lectures_net_and_its_checkpoint(tmp_path, monkeypatch):
    monkeypatch.setattr("nets.commands.fitting.DIGITS_RECIPE", quick := nets.Recipe(epochs=1, batch_size=256))
    monkeypatch.setattr("nets.recipes.DIGITS_RECIPE", quick)
    assert train("digits", "--seed", 2, out=tmp_path / "ours") == 0
    nets.digits_net(2, tmp_path / "lectures", progress=False)
    ours, lectures = ((tmp_path / name / "digits-2.npz").read_bytes() for name in ("ours", "lectures"))
    assert ours == lectures


SAVING_ALWAYS = ("import sys, nets.training; nets.training.SAVE_EVERY = -1; from nets.__main__ import main; "
                 "sys.exit(main(sys.argv[1:]))")


def start(data, out) -> subprocess.Popen:
    """The command in a process of its own, with everything that depends on chance."""
    options = ["--epochs", "6", "--batch-size", "8", "--optimizer", "sgd", "--augment", "crop,flip"]
    environment = os.environ | {"MINIGRAD_BACKEND": "numpy", "PYTHONPATH": str(Path(nets.__file__).parents[1])}
    return subprocess.Popen([sys.executable, "-c", SAVING_ALWAYS, "train", data, *options, "--out", out, "--quiet"],
                            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.training
def test_killed_again_and_again_it_ends_bit_for_bit_as_if_undisturbed(data, tmp_path):
    undisturbed = start(data, tmp_path / "undisturbed")
    assert undisturbed.communicate()[1] == b"" and undisturbed.returncode == 0
    checkpoint, killed = tmp_path / "killed" / "small_cnn-stripes-0.npz", 0
    for kill in range(3):
        process = start(data, tmp_path / "killed")
        written = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
        while process.poll() is None and (not checkpoint.exists() or checkpoint.stat().st_mtime_ns == written):
            time.sleep(0.002)
        time.sleep(random.uniform(0, 0.1 * kill))  # any moment: in a batch, between two, or while a file is written
        process.kill()
        process.communicate()
        killed += process.returncode != 0
    assert killed, "the first one at least was far from its end"
    last = start(data, tmp_path / "killed")
    assert last.communicate()[1] == b"" and last.returncode == 0
    for name in ("small_cnn-stripes-0.npz", "small_cnn-stripes-0-weights.npz"):
        one, other = (np.load(tmp_path / folder / name) for folder in ("undisturbed", "killed"))
        assert one.files == other.files and all(np.array_equal(one[key], other[key]) for key in one.files)
