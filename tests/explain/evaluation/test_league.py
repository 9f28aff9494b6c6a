"""The league table: chunks leave no trace, ranks and leads by hand, and what is written down."""

import csv
import json
import sys

import numpy as np
import pytest

import minigrad as mg
import nets
from explain.evaluation import report
from explain.evaluation.league import SCENES_SEED, League, chunk, league
from explain.evaluation.measures import MEASURES, measured
from explain.evaluation.methods import chosen
from nets.recipes import FIRST_HELD_OUT_SEED, read_small_cnn

NAMES = ("gradient", "edges", "random")
TWO = ("gradient", "edges")


@pytest.fixture(scope="module")
def net(tmp_path_factory):
    """The checkpoint of a net that has hardly learned anything."""
    path = tmp_path_factory.mktemp("net") / "scenes-0.npz"
    mg.manual_seed(0)
    drawn = nets.scenes(64, seed=0, objects=1)
    model = nets.SmallCNN(len(nets.CLASSES))
    nets.train(model, lambda epoch: (drawn.images, drawn.labels), nets.Recipe(1), checkpoint=path, progress=False)
    return path


@pytest.fixture
def table():
    """Three methods, all measures, two scenes; everything is 0 but what a test sets."""
    return League(NAMES, np.zeros((2, 3, len(MEASURES))), {"n": 2})


def with_values(table, k, values):
    """Measure k of the methods, the same in both scenes or one list for each."""
    table.values[:, :, k] = values
    return table


@pytest.mark.training
def test_chunks_leave_no_trace(net):
    whole = chunk(net, TWO, 3, 62, 65)
    parts = [chunk(net, TWO, 3, start, stop) for start, stop in ((62, 63), (63, 65))]
    assert np.concatenate(parts).tobytes() == whole.tobytes()


@pytest.mark.training
def test_a_method_has_the_same_numbers_in_any_company(net):
    assert chunk(net, ["edges"], 0, 0, 1)[:, 0].tobytes() == chunk(net, TWO, 0, 0, 1)[:, 1].tobytes()


@pytest.mark.training
def test_a_chunk_is_the_scenes_one_after_the_other(net):
    drawn = nets.scenes(2, SCENES_SEED + 5, objects=2)
    slow = [measured(read_small_cnn(net), drawn[i], chosen(TWO), seed=i) for i in range(2)]
    assert np.array_equal(chunk(net, TWO, 5, 0, 2), slow, equal_nan=True)


@pytest.mark.training
def test_no_measure_tells_one_random_map_from_another(net):
    names = ("random", "random again")
    _, low, high = League(names, chunk(net, names, 0, 0, 16)).lead(*names, level=0.999)
    assert ((low <= 0) & (high >= 0)).all()


def test_no_net_was_trained_on_the_scenes():
    assert SCENES_SEED > FIRST_HELD_OUT_SEED


def test_the_league_is_a_chunk_with_names(net, monkeypatch):
    def empty_chunk(model, names, seed, start, stop, *rest):
        return np.zeros((stop - start, 1, len(MEASURES)))
    monkeypatch.setattr(sys.modules["explain.evaluation.league"], "chunk", empty_chunk)
    found = league(net, "edges", n=7, seed=2)
    assert found.methods == ("edges",) and found.settings["n"] == 7 and found.settings["seed"] == 2


def test_ranks_go_by_the_better_side_and_equal_means_share_the_better(table):
    assert MEASURES[0].better == "higher" and MEASURES[4].better == "lower"
    with_values(with_values(table, 0, [0.2, 0.9, 0.2]), 4, [0.2, 0.9, 0.1])
    assert table.ranks()[:, 0].tolist() == [2, 1, 2] and table.ranks()[:, 4].tolist() == [2, 3, 1]


def test_a_lead_is_that_of_the_same_scenes(table):
    table.values[:, 0, 4], table.values[:, 1, 4] = [0.1, 0.7], [0.2, 0.8]  # wide apart, yet always 0.1 better
    mean, low, high = table.lead("gradient", "edges")
    assert [part[4] for part in (mean, low, high)] == pytest.approx([0.1, 0.1, 0.1])


def test_a_lead_over_what_was_not_measured_is_refused(table):
    with pytest.raises(ValueError, match="'LIME' was not measured; the methods are gradient, edges, random"):
        table.lead("gradient", "LIME")


def test_an_edge_detector_that_wins_is_named(table):
    with_values(with_values(table, 0, [0.2, 0.9, 0.2]), 4, [0.1, 0.9, 0.1])
    assert report.lost_to_edges(table) == ["An edge detector does better than gradient in pointing game."]


def test_an_edge_detector_that_does_not_win_is_not(table):
    assert report.lost_to_edges(with_values(table, 0, [0.9, 0.2, 0.2])) == []


def test_the_text_has_all_methods_and_a_star_for_the_best(table):
    text = report.text(with_values(table, 0, [[0.2, 0.8, 0.1], [0.2, 0.6, 0.3]]))
    assert [line.split()[1:3] for line in text.splitlines()[1:3]] == [["0.200", "±0.000"], ["0.700*", "±0.100"]]


def test_what_is_written_can_be_read(table, tmp_path):
    table.values[:, 0, 0] = np.nan
    paths = report.write(table, tmp_path)
    assert [path.name for path in paths] == ["league.csv", "league.json", "league.png", "league.npz"]
    with paths[0].open(newline="") as file:
        lines = list(csv.DictReader(file))
    kept = json.loads(paths[1].read_text())
    assert len(lines) == len(kept["results"]) == 3 * len(MEASURES) and kept["settings"] == {"n": 2}
    assert lines[0]["mean"] == "" and kept["results"][0]["mean"] is None and kept["results"][0]["n"] == 0
    assert paths[2].read_bytes().startswith(b"\x89PNG")


def test_a_table_that_is_read_again_is_the_same_to_the_last_bit(table, tmp_path):
    table.values[:] = np.random.default_rng(0).random(table.values.shape)
    table.values[0, 0, 0] = np.nan
    report.write(table, tmp_path)
    again = report.read(tmp_path / "league.npz")
    assert again.values.tobytes() == table.values.tobytes()
    assert (again.methods, again.measures, again.settings) == (table.methods, table.measures, table.settings)


def test_what_is_no_table_is_not_read(net, tmp_path):
    with pytest.raises(ValueError, match="is no league table"):
        report.read(net)


def test_the_lead_over_a_random_map_is_written_as_well(table):
    table.values[:, 0, 4], table.values[:, 2, 4] = [0.1, 0.7], [0.3, 0.9]
    record = report.rows(table)[4]
    assert [record[name] for name in ("lead", "lead_low", "lead_high")] == pytest.approx([0.2, 0.2, 0.2])


def test_without_a_random_map_there_is_no_lead_to_write(table):
    assert "lead" not in report.rows(League(NAMES[:2], table.values[:, :2]))[0]


def test_the_picture_has_a_panel_for_each_measure_the_better_side_at_the_right(table):
    figure = report.picture(table)
    panels = [ax for ax in figure.axes if ax.get_visible()]
    assert len(panels) == len(MEASURES)
    assert [ax.xaxis_inverted() for ax in panels] == [measure.better == "lower" for measure in MEASURES]


@pytest.mark.parametrize(("start", "stop"), [(3, 3), (-1, 2), (4, 2)])
def test_an_empty_chunk_is_refused(net, start, stop):
    with pytest.raises(ValueError, match="start must be at least 0 and less than stop"):
        chunk(net, NAMES, 0, start, stop)


def test_values_must_fit_the_names():
    with pytest.raises(ValueError, match=r"must be \(scenes, 3, 11\)"):
        League(NAMES, np.zeros((5, 2, 11)))


def test_a_file_that_is_no_such_net_is_refused(tmp_path):
    model = nets.lenet()
    nets.train(model, lambda epoch: (np.zeros((2, 1, 28, 28), "float32"), np.zeros(2, int)), nets.Recipe(epochs=1),
               checkpoint=tmp_path / "lenet.npz", progress=False)
    with pytest.raises(ValueError, match="holds no SmallCNN"):
        read_small_cnn(tmp_path / "lenet.npz")


class Stopped(Exception):
    """What a power cut does."""


def test_a_run_that_was_stopped_goes_on_from_what_was_kept(net, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules["explain.evaluation.league"], "CHUNK", 2)
    computed = []

    def counted(work, chunks, tick):
        for one in chunks:
            if len(computed) == 2:
                computed.append(one)
                raise Stopped
            computed.append(one)
            yield one, np.random.default_rng(one.start).random((len(one), 1, len(MEASURES)))

    with pytest.raises(Stopped):
        league(net, "edges", n=7, folder=tmp_path, compute=counted)
    resumed = league(net, "edges", n=7, folder=tmp_path, compute=counted)
    assert computed == [range(0, 2), range(2, 4), range(4, 6), range(4, 6), range(6, 7)]
    computed.clear()
    whole = league(net, "edges", n=4, compute=counted).values
    assert resumed.values[:4].tobytes() == whole.tobytes()


def test_nothing_is_computed_twice_and_a_damaged_chunk_again(net, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules["explain.evaluation.league"], "CHUNK", 1)

    def zeros(work, chunks, tick):
        asked.extend(chunks)
        return ((one, np.zeros((len(one), 1, len(MEASURES)))) for one in chunks)

    for damage, wanted in ((None, [range(0, 1), range(1, 2)]), (None, []), (1, [range(1, 2)])):
        asked = []
        if damage is not None:
            sorted(tmp_path.iterdir())[damage].write_bytes(b"PK half a file")
        league(net, "edges", n=2, folder=tmp_path, compute=zeros)
        assert asked == wanted
