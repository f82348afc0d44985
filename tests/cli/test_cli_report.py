"""How progress and results are worded."""

from __future__ import annotations

from pathlib import Path

import pytest

from popsim.cli.output import print_json
from popsim.cli.run_progress import BarProgress, LineProgress, progress_on_stderr, speed_text
from popsim.cli.run_report import NOTHING, figure, print_report, print_slice, with_interval
from popsim.runs.progress import SilentProgress


def arm(name: str, **facts: object) -> dict[str, object]:
    return {
        "name": name,
        "label": name.capitalize(),
        "people": 1000,
        "person_days": 28_000,
        "expected_clots_per_10000": 3.0567,
        "expected_low": 2.5,
        "expected_high": 3.6149,
        "sampled_clots_per_10000": 0.0,
        "mean_pooled_ml": 91.04,
        "pulmonary_embolisms": 12,
        "deaths": 1234,
        **facts,
    }


SUMMARY = {
    "run": {"people": 1000, "days": 28, "complete": True},
    "arms": [
        arm("usual", harms={"bleed": {"label": "Bleed", "extra_per_10000": None}}),
        arm(
            "heparin",
            avoided_per_10000=-1.5,
            avoided_low=-3.0,
            avoided_high=0.04,
            harms={"bleed": {"label": "Bleed", "extra_per_10000": 35.6, "extra_low": 34.3, "extra_high": 36.9}},
        ),
    ],
    "path": "runs/heparin-1",
    "database": "runs/heparin-1/results.duckdb",
    "seconds": 2.5,
    "people_days_per_second": 22_400.0,
}


def test_the_report_compares_every_arm_with_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    print_report(SUMMARY)
    told = capsys.readouterr().out
    usual, heparin, bleed = (line for line in told.splitlines() if line.startswith((" Usual", " Heparin", " Bleed")))
    assert usual.split() == ["Usual", "3.06", "(2.5", "to", "3.61)", "–", "0", "12", "1,234", "91", "ml"]
    assert "-1.5 (-3 to 0.04)" in heparin
    assert bleed.split() == ["Bleed", "35.6", "(34.3", "to", "36.9)"]
    assert "extra per 10,000 Heparin" in " ".join(told.split())
    assert "differences to Usual" in told
    assert "Done in 2.5 s, 22.4 thousand people-days a second." in told
    assert told.endswith("Results: runs/heparin-1/results.duckdb\nNext:    popsim dashboard --runs runs\n")


def test_a_single_arm_is_compared_with_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    print_report(SUMMARY | {"arms": [arm("usual")], "database": None, "seconds": None})
    told = capsys.readouterr().out
    assert "differences" not in told
    assert "extra" not in told
    assert "Results: runs/heparin-1\n" in told
    assert "Done" not in told


def test_a_run_that_is_not_all_there_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    run = {"people": 1000, "days": 28, "complete": False, "shards_done": 3, "shards_total": 8}
    print_report(SUMMARY | {"run": run})
    assert "Only 3 of 8 parts of the run are there." in capsys.readouterr().out


def test_a_number_that_cannot_be_told_yet_is_a_dash() -> None:
    assert with_interval({"x": None}, "x", "x") == NOTHING
    assert with_interval({"x": 2.0, "x_low": None, "x_high": 3.0}, "x", "x") == "2"


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "–"), (0, "0"), (12, "12"), (1234, "1,234"), (0.123456, "0.123"), (99.96, "100"), (12_345.6, "12,346")],
)
def test_figures_have_three_digits(value: float | None, words: str) -> None:
    assert figure(value) == words


def test_a_slice_says_how_slices_are_joined(capsys: pytest.CaptureFixture[str]) -> None:
    print_slice(Path("runs/x-part2of4"), (2, 4))
    assert capsys.readouterr().out == (
        "Slice 2 of 4: runs/x-part2of4\nWhen all are done: popsim pack RUN RUN ... --out runs/results.duckdb\n"
    )


@pytest.mark.parametrize(
    ("person_days", "seconds", "words"),
    [
        (500, 1.0, "500 people-days a second"),
        (12_345, 1.0, "12.3 thousand people-days a second"),
        (5_000_000, 2.0, "2.5 million people-days a second"),
        (1, 0.0, ""),
    ],
)
def test_speed(person_days: float, seconds: float, words: str) -> None:
    assert speed_text(person_days, seconds) == words


def test_lines_come_at_every_tenth_and_no_more() -> None:
    lines: list[str] = []
    clock = iter(float(second) for second in range(1000))
    progress = LineProgress(lines.append, lambda: next(clock))
    progress.start(1000)
    for _ in range(200):
        progress.advance(5)
    progress.message("packing")
    progress.finish()
    assert lines[0] == "1,000 people-days to live"
    assert [line.split(" ")[0] for line in lines[1:-1]] == [str(tenth * 10) for tenth in range(1, 11)]
    assert lines[-1] == "packing"


def test_a_run_that_had_nothing_left_to_do_divides_by_nothing() -> None:
    lines: list[str] = []
    progress = LineProgress(lines.append, lambda: 0.0)
    progress.start(0)
    progress.advance(0)
    progress.finish()
    assert lines[0] == "0 people-days to live"


def test_the_bar_can_be_driven_and_stopped_at_any_time(capsys: pytest.CaptureFixture[str]) -> None:
    progress = BarProgress()
    progress.finish()
    progress = BarProgress()
    progress.start(10)
    progress.advance(4)
    progress.message("a worker [died]")
    progress.advance(6)
    progress.finish()
    told = capsys.readouterr()
    assert told.out == ""
    assert "a worker [died]" in told.err


def test_progress_fits_where_it_goes() -> None:
    assert isinstance(progress_on_stderr(quiet=True), SilentProgress)
    assert isinstance(progress_on_stderr(quiet=False), LineProgress)


def test_json_has_no_numbers_that_json_lacks(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": float("nan"), "b": [float("inf"), 1.5], "c": (True, None), 3: "é"})
    assert "".join(capsys.readouterr().out.split()) == '{"a":null,"b":[null,1.5],"c":[true,null],"3":"\\u00e9"}'


def test_the_report_of_a_run_tells_the_time_of_each_plugin(tmp_path):
    from cli_calls import popsim

    told = popsim("run", "office", "--people", 40, "--days", 2, "--engine", "inline", "--out", tmp_path).stdout
    assert "\nOf it in plugins: walking-breaks 0." in told
