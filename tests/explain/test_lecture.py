"""The lecture: the code on its page runs as it stands, and a second run makes only what has changed."""

import html
import re
import warnings
from types import SimpleNamespace

import pytest

from explain.lecture import SECTIONS, build
from explain.page import Section


@pytest.mark.training
@pytest.mark.parametrize("key", SECTIONS)
def test_the_code_of_a_section_runs_as_it_stands(key, made_lecture, quick_recipes, monkeypatch):
    page = (made_lecture / "lecture" / "index.html").read_text(encoding="utf-8")
    section = re.search(rf'<section id="{key}">.*?</section>', page, flags=re.DOTALL)[0]
    codes = re.findall(r"<pre><code>(.*?)</code></pre>", section, flags=re.DOTALL)
    assert codes, "every section says how it was made"
    monkeypatch.chdir(made_lecture)
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.setattr("nets.training.Run.step", lambda *_: pytest.fail("trains another net than the page did"))
    for code in codes:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # nets that have hardly learned may have no evidence to show
            exec(compile(html.unescape(code), key, "exec"), {"__name__": "__main__"})


@pytest.fixture
def made(monkeypatch, tmp_path):
    """Two sections that need no nets; the list says which were made."""
    calls = []

    def section(key):
        def make(material):
            calls.append(key)
            return Section(key, f"Title of {key}", f"data {material.data}?")

        return make

    material = lambda data, *_: SimpleNamespace(data=data, train=lambda: None)  # noqa: E731
    monkeypatch.setattr(build, "Material", material)
    monkeypatch.setattr(build, "SECTIONS", {key: section(key) for key in ("map", "map-deep")})
    monkeypatch.setattr(build, "__file__", str(tmp_path / "explain" / "lecture" / "build.py"))
    (tmp_path / "explain").mkdir()
    (tmp_path / "explain" / "source.py").write_text("x = 1\n")
    return calls


def names(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_second_run_makes_nothing_anew(made, tmp_path):
    page = build.lecture(tmp_path / "out", progress=False)
    before = page.read_bytes()
    assert made == ["map", "map-deep"]
    assert build.lecture(tmp_path / "out", progress=False).read_bytes() == before and made == ["map", "map-deep"]


@pytest.mark.parametrize("options", [{"seed": 1}, {"data": "digits"}])
def test_another_option_makes_all_anew(options, made, tmp_path):
    build.lecture(tmp_path / "out", progress=False)
    build.lecture(tmp_path / "out", progress=False, **options)
    assert made == ["map", "map-deep"] * 2


@pytest.mark.parametrize("changed", ["explain/source.py", "out/checkpoints/scenes-0.npz"])
def test_another_source_or_net_makes_all_anew(changed, made, tmp_path):
    build.lecture(tmp_path / "out", progress=False)
    (tmp_path / changed).parent.mkdir(exist_ok=True)
    (tmp_path / changed).write_text("x = 2\n")
    build.lecture(tmp_path / "out", progress=False)
    assert made == ["map", "map-deep"] * 2


def test_what_a_section_replaces_is_removed_and_nothing_of_its_neighbours(made, tmp_path):
    build.lecture(tmp_path / "out", progress=False)
    first = names(tmp_path / "out" / "sections")
    build.lecture(tmp_path / "out", seed=1, progress=False, only=["map"])
    second = names(tmp_path / "out" / "sections")
    assert len(first) == len(second) == 2 and [name in second for name in first] == [False, True] == [
        name.startswith("map-deep") for name in second]


def test_a_part_of_the_page_can_be_made_and_keeps_the_order(made, tmp_path):
    page = build.lecture(tmp_path / "out", progress=False, only=["map-deep"])
    assert made == ["map-deep"] and b"Title of map-deep" in page.read_bytes() and b'id="map"' not in page.read_bytes()
    text = build.lecture(tmp_path / "out", progress=False, only=["map-deep", "map"]).read_text()
    assert made == ["map-deep", "map"] and text.index('<section id="map"') < text.index('<section id="map-deep"')


def test_a_section_that_there_is_not_is_refused_with_those_there_are(made, tmp_path):
    with pytest.raises(ValueError, match="no section nothing; the sections are map, map-deep"):
        build.lecture(tmp_path / "out", only=["map", "nothing"])
    assert made == [] and not (tmp_path / "out").exists()


def test_when_a_section_fails_nothing_is_half_written_and_what_was_done_is_kept(made, tmp_path, monkeypatch):
    working = dict(build.SECTIONS)
    page = build.lecture(tmp_path / "out", progress=False)
    before = page.read_bytes()

    def fails(_):
        raise ValueError("no such layer")

    monkeypatch.setattr(build, "SECTIONS", working | {"map-deep": fails})
    with pytest.raises(ValueError, match="no such layer"):
        build.lecture(tmp_path / "out", seed=1, progress=False)
    assert page.read_bytes() == before, "the old page is as it was"
    assert len(names(tmp_path / "out")) == 3, "the page and two sections, no temporary file"
    monkeypatch.setattr(build, "SECTIONS", working)
    build.lecture(tmp_path / "out", seed=1, progress=False)
    assert made == ["map", "map-deep", "map", "map-deep"], "the first is not made a third time"
