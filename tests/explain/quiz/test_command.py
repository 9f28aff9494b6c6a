"""``python -m explain quiz``: a page, or one clear line."""

import json
import re

import pytest

import explain.__main__ as command
import minigrad as mg
import nets

pytestmark = pytest.mark.training  # with the plain loops, a net takes too long for so many scenes


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where a net that knows nothing passes for the trained one."""
    def quick_net(seed=0, folder=None, retrain=False, progress=True):
        mg.manual_seed(seed)
        return nets.SmallCNN(len(nets.CLASSES)).eval(), None

    monkeypatch.setattr(nets, "scenes_net", quick_net)
    return tmp_path


def run(folder, *more):
    return command.main(["quiz", "--quiet", "--out", str(folder / "out"), *more])


def test_the_quiz_is_written_and_said_where(folder, capsys):
    assert run(folder, "--n", "1", "--methods", "gradient,edges") == 0
    page = folder / "out" / "index.html"
    assert f"The quiz, 2 questions, is {page}" in capsys.readouterr().out
    data = json.loads(re.search(r'id="data">(.*?)</script>', page.read_text(encoding="utf-8"))[1])
    assert sorted(one["method"] for one in data["questions"]) == ["edges", "gradient"]


def test_a_seed_means_one_quiz(folder):
    pages = []
    for seed in ("1", "1", "2"):
        assert run(folder, "--n", "1", "--methods", "edges,random", "--seed", seed) == 0
        pages.append((folder / "out" / "index.html").read_bytes())
    assert pages[0] == pages[1] != pages[2]


@pytest.mark.parametrize(("arguments", "words"), [
    (["--methods", "LIME"], "there is no method LIME; the methods are gradient,"),
    (["--n", "0"], "--n is a whole number of at least 1, not 0"),
    (["--seed", "-1"], "--seed is a whole number of at least 0, not -1"),
])
def test_what_cannot_be_done_is_one_line_before_any_training(arguments, words, folder, capsys, monkeypatch):
    monkeypatch.setattr(nets, "scenes_net", lambda *rest, **options: pytest.fail("trained"))
    assert run(folder, *arguments) == 1
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1 and not (folder / "out").exists()
