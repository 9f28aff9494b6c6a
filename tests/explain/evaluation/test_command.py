"""``python -m explain evaluate`` and ``sanity``: what they leave behind, and one clear line if something is wrong."""

import json
import shutil

import numpy as np
import pytest

import explain.__main__ as command
import minigrad as mg
import nets
from explain.evaluation import permuted

pytestmark = pytest.mark.training  # with the plain loops, a table takes too long


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where a net that knows nothing passes for the trained one."""
    path = tmp_path / "checkpoints" / "scenes-0.npz"
    drawn = nets.scenes(32, seed=0, objects=1)

    def quick_net(seed, folder, retrain=False, progress=True):
        mg.manual_seed(seed)
        model = nets.SmallCNN(len(nets.CLASSES))
        recipe = nets.Recipe(epochs=1, seed=seed)
        path.parent.mkdir(exist_ok=True)
        history = nets.train(model, lambda epoch: (drawn.images, drawn.labels), recipe, None, path, progress)
        return model, history

    monkeypatch.setattr(nets, "scenes_net", quick_net)
    return tmp_path


def run(folder, *arguments):
    return command.main([*arguments, "--quiet", "--out", str(folder / "out"), "--checkpoints",
                         str(folder / "checkpoints")])


def test_evaluate_prints_a_table_and_leaves_four_files_and_its_chunks(folder, capsys):
    assert run(folder, "evaluate", "--methods", "Grad-CAM,edges", "--n", "2") == 0
    printed = capsys.readouterr().out
    assert "Grad-CAM" in printed and "insertion ↑" in printed and "random" not in printed
    assert sorted(path.name for path in (folder / "out").iterdir()) == [
        "chunks", "league.csv", "league.json", "league.npz", "league.png"]


def test_evaluating_twice_gives_the_same_files(folder):
    contents = []
    for _ in range(2):
        run(folder, "evaluate", "--methods", "edges", "--n", "1")
        contents.append([path.read_bytes() for path in sorted((folder / "out").glob("league.*"))])
        shutil.rmtree(folder / "out")
    assert contents[0] == contents[1]


def test_sanity_leaves_both_figures_and_its_numbers(folder, capsys):
    assert run(folder, "sanity", "--methods", "gradient,edges", "--n", "2") == 0
    found = json.loads((folder / "out" / "sanity.json").read_text())
    assert {path.name for path in (folder / "out").glob("*.png")} == {"cascade-maps.png", "cascade-curves.png"}
    assert len(found["cascading"]) == len(found["independent"]) == 2 * 6
    assert "... when everything is forgotten" in capsys.readouterr().out


def test_sanity_with_labels_says_how_well_both_nets_know_their_pictures(folder, capsys, monkeypatch):
    made = [nets.SmallCNN().eval() for _ in range(2)]
    monkeypatch.setattr(permuted, "trained", lambda *rest: (made.pop(), nets.History([], [0.75])))
    assert run(folder, "sanity", "--methods", "gradient", "--n", "2", "--labels") == 0
    assert "knows 75% of its pictures" in capsys.readouterr().out
    alike = json.loads((folder / "out" / "sanity.json").read_text())["labels"]["gradient"]["SSIM"]
    assert np.shape(alike) == (3,)


@pytest.mark.parametrize(("arguments", "words"), [
    (["evaluate", "--methods", "LIME"], "there is no method LIME; the methods are gradient,"),
    (["evaluate", "--n", "0"], "--n is the number of scenes"),
    (["evaluate", "--seed", "-1"], "--seed is a whole number"),
    (["evaluate", "--measures", "beauty"], "there is no measure beauty; the measures are pointing game,"),
    (["evaluate", "--workers", "0"], "--workers is the number of processes"),
    (["sanity", "--methods", "LIME"], "there is no method LIME"),
    (["sanity", "--n", "0"], "--n is the number of scenes"),
])
def test_what_cannot_be_done_is_one_line_before_any_training(arguments, words, folder, capsys, monkeypatch):
    monkeypatch.setattr(nets, "scenes_net", lambda *rest, **options: pytest.fail("trained"))
    assert run(folder, *arguments) == 1
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1 and not (folder / "out").exists()


def test_other_data_are_refused_as_their_truth_is_not_known(folder, capsys):
    with pytest.raises(SystemExit):
        run(folder, "evaluate", "--data", "digits")
    assert "invalid choice: 'digits'" in capsys.readouterr().err
