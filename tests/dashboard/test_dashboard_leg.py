"""The page of the leg: what is chosen is what is shown."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest


@pytest.fixture
def page():
    return AppTest.from_string("from popsim_dashboard.screens import leg; leg.show(None)", default_timeout=60).run()


def pressure(page):
    return float(next(m.value for m in page.metric if m.label == "Ankle pressure").removesuffix(" mmHg"))


def test_what_is_worn_combines_with_what_is_wrong(page):
    healthy = pressure(page)
    page.multiselect(key="leg_condition").set_value(["foot-drop"]).run()
    dropped = pressure(page)
    page.multiselect(key="leg_device").set_value(["ankle-foot-orthosis", "stocking-class-2"]).run()
    assert not page.exception
    assert healthy < pressure(page) < dropped


def test_two_rhythms_at_once_are_refused_in_one_sentence(page):
    page.multiselect(key="leg_device").set_value(["calf-cuff", "electrical-stimulation"]).run()
    assert not page.exception
    assert "rhythm of one device" in page.warning[0].value


def test_stepping_faster_lowers_the_pressure(page):
    usual = pressure(page)
    page.slider(key="leg_cadence_walking").set_value(70).run()
    assert pressure(page) < usual
