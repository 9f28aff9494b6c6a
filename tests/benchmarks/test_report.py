"""Tables, JSON and charts of made-up results."""

import io

import pytest
from PIL import Image

from benchmarks import charts, report


def line(text, start):
    return next(one for one in text.splitlines() if one.lstrip("| ").startswith(start))


@pytest.mark.parametrize("form", [report.table, report.markdown])
def test_a_table_shows_rows_where_we_win_and_where_we_lose_alike(form, made_up):
    text = form(*made_up)
    assert "0.50 (0.50-0.50)" in line(text, "wide") and "2.00 (2.00-2.00)" in line(text, "narrow")


@pytest.mark.parametrize("form", [report.table, report.markdown])
def test_a_table_says_what_differs_or_failed_and_why(form, made_up):
    text = form(*made_up)
    assert "DIFFERS" in line(text, "wrong") and "5.0e-01" in line(text, "wrong")
    assert "FAILED" in line(text, "a crash") and "out of memory" in line(text, "a crash")


@pytest.mark.parametrize("form", [report.table, report.markdown])
def test_the_header_names_the_machine_the_threads_and_the_peak(form, made_up):
    text = form(*made_up)
    for word in ("Made-up 9000", "2 threads on both sides", "peak 100 GFLOP/s", "torch 2.13.0", "less than 1"):
        assert word in text


@pytest.mark.parametrize("form", [report.table, report.markdown])
def test_without_torch_the_header_says_against_whom_instead(form, made_up):
    machine, rows = made_up
    machine |= {"peer": "NumPy and SciPy", "versions": {"numpy": "2.0"}}
    assert "NumPy and SciPy (PyTorch is not installed)" in form(machine, rows)


def test_each_group_has_its_geometric_mean(made_up):
    means = [one for one in report.table(*made_up).splitlines() if one.startswith("geometric mean")]
    assert [one.split()[-1] for one in means] == ["1.00", "0.75"]  # of 0.5 and 2, and of 30/40


def test_the_speed_is_also_given_as_a_share_of_the_peak(made_up):
    assert "20 (20%)" in line(report.table(*made_up), "wide")  # 2 GFLOP in 0.1 s, of 100 GFLOP/s


def test_the_columns_of_the_terminal_are_aligned(made_up):
    rows = [one for one in report.table(*made_up).splitlines() if "(0.50-0.50)" in one or "(2.00-2.00)" in one]
    assert len({one.index(")") for one in rows}) == 1


def test_json_brings_back_what_was_measured(made_up):
    assert report.from_json(report.as_json(*made_up)) == made_up


@pytest.mark.parametrize("text", ["{}", "[1]", '{"machine": {}, "rows": [{"colour": 1}]}', "not json"])
def test_another_json_is_refused(text):
    with pytest.raises(ValueError):
        report.from_json(text)


def test_only_what_stands_between_the_markers_is_replaced(tmp_path):
    file = tmp_path / "README.md"
    file.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    report.write_between_markers(file, r"new \1 text")
    assert file.read_text() == f"before\n{report.BEGIN}\nnew \\1 text\n{report.END}\nafter\n"


@pytest.mark.parametrize("text", ["", report.BEGIN, f"{report.END}{report.BEGIN}", f"{report.BEGIN}{report.END}" * 2])
def test_a_file_without_the_two_markers_is_left_alone(text, tmp_path):
    file = tmp_path / "README.md"
    file.write_text(text)
    with pytest.raises(ValueError, match="once each"):
        report.write_between_markers(file, "new")
    assert file.read_text() == text


def test_the_chart_has_a_bar_for_every_ratio_on_its_side_of_the_line(made_up):
    ax = charts.figure(*made_up).axes[0]
    ends = sorted(round(bar.get_x() + bar.get_width(), 2) for bar in ax.patches)
    starts = {bar.get_x() for bar in ax.patches}
    assert ends == [0.5, 0.75, 2.0] and starts == {1}


def test_the_chart_of_sizes_has_logarithmic_axes(made_up):
    ax = charts.figure(*made_up).axes[1]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert ax.lines[0].get_xydata().tolist() == [[8.0, 4.0]]  # milliseconds


def test_a_chart_of_nothing_is_refused(made_up):
    machine, rows = made_up
    with pytest.raises(ValueError, match="nothing to plot"):
        charts.figure(machine, rows[2:3])


def test_the_charts_name_says_what_kind_of_file_it_is(made_up):
    assert Image.open(io.BytesIO(charts.image(*made_up, "a.png"))).format == "PNG"
    assert b"<svg" in charts.image(*made_up, "a.svg")
