"""The command line: one clear line when something is wrong, and a page when nothing is."""

import pytest

import explain.__main__ as command
import nets


def test_a_damaged_checkpoint_is_one_clear_line_and_exit_code_1(tmp_path, capsys):
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    (folder / "scenes-0.npz").write_bytes(b"not a checkpoint")
    assert command.main(["lecture", "--out", str(tmp_path), "--quiet"]) == 1
    error = capsys.readouterr().err
    assert "scenes-0.npz is not a whole checkpoint" in error and error.count("\n") == 1


def test_an_unknown_command_says_what_there_is(capsys):
    with pytest.raises(SystemExit):
        command.main(["lectures"])
    assert "lecture" in capsys.readouterr().err


@pytest.mark.training
@pytest.mark.filterwarnings("ignore:Grad-CAM of picture")  # a net that has hardly learned may have no evidence
def test_the_page_is_written_and_its_nets_are_kept(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(nets.recipes, "SCENES", 64)
    monkeypatch.setattr(nets.recipes, "SCENES_RECIPE", nets.Recipe(epochs=1))
    monkeypatch.setattr(nets.recipes, "DIGITS_RECIPE", nets.Recipe(epochs=1, batch_size=256))
    monkeypatch.setattr("explain.lecture.TEST_SCENES", 8)
    assert command.main(["lecture", "--out", str(tmp_path), "--quiet"]) == 0
    page = tmp_path / "index.html"
    assert str(page) in capsys.readouterr().out and b"One object, six explanations" in page.read_bytes()
    monkeypatch.setattr("nets.training.Run.step", lambda *_: pytest.fail("trained again"))
    nets.scenes_net(folder=tmp_path / "checkpoints", progress=False)
    nets.digits_net(folder=tmp_path / "checkpoints", progress=False)
