"""What ships passes the checks that its makers ask of others."""

from __future__ import annotations

import pytest

from popsim.hooks import load_plugins
from popsim.kit import check_plugin

SHIPPED = [plugin.name for plugin in load_plugins().plugins if plugin.distribution == "popsim"]


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_plugin_passes_every_check(name):
    report = check_plugin(name, quick=True)
    assert [f"{check.name}: {check.sentence}" for check in report.failed] == []
