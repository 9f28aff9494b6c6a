"""``python -m explain photo.png``: a page and five lines when all is well, one clear line when not, and never half."""

import html
import re
from pathlib import Path

import pytest
from PIL import Image

import explain.__main__ as command
import nets
from explain.photo.net import NAMES
from explain.photo.sections import SECTIONS

pytestmark = pytest.mark.filterwarnings("ignore:the map is:UserWarning")  # an untrained net may have nothing to show


def explained(files, *more, net="tiny", weights=None):
    """Run the command on the photo; its exit code."""
    given = ["--net", net, "--weights", weights or files.weights, "--names", files.names, "--quiet"]
    return command.main([files.photo, *given, *more])


def page(folder="photo-explained"):
    return (Path(folder) / "index.html").read_text(encoding="utf-8")


def keys(text):
    return re.findall(r'<section id="([^"]+)">', text)


def options_of(text, key):
    section = re.search(rf'<section id="{key}">.*?</section>', text, flags=re.DOTALL)[0]
    return re.findall(r"<option[^>]*>([^<]*)", section)


def test_a_photo_becomes_a_page_and_the_five_most_probable_classes(files, capsys):
    assert explained(files) == 0
    out = capsys.readouterr().out.splitlines()
    assert len(out) == 7 and out[0].endswith("photo.png by tiny:") and "index.html" in out[6]
    shares = [float(re.match(r" *([\d.]+) %", line)[1]) for line in out[1:6]]
    assert shares == sorted(shares, reverse=True) and abs(sum(shares) - 100) < 0.5
    assert keys(page()) == ["answer", *SECTIONS]


def test_the_command_has_a_name_that_may_be_left_out(files):
    assert command.main(["photo", files.photo, "--net", "tiny", "--weights", files.weights, "--names", files.names,
                         "--method", "gradcam", "--quiet"]) == 0
    assert keys(page()) == ["answer", "gradcam"]


def test_without_a_class_the_two_most_probable_are_explained(files, capsys):
    explained(files, "--method", "gradcam")
    first, second = (line.split("%")[1].split()[0] for line in capsys.readouterr().out.splitlines()[1:3])
    assert [option.split()[0] for option in options_of(page(), "gradcam")] == [first, second]


def test_classes_are_explained_in_the_order_in_which_they_were_asked_for(files):
    assert explained(files, "--class", "mastiff", "--class", "1", "--class", "tiger", "--method", "gradcam") == 0
    assert options_of(page(), "gradcam") == ["3 bull mastiff", "1 tiger cat"]


def test_methods_may_be_repeated_or_listed_and_keep_the_pages_order(files):
    assert explained(files, "--method", "contrastive,gradcam", "--method", "saliency", "--out", "here") == 0
    assert keys(page("here")) == ["answer", "saliency", "gradcam", "contrastive"]


def test_the_page_says_layer_rule_class_and_probability(files):
    assert explained(files, "--class", "boxer", "--layer", "features.1", "--method", "saliency,gradcam") == 0
    text = html.unescape(page())
    assert "layer features.1, 12 × 12 values for each of 4 maps" in text and "vanilla" in text
    assert re.search(r"“boxer” gets [\d.]+ %", text)


def test_two_nets_are_shown_side_by_side(files, capsys):
    assert explained(files, "--compare", "other", "--compare-weights", files.other, "--method", "gradcam") == 0
    out = capsys.readouterr().out
    assert "by tiny:" in out and "by other:" in out
    assert "tiny (layer features.4" in page() and "other (layer features.4" in page()


def test_a_checkpoint_of_training_will_do_for_weights(files, capsys):
    explained(files, "--method", "gradcam", weights=files.other)
    expected = capsys.readouterr().out
    assert explained(files, "--method", "gradcam", weights=files.checkpoint) == 0
    assert capsys.readouterr().out == expected


def test_a_net_of_this_project_takes_photos_as_well(files, tmp_path, capsys):
    nets.save_weights(nets.SmallCNN(), tmp_path / "scenes.npz")
    given = [files.photo, "--net", "small_cnn", "--weights", str(tmp_path / "scenes.npz"), "--method", "gradcam"]
    assert command.main([*given, "--quiet"]) == 0
    out = capsys.readouterr().out
    assert any(name in out for name in nets.CLASSES)


def test_timings_are_told_on_stderr_unless_it_should_be_quiet(files, capsys):
    given = [files.photo, "--net", "tiny", "--weights", files.weights, "--names", files.names, "--method", "gradcam"]
    assert command.main(given) == 0
    assert re.search(r"gradcam +[\d.]+ s", capsys.readouterr().err)
    assert command.main([*given, "--quiet"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (500, 20)])
def test_a_tiny_or_a_long_photo_is_explained_too(size, files):
    Image.new("RGB", size, "red").save(files.photo)
    assert explained(files) == 0 and keys(page()) == ["answer", *SECTIONS]


@pytest.mark.parametrize("key", SECTIONS)
def test_the_code_of_a_section_runs_as_it_stands(key, files, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    assert explained(files, "--method", key) == 0
    for code in re.findall(r"<pre><code>(.*?)</code></pre>", page(), flags=re.DOTALL):
        exec(compile(html.unescape(code), key, "exec"), {"__name__": "__main__"})
    assert Path(f"{key}.png").stat().st_size > 1000


WRONG = {
    "no such photo": (["--method", "gradcam"], "there is no file", "photo"),
    "a method": (["--method", "lime"], "no method 'lime'; the methods are saliency, occlusion,", None),
    "a class": (["--class", "cat"], "class 'cat' may be 0 tabby or 1 tiger cat", None),
    "no class": (["--class", "wombat"], "no class is called 'wombat'", None),
    "a layer": (["--layer", "features.99"], "features.99", None),
    "a flat layer": (["--layer", "classifier"], "without rows and columns", None),
    "weights alone": (["--compare-weights", "x.npz"], "say which with --compare", None),
    "a second net": (["--compare", "nonet"], "there is no net 'nonet'", None),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_mistake_is_one_line_and_nothing_is_written(wrong, files, capsys):
    more, words, missing = WRONG[wrong]
    if missing:
        Path(files.photo).unlink()
    assert explained(files, *more) == 1
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1 and not list(Path.cwd().iterdir())


def test_a_missing_photo_is_no_mistyped_command(files, capsys):
    assert command.main(["cat.jpg", "--quiet"]) == 1
    assert capsys.readouterr().err == "explain: there is no file cat.jpg\n"


def test_a_net_without_published_weights_asks_for_a_file(files, capsys):
    assert command.main([files.photo, "--net", "small_cnn", "--quiet"]) == 1
    assert "no weights are known for 'small_cnn'" in capsys.readouterr().err


def test_a_net_that_takes_no_photos_is_refused(files, tmp_path, capsys):
    nets.save_weights(nets.lenet(), tmp_path / "lenet.npz")
    (tmp_path / "ten.txt").write_text("\n".join("0123456789"))
    given = ["--net", "lenet", "--weights", str(tmp_path / "lenet.npz"), "--names", str(tmp_path / "ten.txt")]
    assert command.main([files.photo, *given, "--quiet"]) == 1
    assert "lenet takes no photos; use one of small_cnn" in capsys.readouterr().err


def test_nets_of_other_classes_are_not_compared(files, tmp_path, capsys, monkeypatch):
    nets.save_weights(nets.SmallCNN(num_classes=10), tmp_path / "small.npz")
    monkeypatch.setitem(NAMES, "tiny", ("a", "b", "c", "d", "e"))
    given = [files.photo, "--net", "small_cnn", "--weights", str(tmp_path / "small.npz"), "--quiet"]
    assert command.main([*given, "--compare", "tiny", "--compare-weights", files.weights]) == 1
    assert "small_cnn knows 10 classes and tiny 5" in capsys.readouterr().err


def test_a_page_that_is_there_stays_whole_if_the_next_one_fails(files, monkeypatch):
    assert explained(files, "--method", "gradcam") == 0
    before = page()
    monkeypatch.setitem(SECTIONS, "gradcam", lambda subject: (_ for _ in ()).throw(ValueError("broken")))
    assert explained(files, "--method", "gradcam") == 1 and page() == before
