"""What pages are made of: numbers in words, colours, drawings, the moving leg."""

from __future__ import annotations

import json
import re
import tomllib
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

import popsim_dashboard
from popsim.analysis import Estimate
from popsim.legs import cycle
from popsim.routines.activities import CORE_ACTIVITIES
from popsim_dashboard.day_charts import POSTURES, clock, posture_of
from popsim_dashboard.leg_animation import FRAMES, animation, frames
from popsim_dashboard.leg_drawing import LegPicture, blood_colour, labelled, shared_out, two_legs
from popsim_dashboard.theme import REFERENCE, arm_colours
from popsim_dashboard.words import NOT_KNOWN, counted_noun, limits, number, plain, rounded, times, with_limits

PACKAGE = Path(popsim_dashboard.__file__).parent


@pytest.mark.parametrize(
    ("value", "reach", "text"),
    [
        (16.138, 0.86, "16.1"),
        (1149.2, 93.0, "1,149"),
        (0.0024, 0.0043, "0.002"),
        (-3.21, 0.4, "−3.2"),
        (0.0, 0.0, "0"),
        (-0.001, 5.0, "0"),
        (2000.0, 0.0, "2,000"),
        (0.0644, 0.017, "0.064"),
        (float("nan"), 0.0, NOT_KNOWN),
    ],
)
def test_numbers_keep_the_digits_their_interval_supports(value: float, reach: float, text: str) -> None:
    assert number(value, reach) == text


def test_an_estimate_is_read_with_its_limits() -> None:
    assert with_limits(Estimate(16.138, 15.28, 17.0, "clots")) == "16.1 (15.3 to 17.0)"
    assert with_limits(Estimate(5.0, float("nan"), float("nan"), "clots")) == "5"
    assert limits(Estimate(0.0, 0.0, 0.0, "clots")) == ""


def test_text_of_users_loses_nothing_but_its_marks() -> None:
    text = "A *b* [c](d) $e$ :red[f] \\ g"
    assert plain(text) != text
    assert re.sub(r"\\(.)", r"\1", plain(text)) == text


@pytest.mark.parametrize(
    ("value", "text"), [(902_756.0, "903,000"), (1_234.0, "1,230"), (85.53, "85.5"), (-4_567.0, "-4,570")]
)
def test_large_numbers_keep_three_digits(value: float, text: str) -> None:
    assert rounded(value).replace("−", "-") == text


def test_nouns_agree_with_their_number() -> None:
    assert counted_noun(1, "person", "people") == "1 person"
    assert counted_noun(2000, "person", "people") == "2,000 people"
    assert [times(count) for count in (1, 2, 3)] == ["once", "twice", "3 times"]


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def test_each_arm_keeps_a_colour_of_its_own_and_the_reference_is_grey() -> None:
    colours = arm_colours(["usual", "a", "b", "c", "d"])
    assert colours["usual"] == REFERENCE
    assert len(set(colours.values())) == 5
    assert arm_colours(["usual", "a"])["a"] == colours["a"]


def test_lines_stand_out_from_the_white_page() -> None:
    for colour in arm_colours([str(i) for i in range(5)]).values():
        assert 1.05 / (_luminance(colour) + 0.05) >= 2.0


def test_every_activity_has_a_posture_and_postures_have_their_own_colours() -> None:
    assert {posture_of(a.name) for a in CORE_ACTIVITIES} == set(POSTURES) - {"Other"}
    assert posture_of("somebody-s-own") == "Other"
    assert all(a != b for a, b in combinations(POSTURES.values(), 2))


@pytest.mark.parametrize(
    ("minute", "text"), [(0, "04:00"), (1439, "03:59"), (1440, "04:00"), (1200, "00:00"), (95.5, "05:35")]
)
def test_the_day_begins_at_four(minute: float, text: str) -> None:
    assert clock(minute) == text


def test_a_fuller_leg_is_drawn_fuller_everywhere() -> None:
    emptier, fuller = shared_out(60.0), shared_out(150.0)
    assert all(emptier[segment] < fuller[segment] <= 1.0 for segment in ("foot", "calf", "popliteal", "thigh"))
    assert all(share <= 1.0 for share in shared_out(1000.0).values())


def test_the_drawing_is_sound_svg_with_levels_for_both_legs() -> None:
    leg = LegPicture({"foot": 0.5, "calf": 0.25, "popliteal": 1.0, "thigh": 0.0}, 0.3, "90 mL & 20 mmHg")
    root = ET.fromstring(two_legs(leg, leg))
    space = "{http://www.w3.org/2000/svg}"
    names = {gradient.get("id") for gradient in root.iter(f"{space}linearGradient")}
    assert names == {f"{side}-{segment}" for side in ("left", "right") for segment in leg.fill}
    stops = next(g for g in root.iter(f"{space}linearGradient") if g.get("id") == "left-calf").iter(f"{space}stop")
    assert [stop.get("offset") for stop in stops] == ["0.250", "0.250"]
    assert "90 mL &amp; 20 mmHg" in labelled(leg, leg)


def test_blood_darkens_as_it_stagnates() -> None:
    shades = [_luminance(blood_colour(activation)) for activation in (0.0, 0.3, 0.6, 1.0)]
    assert shades == sorted(shades, reverse=True)


def test_the_moving_picture_is_told_one_whole_cycle() -> None:
    step = cycle(cadence_per_min=50)
    told = frames(step)
    assert len(told["fill"]) == len(told["valve"]) == len(told["squeeze"]) <= FRAMES
    assert told["period_s"] == pytest.approx(1.2)
    assert {state for row in told["valve"] for state in row} <= {-1, 0, 1}
    assert max(told["squeeze"]) > 0
    page = animation(step)
    assert json.dumps(told) in page
    assert "DATA" not in page


def test_nothing_in_the_package_points_to_another_machine() -> None:
    for path in PACKAGE.rglob("*"):
        if path.suffix in {".py", ".html", ".svg", ".toml"}:
            text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
            assert "http" not in text, path


def test_the_configuration_is_light_and_sends_nothing() -> None:
    config = tomllib.loads((PACKAGE / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["browser"]["gatherUsageStats"] is False
    assert config["theme"]["base"] == "light"
