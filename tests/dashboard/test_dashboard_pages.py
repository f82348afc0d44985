"""Each page on a run that is finished, unfinished, damaged, or not there."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from helpers.synthetic_runs import ARMS, ArmEffect, SyntheticRun, commit, write_run
from streamlit.testing.v1 import AppTest

import popsim_dashboard
from popsim.analysis import key_results
from popsim.store import Results, RunFolder, pack
from popsim_dashboard.words import limits, valued

if TYPE_CHECKING:
    from collections.abc import Callable

RUN = SyntheticRun(people=600, days=8, shards=3, traced=4, traced_days=2)
APP = Path(popsim_dashboard.__file__).with_name("app.py")
_SCRIPT = """
from pathlib import Path
from popsim_dashboard.runs import picked_run
from popsim_dashboard.screens import {screen}
run = picked_run(Path({folder!r}))
run() if callable(run) else {screen}.show(run)
"""


def shown(screen: str, folder: Path) -> AppTest:
    """A page after its first run."""
    page = AppTest.from_string(_SCRIPT.format(screen=screen, folder=str(folder)), default_timeout=40).run()
    assert not page.exception
    return page


def html(page: AppTest) -> str:
    """All cards and tables of a page."""
    return "".join(element.proto.body for element in page.get("html"))


def said(page: AppTest) -> str:
    """All running text of a page."""
    return "\n".join(element.value for element in (*page.markdown, *page.caption, *page.info, *page.error))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("runs")
    write_run(root, "office", RUN)
    return root


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., RunFolder]:
    """Make a run in a folder of its own, with some shards on disk."""

    def make(**changes: object) -> RunFolder:
        return write_run(tmp_path, "office", replace(RUN, **changes))  # type: ignore[arg-type]

    return make


def test_the_app_opens_with_the_overview(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["app.py", "--runs", str(finished)])
    page = AppTest.from_file(str(APP), default_timeout=40).run()
    assert not page.exception
    assert [title.value for title in page.title] == [RUN.title]


def test_the_app_finds_the_runs_by_the_environment_too(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["app.py"])
    monkeypatch.setenv("POPSIM_RUNS", str(finished))
    page = AppTest.from_file(str(APP), default_timeout=40).run()
    assert [title.value for title in page.title] == [RUN.title]


def test_the_overview_shows_what_the_store_holds(finished: Path) -> None:
    page = shown("overview", finished)
    with Results.open(finished / "office") as results:
        answers = key_results(results)
    for answer in answers:
        assert answer.label in html(page)
        assert f"<td>{valued(answer.expected_clots_per_10000)}<small>{limits(answer.expected_clots_per_10000)}" in html(
            page
        )
        if answer.avoided_per_10000:
            assert f'<div class="value">{valued(answer.avoided_per_10000)}</div>' in html(page)


def test_the_overview_says_what_was_run_and_what_it_rests_on(finished: Path) -> None:
    page = shown("overview", finished)
    assert "**600 people** lived the same **8 days** 3 times" in said(page)
    assert "Major bleed" in html(page)
    assert "Pair of stockings" in html(page)
    assert "SHA-256 of the scenario" in html(page)
    assert any('name = "office"' in block.value for block in page.code)


def test_parameters_can_be_searched_and_sifted_by_grade(finished: Path) -> None:
    page = shown("overview", finished)
    assert len(page.dataframe[0].value) == 3
    page.text_input(key="parameter_search").set_value("LEIDEN carriers").run()
    assert list(page.dataframe[0].value["Name"]) == ["clots.ratio_factor_v_leiden"]
    page.text_input(key="parameter_search").set_value("").run()
    page.get("button_group")[0].set_value(["assumed"]).run()
    assert list(page.dataframe[0].value["Grade"]) == ["assumed"]


def test_names_given_by_users_stay_text(folder: Callable[..., RunFolder]) -> None:
    arms = (ArmEffect("usual", "<script>alert(1)</script>"), ArmEffect("other", "Price $5 *now*"))
    page = shown("overview", folder(arms=arms, title="A <b>bold</b> title").path.parent)
    assert "<script" not in html(page)
    assert "&lt;script&gt;" in html(page)


def test_arms_that_share_a_label_are_told_apart(folder: Callable[..., RunFolder]) -> None:
    arms = (ArmEffect("usual", "Same"), ArmEffect("other", "Same", hazard=0.5))
    page = shown("overview", folder(arms=arms).path.parent)
    assert "Same (usual)" in html(page)
    assert "Same (other)" in html(page)


def test_a_run_of_one_arm_needs_no_comparison(folder: Callable[..., RunFolder]) -> None:
    root = folder(arms=ARMS[:1]).path.parent
    assert "lived **8 days**: *As usual*" in said(shown("overview", root))
    assert "one arm only" in said(shown("compare", root))


def test_every_section_of_compare_has_its_chart(finished: Path) -> None:
    page = shown("compare", finished)
    assert [header.value for header in page.header] == [
        "Clots avoided",
        "Blood in the legs through the day",
        "How events add up",
        "By age",
        "By what people are doing",
    ]
    assert len(page.get("vega_lite_chart")) + len(page.get("arrow_vega_lite_chart")) == 5


def test_compare_can_show_other_events_and_names_their_detection(finished: Path) -> None:
    page = shown("compare", finished)
    assert "Detection: truth (all there are)" in said(page)
    page.selectbox(key="curve_measure").select("symptomatic_dvt").run()
    assert not page.exception
    assert "Detection: clinical" in said(page)


def test_what_chance_drew_can_be_shown_beside_what_is_expected(finished: Path) -> None:
    page = shown("compare", finished)
    assert "Open diamonds" not in said(page)
    page.toggle(key="avoided_drawn").set_value(True).run()
    assert not page.exception
    assert "Open diamonds" in said(page)


def test_differences_leave_the_reference_out(finished: Path) -> None:
    page = shown("compare", finished)
    page.get("button_group")[0].set_value("change").run()
    assert not page.exception


def test_a_person_s_day_follows_arm_person_day_and_moment(finished: Path) -> None:
    page = shown("person", finished)
    page.selectbox(key="day_arm").select(2).run()
    page.selectbox(key="day_person").select(3).run()
    page.selectbox(key="day_day").select(1).run()
    page.select_slider(key="day_minute").set_value(300).run()
    assert not page.exception
    assert "**09:00** Sitting at work, from 08:10 to 11:30" in said(page)
    with Results.open(finished / "office") as results:
        ends = results.query(
            "SELECT volume_end_ul / 1e3 AS ml FROM trace"
            " WHERE arm = 2 AND person = 3 AND day = 1 AND start_min = 250 ORDER BY leg"
        )["ml"].to_pylist()
    page.select_slider(key="day_minute").set_value(450).run()
    for millilitres in ends:
        assert f"{millilitres:.0f} mL" in html(page)


def test_a_run_that_followed_nobody_says_so(folder: Callable[..., RunFolder]) -> None:
    root = folder(traced=0).path.parent
    assert "followed nobody" in said(shown("person", root))
    assert "followed nobody" in said(shown("compare", root))


@pytest.mark.parametrize("screen", ["overview", "compare", "person"])
def test_an_interrupted_run_shows_what_it_has_and_how_to_go_on(folder: Callable[..., RunFolder], screen: str) -> None:
    run = folder(committed=1)
    page = shown(screen, run.path.parent)
    assert "Not finished" in said(page)
    assert any(f"popsim run --resume {run.path}" in block.value for block in page.code)
    if screen == "overview":
        assert "the results of 200 of its 600 people" in said(page)


@pytest.mark.parametrize("screen", ["overview", "compare", "person"])
def test_a_run_that_has_just_begun_shows_no_wrong_numbers(folder: Callable[..., RunFolder], screen: str) -> None:
    run = folder(committed=0)
    with run.lock():
        page = shown(screen, run.path.parent)
    assert "Running" in said(page)
    assert "0% done" in "".join(bar.proto.text for bar in page.get("progress"))


def test_a_running_run_grows_on_the_page(folder: Callable[..., RunFolder]) -> None:
    run = folder(committed=1)
    with run.lock():
        page = shown("overview", run.path.parent)
        assert "200 of its 600" in said(page)
        commit(run, RUN, 1)
        page.run()
        assert "400 of its 600" in said(page)
        commit(run, RUN, 2)
    page.run()
    assert "Finished" in said(page)
    assert not page.info


def test_the_packed_file_of_a_finished_run_shows_the_same(folder: Callable[..., RunFolder]) -> None:
    run = folder()
    before = html(shown("overview", run.path.parent))
    pack([run.path])
    assert html(shown("overview", run.path.parent)) == before


@pytest.mark.parametrize("screen", ["overview", "compare", "person"])
def test_without_runs_the_page_says_how_to_make_one(tmp_path: Path, screen: str) -> None:
    page = shown(screen, tmp_path / "nothing")
    assert [title.value for title in page.title] == ["No runs yet"]
    assert page.code[0].value == f"popsim run office --out {tmp_path / 'nothing'}"


def test_the_page_without_runs_comes_to_life_with_the_first(tmp_path: Path) -> None:
    page = shown("overview", tmp_path)
    write_run(tmp_path, "office", RUN)
    page.run()
    assert [title.value for title in page.title] == [RUN.title]


def _cut_short(run: RunFolder) -> None:
    victim = next(run.shards_path.glob("*.summary.parquet"))
    victim.write_bytes(victim.read_bytes()[:40])


def _garble(run: RunFolder) -> None:
    (run.path / "run.json").write_text("{ not json", encoding="utf-8")


@pytest.mark.parametrize("harm", [_cut_short, _garble])
def test_a_damaged_run_is_one_sentence_and_others_stay_open(tmp_path: Path, harm: Callable[[RunFolder], None]) -> None:
    broken = write_run(tmp_path, "broken", RUN)
    harm(broken)
    page = shown("overview", tmp_path)
    assert len(page.error) == 1
    assert "\n" not in page.error[0].value.strip()
    assert f"popsim verify {broken.path}" in [block.value for block in page.code]
    write_run(tmp_path, "whole", RUN)
    page.run()
    page.selectbox(key="run").select_index(1).run()
    assert not page.error
    assert [title.value for title in page.title] == [RUN.title]


def test_the_leg_can_be_ill_and_helped(tmp_path: Path) -> None:
    page = AppTest.from_string("from popsim_dashboard.screens import leg; leg.show(None)", default_timeout=60).run()
    assert not page.exception
    healthy = page.metric[0].value
    page.multiselect(key="leg_condition").set_value(["deep-reflux"]).run()
    assert not page.exception
    assert float(page.metric[0].value.split()[0]) > float(healthy.split()[0])
    assert "↑ high" in html(page)
    page.get("button_group")[0].set_value("lying").run()
    assert not page.exception
    assert not page.slider
