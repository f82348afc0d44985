"""Cases run from end to end: the same number on two ways, JSON for programs, a page and a picture for people."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from cli_validate import popsim, popsim_json
from validation_tables import case

from popsim.validation import CaseResult, Limits, load_case, run_case
from popsim.validation.case import Target
from popsim.validation.estimators import Outcome
from popsim.validation.forest import forest_svg
from popsim.validation.report import report
from popsim.validation.verdict import precise_enough, z_score

if TYPE_CHECKING:
    from pathlib import Path

    from popsim.hooks import PluginRegistry

KEYS = ["id", "target", "low", "high", "model", "model_low", "model_high", "mc_se", "z", "verdict"]
PATIENTS = """\
id = "{id}"
title = "Patients without prophylaxis"

[scenario]
days = 15
routine = {{ diaries_per_group = 8 }}

[scenario.people]
count = {people}
where = {{ age = [60, 90] }}
set = {{ prior_vte = false }}

[[scenario.stays]]
reason = "medical"
day = 0
length_days = 10

[window]
{window}

[detection]
method = "{method}"

[estimator]
{estimator}

[target]
estimate = 0.15
low = 0.01
high = 0.9
definition = "d"
source = "s"
confidence = "found"
"""


def _write(tmp_path: Path, name: str, **given: object) -> Path:
    path = tmp_path / f"{name}.toml"
    plain = {
        "people": 800,
        "window": 'since = "admission"\nto_day = 14',
        "method": "venography",
        "estimator": 'kind = "cumulative_incidence"',
    }
    path.write_text(PATIENTS.format(id=name, **(plain | given)), encoding="utf-8")
    return path


def test_a_case_runs_and_programs_get_exactly_these_facts(tmp_path: Path) -> None:
    path, plot, page = _write(tmp_path, "P1"), tmp_path / "plot.svg", tmp_path / "page.md"
    (row,) = popsim_json("validate", path, "--people", 800, "--plot", plot, "--report", page)
    assert list(row) == KEYS
    assert row["id"] == "P1"
    assert 0.01 < row["model_low"] < row["model"] < row["model_high"] < 0.9
    assert row["verdict"] == "inside"
    assert ET.fromstring(plot.read_text(encoding="utf-8")).tag.endswith("svg")
    assert "| P1 | Patients without prophylaxis | venography |" in page.read_text(encoding="utf-8")


def test_people_read_a_table(tmp_path: Path) -> None:
    done = popsim("validate", _write(tmp_path, "P1"), "--people", 100)
    assert done.exit_code == 0
    assert "1 of 1 inside" in done.stdout


def test_a_broken_case_is_told_without_a_traceback(tmp_path: Path) -> None:
    path = _write(tmp_path, "P1", method="guessing")
    done = popsim("validate", path)
    assert done.exit_code == 2
    assert f"{path}:23: detection.method: expected one of" in done.stderr
    assert "Traceback" not in done.output


def test_the_same_case_gives_the_same_number(tmp_path: Path, registry: PluginRegistry) -> None:
    loaded = load_case(_write(tmp_path, "P1"), registry)
    first, second = (run_case(loaded, registry, Limits(people=200)) for _ in range(2))
    assert first.outcome == second.outcome


def test_people_double_until_time_is_up(tmp_path: Path, registry: PluginRegistry) -> None:
    loaded = load_case(_write(tmp_path, "P1", people=50), registry)
    narrow = loaded.case.model_copy(
        update={"target": Target(estimate=0.5, low=0.4999, high=0.5001, definition="d", source="s", confidence="c")}
    )
    found = run_case(type(loaded)(narrow, loaded.path, loaded.scenarios), registry, Limits(max_seconds=3))
    assert not found.precise
    assert found.people in {50 << k for k in range(12)}


def test_integrated_hazard_and_counted_events_agree(tmp_path: Path, registry: PluginRegistry) -> None:
    both = {"people": 6000, "method": "truth"}
    rate = 'kind = "incidence_rate"'
    counted, expected = (
        run_case(
            load_case(
                _write(tmp_path, name, **both, estimator=f"{rate}\nbasis = '{name}'", window="to_day = 14"), registry
            ),
            registry,
            Limits(people=6000),
        ).outcome
        for name in ("events", "expected")
    )
    assert expected.mc_se < counted.mc_se
    assert abs(expected.value - counted.value) < 4 * math.hypot(expected.mc_se, counted.mc_se)


def _target(**given: float) -> Target:
    return Target(**({"estimate": 2.0, "definition": "d", "source": "s", "confidence": "c"} | given))  # type: ignore[arg-type]


def _result(value: float, target: Target, kind: str = "cumulative_incidence", mc_se: float = 0.0) -> CaseResult:
    of = case(estimator={"kind": kind}).model_copy(update={"target": target})
    return CaseResult(of, Outcome(value, value - mc_se, value + mc_se, mc_se), 1, 1.0, True)


def test_inside_means_the_published_interval_or_a_fifth() -> None:
    interval, none = _target(low=1.0, high=3.5), _target()
    assert [_result(v, interval).inside for v in (0.99, 1.0, 3.5, 3.51)] == [False, True, True, False]
    assert [_result(v, none).inside for v in (1.59, 1.61, 2.39, 2.41)] == [False, True, True, False]
    assert not _result(math.nan, interval).inside


def test_z_is_the_distance_in_standard_errors() -> None:
    interval = _target(low=2 - 1.959964, high=2 + 1.959964)
    assert _result(5.0, interval).z == pytest.approx(3.0)
    assert _result(5.0, interval, mc_se=1.0).z == pytest.approx(3.0 / math.sqrt(2))
    ratio = _target(low=2 / math.exp(1.959964), high=2 * math.exp(1.959964))
    assert z_score(case(estimator={"kind": "incidence_rate"}).model_copy(update={"target": ratio}), Outcome(
        2 * math.e, 1, 1, 0.0
    )) == pytest.approx(1.0)  # fmt: skip


def test_enough_is_a_fifth_of_the_half_width() -> None:
    target = _target(low=1.0, high=3.0)
    assert [precise_enough(target, Outcome(2.0, 1, 3, se)) for se in (0.19, 0.21, math.nan)] == [True, False, False]
    assert not precise_enough(target, Outcome(0.0, 0, 0, 0.0))


def test_the_picture_has_a_row_for_each_case_and_survives_odd_numbers() -> None:
    target = _target(low=1.0, high=3.0)
    results = [_result(value, target) for value in (2.0, 0.0, 1e9, math.nan)]
    root = ET.fromstring(forest_svg(results))
    marks = [float(e.get("cx", "0")) for e in root.iter("{http://www.w3.org/2000/svg}circle")]
    assert len(marks) == 3
    assert sum("no event" in (e.text or "") for e in root.iter("{http://www.w3.org/2000/svg}text")) == 1


def test_a_picture_puts_larger_ratios_further_right() -> None:
    target = _target(low=1.0, high=3.0)
    root = ET.fromstring(forest_svg([_result(value, target) for value in (0.5, 1.0, 2.0, 8.0)]))
    places = [float(e.get("cx", "0")) for e in root.iter("{http://www.w3.org/2000/svg}circle")]
    assert all(a < b for a, b in pairwise(places))


def test_the_page_tells_hits_and_misses() -> None:
    page = report([_result(2.0, _target(low=1.0, high=3.0)), _result(9.0, _target())])
    assert "| Reproduced or missed | 2 | 1 |" in page
    assert "**outside**" in page
    assert "## Add a case" in page
