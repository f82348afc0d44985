"""What hospital stays ask of the legs, and how long they last."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from popsim.evidence.registry import Evidence
from popsim.randomness import Draws
from popsim.routines.activities import CODES
from popsim.routines.stays import REASON_CODES, REASONS, Mobility, Site, Stay
from popsim.routines.stays_days import DISCHARGE, RECOVERY, STAGES, Special, stay_diaries, ward_index, ward_strip
from popsim.routines.stays_lengths import bounded_location, draw_stays, groups_of, round_in_log

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
EVIDENCE = Evidence.load()
DIARIES = stay_diaries(EVIDENCE)
NAMES = [reason.name for reason in REASONS[1:]]


def minutes_of(painted: np.ndarray, *names: str) -> int:
    return int(np.isin(painted, [CODES[name] for name in names]).sum())


def ward(surgical: bool, mobility: Mobility, stage: int) -> np.ndarray:
    index = ward_index(np.array([surgical]), np.array([mobility], dtype=np.uint8), np.array([stage], dtype=np.int32))
    return DIARIES[int(index[0])]


def test_every_hospital_day_has_24_hours() -> None:
    assert {len(day) for day in DIARIES} == {1440}
    assert len(DIARIES) == RECOVERY + 9


def test_an_operation_is_under_anaesthesia_and_ends_in_bed() -> None:
    for special in (Special.PLANNED_OPERATION, Special.ACUTE_OPERATION):
        assert minutes_of(DIARIES[special], "operation") == EVIDENCE["stays.operation_min"]
        assert DIARIES[special][-1] == CODES["ward-bed"]
        assert DIARIES[special + 1][-1] == CODES["icu-bed"]


def test_intensive_care_is_sedated_all_day() -> None:
    assert minutes_of(DIARIES[Special.ICU], "icu-bed") == 1440


@pytest.mark.parametrize("surgical", [False, True])
@pytest.mark.parametrize("mobility", [Mobility.LIMITED, Mobility.WALKING])
def test_mobilisation_grows_by_day(surgical: bool, mobility: Mobility) -> None:
    walking = [minutes_of(ward(surgical, mobility, stage), "ward-walk", "ward-stand") for stage in range(STAGES)]
    lying = [minutes_of(ward(surgical, mobility, stage), "ward-bed") for stage in range(STAGES)]
    assert walking == sorted(walking)
    assert walking[0] < walking[-1]
    assert lying == sorted(lying, reverse=True)


def test_bedbound_patients_never_leave_bed() -> None:
    assert all(minutes_of(ward(False, Mobility.BEDBOUND, stage), "ward-bed") == 1440 for stage in range(STAGES))


def test_walking_patients_lie_sit_and_stand_as_measured() -> None:
    # Pedersen 2013: lying 17 h, sitting 5.1 h, standing or walking 1.1 h a day
    day = ward(False, Mobility.WALKING, STAGES)
    assert minutes_of(day, "ward-bed") / 60 == pytest.approx(17.5, abs=1)
    assert minutes_of(day, "ward-chair") / 60 == pytest.approx(5.1, abs=0.1)
    assert minutes_of(day, "ward-walk", "ward-stand") / 60 == pytest.approx(1.1, abs=0.1)


@given(
    start=st.integers(0, 1000), length=st.integers(1, 1440), level=st.floats(0, 1), mobility=st.sampled_from(Mobility)
)
@settings(max_examples=80, deadline=None)
def test_any_stretch_on_the_ward_keeps_its_length(start: int, length: int, level: float, mobility: Mobility) -> None:
    assert len(ward_strip(start, start + length, mobility, level, EVIDENCE)) == length


def test_the_day_of_discharge_is_partly_at_home() -> None:
    for mobility in Mobility:
        day = DIARIES[DISCHARGE + mobility]
        assert minutes_of(day, "ward-bed") > 0
        assert minutes_of(day, "sleep") > 0
        assert minutes_of(day, "sit-home", "lie", "ill-at-home") > 0


def test_recovery_brings_more_walking_by_thirds_and_none_to_the_bedbound() -> None:
    def on_feet(mobility: Mobility, third: int) -> int:
        return minutes_of(DIARIES[RECOVERY + 3 * mobility + third], "stand", "potter", "walk")

    assert on_feet(Mobility.WALKING, 0) < on_feet(Mobility.WALKING, 1) < on_feet(Mobility.WALKING, 2)
    assert on_feet(Mobility.WALKING, 1) == pytest.approx(240, abs=2)
    assert all(on_feet(Mobility.LIMITED, third) < on_feet(Mobility.WALKING, third) for third in range(3))
    assert all(on_feet(Mobility.BEDBOUND, third) == 0 for third in range(3))


@pytest.mark.parametrize("reason", NAMES)
def test_lengths_have_the_geometric_mean_of_the_table(reason: str) -> None:
    stay = Stay(reason=reason, day=0)
    options = groups_of(stay)
    weights = np.array([group.weight for group in options])
    logs = np.log([group.geometric_mean_days for group in options])
    expected = float(np.average(logs, weights=weights))
    drawn = np.log(draw_stays(stay, np.arange(40_000), Draws(3), EVIDENCE, 0).nights)
    assert abs(drawn.mean() - expected) < 4.5 * drawn.std() / math.sqrt(len(drawn)) + 0.005  # the cap at 60 days


def test_drg_codes_set_the_length() -> None:
    drawn = draw_stays(Stay(drg=("470",), day=0), np.arange(40_000), Draws(3), EVIDENCE, 0)
    assert np.exp(np.log(drawn.nights).mean()) == pytest.approx(3.7, rel=0.02)
    assert set(drawn.reason) == {REASON_CODES["hip-replacement"]}


def test_a_reason_beside_drg_codes_sets_the_course() -> None:
    drawn = draw_stays(Stay(reason="knee-replacement", drg=("470",), day=0), np.arange(10), Draws(3), EVIDENCE, 0)
    assert set(drawn.reason) == {REASON_CODES["knee-replacement"]}


def test_codes_outside_the_mixes_are_surgical_or_medical_as_their_group() -> None:
    drawn = draw_stays(Stay(drg=("001",), day=0), np.arange(10), Draws(3), EVIDENCE, 0)
    assert set(drawn.reason) == {REASON_CODES["surgery"]}


def test_a_length_given_is_the_same_for_all() -> None:
    assert set(
        draw_stays(Stay(reason="medical", day=0, length_days=8.0), np.arange(99), Draws(3), EVIDENCE, 0).nights
    ) == {8}


@given(log_mean=st.floats(0, 4), spread=st.floats(0.05, 1.5))
@settings(max_examples=40, deadline=None)
def test_the_bounded_location_keeps_the_mean(log_mean: float, spread: float) -> None:
    z = (np.arange(200_000) + 0.5) / 200_000
    from scipy.special import ndtri

    got = np.maximum(bounded_location(log_mean, spread) + spread * ndtri(z), 0).mean()
    assert got == pytest.approx(log_mean, abs=2e-3) or log_mean < 0.05


@given(days=st.floats(1, 60))
@settings(max_examples=30, deadline=None)
def test_rounding_keeps_the_mean_logarithm(days: float) -> None:
    uniform = (np.arange(20_000) + 0.5) / 20_000
    nights = round_in_log(np.full(20_000, days), uniform)
    assert set(nights) <= {math.floor(days), math.floor(days) + 1}
    assert np.log(nights).mean() == pytest.approx(math.log(days), abs=1e-4)


def test_reasons_say_what_the_clotting_model_needs() -> None:
    by_name = {reason.name: reason for reason in REASONS}
    assert by_name["hip-replacement"].site is Site.HIP
    assert by_name["knee-replacement"].site is Site.KNEE
    assert by_name["trauma"].site is Site.FRACTURE
    assert by_name["stroke"].paresis
    assert by_name["medical"].acute_illness
    assert not by_name["medical"].surgical
    assert by_name["cancer-surgery"].cancer


@pytest.mark.parametrize("name", NAMES)
def test_every_reason_has_its_constants(name: str) -> None:
    key = name.replace("-", "_")
    bedbound, limited = (EVIDENCE[f"stays.{what}_share_{key}"] for what in ("bedbound", "limited"))
    assert 0 <= bedbound <= bedbound + limited <= 1
    assert EVIDENCE[f"stays.recovery_days_{key}"] >= 0


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"day": 1}, "give a reason such as 'medical', or drg codes"),
        ({"reason": "medical"}, "give either day or between"),
        ({"reason": "medicine", "day": 1}, "'medical', 'surgery'"),
        ({"drg": ["1930"], "day": 1}, "has the code '1930'; did you mean '193'?"),
        ({"drg": [], "day": 1}, "at least 1 item"),
        (
            {"reason": "medical", "day": 1, "length_days": 3.0, "icu_days": 5},
            "icu_days (5) cannot exceed length_days (3)",
        ),
        ({"reason": "medical", "day": 1, "length_days": 0.2}, "greater than or equal to 1"),
        ({"reason": "medical", "day": 1, "mobility": "crawling"}, "'bedbound', 'limited' or 'walking'"),
        ({"reason": "medical", "day": -1}, "greater than or equal to 0"),
        ({"reason": "medical", "day": 1, "ward": 5}, "Extra inputs"),
    ],
)
def test_a_bad_stay_gives_one_clear_sentence(fields: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Stay.model_validate(fields)
    [problem] = caught.value.errors()
    assert sentence in problem["msg"]


def test_every_field_of_a_stay_is_described() -> None:
    assert all(field.description for field in Stay.model_fields.values())


@pytest.mark.skipif(
    not SHARED.exists(), reason="the open data the table is derived from lie beside the repository only"
)
def test_the_shipped_table_and_spread_follow_from_the_open_data() -> None:
    spec = importlib.util.spec_from_file_location("derive_stays", ROOT / "scripts" / "derive_stays.py")
    assert spec is not None
    assert spec.loader is not None
    derive = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(derive)
    lengths = derive.geometric_means()
    header, *shipped = derive.TABLE.read_text(encoding="utf-8").splitlines()
    assert header == "reason,ms_drg,weight,geometric_mean_los_days"
    assert shipped == [",".join(row) for row in derive.rows(lengths)]
    spread, stays = derive.log_length_sd(lengths)
    assert stays == 72
    assert round(spread, 2) == EVIDENCE["stays.log_length_sd"]
