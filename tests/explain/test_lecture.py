"""The lecture: the code on its page runs as it stands, and a second run makes only what has changed."""

import html
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import pytest

from explain.lecture import SECTIONS, build
from explain.lecture.build import SPEAKING
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


@dataclass
class Learner:
    """Stands for `Material`: what its nets learned is in files that are written in no time."""

    data: str
    seed: int
    checkpoints: Path
    progress: bool
    retrain: bool

    @property
    def language_checkpoints(self):
        return [self.checkpoints / f"answers-{self.seed}.npz"]

    def train(self):
        self.learn("scenes")

    def speaks(self):
        return not self.retrain and self.language_checkpoints[0].exists()

    def learn_to_speak(self):
        self.learn("answers")

    def learn(self, name):
        self.checkpoints.mkdir(parents=True, exist_ok=True)
        path = self.checkpoints / f"{name}-{self.seed}.npz"
        path.exists() or path.write_text(name)


@pytest.fixture
def made(monkeypatch, tmp_path):
    """Two sections that need no nets; the list says which were made."""
    calls = []

    def section(key):
        def make(material):
            calls.append(key)
            return Section(key, f"Title of {key}", f"data {material.data}?")

        return make

    monkeypatch.setattr(build, "Material", Learner)
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
    assert len(first) == len(second) == 2
    assert set(first) & set(second) == {name for name in first if name.startswith("map-deep")}


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
    assert len(names(tmp_path / "out")) == 5, "the page, two sections, and what two nets learned; no temporary file"
    monkeypatch.setattr(build, "SECTIONS", working)
    build.lecture(tmp_path / "out", seed=1, progress=False)
    assert made == ["map", "map-deep", "map", "map-deep"], "the first is not made a third time"


# The nets of language learn last


@pytest.fixture
def speaking(made, monkeypatch):
    """The second section needs the nets of language; the list says which sections were made."""
    monkeypatch.setattr(build, "SPEAKING", ("map-deep",))
    return made


def test_there_is_a_page_to_read_while_the_nets_of_language_learn(speaking, tmp_path, monkeypatch):
    pages, told, page = [], [], tmp_path / "out" / "index.html"
    monkeypatch.setattr(Learner, "learn_to_speak", lambda self: pages.append(page.read_text()))
    build.lecture(tmp_path / "out", progress=False, tell=told.append)
    (early,), late = pages, page.read_text()
    assert 'id="map"' in early and 'id="map-deep"' not in early and "still to come" in early
    assert 'id="map"' in late and 'id="map-deep"' in late and "still to come" not in late
    assert len(told) == 1 and str(page) in told[0]


def test_who_stops_them_keeps_a_page_and_the_next_run_adds_what_is_missing(speaking, tmp_path, monkeypatch):
    def stopped(self):
        raise KeyboardInterrupt

    with monkeypatch.context() as context, pytest.raises(KeyboardInterrupt):
        context.setattr(Learner, "learn_to_speak", stopped)
        build.lecture(tmp_path / "out", progress=False)
    assert "</html>" in (tmp_path / "out" / "index.html").read_text()
    assert 'id="map-deep"' in build.lecture(tmp_path / "out", progress=False).read_text()
    assert speaking == ["map", "map-deep"], "what the nets of language learn makes no other section anew"


def test_nets_of_language_that_have_learned_let_everything_be_written_at_once(speaking, tmp_path):
    told = []
    build.lecture(tmp_path / "out", progress=False)
    (tmp_path / "explain" / "source.py").write_text("x = 2")
    build.lecture(tmp_path / "out", progress=False, tell=told.append)
    assert told == [] and speaking == ["map", "map-deep"] * 2


def test_what_the_nets_of_language_learn_makes_their_sections_anew(speaking, tmp_path):
    build.lecture(tmp_path / "out", progress=False)
    (tmp_path / "out" / "checkpoints" / "answers-0.npz").write_text("learned more")
    build.lecture(tmp_path / "out", progress=False)
    assert speaking == ["map", "map-deep", "map-deep"]


@pytest.mark.parametrize(("only", "learned"), [("map", "scenes-0.npz"), ("map-deep", "answers-0.npz")])
def test_only_those_nets_learn_that_the_chosen_sections_need(only, learned, speaking, tmp_path):
    told = []
    build.lecture(tmp_path / "out", progress=False, only=[only], tell=told.append)
    assert names(tmp_path / "out" / "checkpoints") == [learned] and told == []


def test_the_sections_on_language_are_among_the_sections():
    assert set(SPEAKING) < set(SECTIONS)
