"""The command line: one clear line when something is wrong, and a page when nothing is."""

import pytest
from PIL import Image

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


@pytest.mark.parametrize(("option", "words"), [
    (["--only", "net,nothing"], "there is no section nothing; the sections are net, one-object,"),
    (["--data", "nothing"], "use scenes, digits, mnist, fashion_mnist, cifar10, or the path of a folder"),
])
def test_an_unknown_choice_is_one_line_with_the_ones_there_are(option, words, tmp_path, capsys):
    assert command.main(["lecture", "--out", str(tmp_path / "out"), "--quiet", *option]) == 1
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1 and not (tmp_path / "out").exists()


@pytest.mark.training
def test_the_page_is_written_and_its_nets_are_kept(made_lecture, quick_recipes, capsys, monkeypatch):
    page = made_lecture / "lecture" / "index.html"
    before = page.read_bytes()
    monkeypatch.setattr("nets.training.Run.step", lambda *_: pytest.fail("trained again"))
    assert command.main(["lecture", "--out", str(page.parent), "--quiet"]) == 0
    assert str(page) in capsys.readouterr().out and page.read_bytes() == before
    assert b"One object, six explanations" in before


@pytest.mark.training
@pytest.mark.filterwarnings("ignore::UserWarning")  # a net that has hardly learned may have no evidence to show
def test_a_folder_of_pictures_can_be_shown(tmp_path, quick_recipes, capsys):
    photos = tmp_path / "photos"
    drawn = nets.scenes(40, seed=1, objects=1, size=32)
    for image, label in zip(drawn.images, drawn.labels % 2):
        folder = photos / ("left", "right")[label]
        folder.mkdir(parents=True, exist_ok=True)
        pixels = Image.fromarray(((image.transpose(1, 2, 0) + 1) * 127.5).astype("uint8"))
        pixels.save(folder / f"{len(list(folder.iterdir()))}.png")
    out = ["--out", str(tmp_path / "out"), "--only", "one-object", "--quiet"]
    assert command.main(["lecture", "--data", str(photos), *out]) == 0
    page = (tmp_path / "out" / "index.html").read_text()
    assert f"nets.image_folder(&#x27;{photos}&#x27;)" in page and len(list((tmp_path / "out").rglob("photos-*"))) == 1
