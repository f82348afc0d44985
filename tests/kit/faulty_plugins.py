"""Plugins that are wrong, each in one way: what they do, which check must find it, and what it says."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """
import datetime
import random
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import numpy as np

from popsim.hooks import Activity, Claim, Harm, Intervention, Params, Regime, Stillness, hookimpl


class Sound(Intervention):
    name = "{name}"
    label = "A test's"
    reads = frozenset({{"age_years"}})
    writes = frozenset({{"blood", "day", "leg.compression_mmhg", "care.embolism_factor"}})


"""
TAIL = """


@hookimpl
def popsim_interventions():
    return [Mine]
"""


def method(signature: str, *lines: str) -> str:
    """An intervention that is sound but for one method."""
    body = "\n".join(f"        {line}" for line in lines)
    return f"class Mine(Sound):\n    def {signature}:\n{body}\n{TAIL}"


BLOOD = "blood(self, people, today)"
FAULTY: dict[str, tuple[str, str, str]] = {
    # name: (text, the check that fails, what it says)
    "import-error": ("import no_such_module_anywhere", "loads", "No module named 'no_such_module_anywhere'"),
    "exits-at-import": ("sys.exit(3)", "loads", "SystemExit: 3"),
    "exits-in-hook": ("@hookimpl\ndef popsim_interventions():\n    sys.exit('no')", "loads", "SystemExit: no"),
    "wrong-signature": ("@hookimpl\ndef popsim_interventions(people):\n    return []", "loads", "popsim_interventions"),
    "unknown-hook": ("@hookimpl\ndef popsim_make_coffee():\n    return []", "loads", "popsim_make_coffee"),
    "name-clash": (
        "class Mine(Sound):\n    name = 'walking-breaks'\n" + TAIL,
        "loads",
        "the intervention name 'walking-breaks' is already taken",
    ),
    "activity-clash": (
        "@hookimpl\ndef popsim_activities():\n"
        "    return [Activity('walk', 'Walk', Regime.WALKING, Stillness.WALKING, frozenset({'walking'}))]",
        "loads",
        "the activity name 'walk' is already taken",
    ),
    "strange-tag": (
        "@hookimpl\ndef popsim_activities():\n"
        "    return [Activity('glide', 'Glide', Regime.WALKING, Stillness.WALKING, frozenset({'walkin'}))]",
        "loads",
        "did you mean 'walking'",
    ),
    "newer-api": ("POPSIM_API = '>=7'", "loads", "needs plugin API >=7, this popsim offers 1"),
    "undeclarable-write": (
        "class Mine(Sound):\n    writes = frozenset({'leg.colour'})\n" + TAIL,
        "loads",
        "writes 'leg.colour'",
    ),
    "no-default": (
        "class Own(Params):\n    dose: int\n\nclass Mine(Sound):\n    Params = Own\n" + TAIL,
        "schema",
        "the setting 'dose' of no-default needs a default",
    ),
    "no-evidence": (
        "class Mine(Sound):\n    evidence_names = ('nobody.knows',)\n" + TAIL,
        "schema",
        "rests on the constant 'nobody.knows', which there is not",
    ),
    "raises": (method(BLOOD, "return 1 / 0"), "runs", "plugin raises: blood raised ZeroDivisionError"),
    "exits-in-a-run": (method(BLOOD, "sys.exit(4)"), "runs", "plugin exits-in-a-run: blood raised SystemExit: 4"),
    "not-a-number": (method(BLOOD, "return np.nan"), "runs", "one that is not a number"),
    "wrong-shape": (method(BLOOD, "return np.ones(3)"), "runs", "blood returned shape (3,)"),
    "undeclared-write": (
        method("fit(self, people)", "return {'deep_leak_factor': 2.0}"),
        "runs",
        "fit changes leg.deep_leak_factor without declaring it",
    ),
    "undeclared-care": (
        method("care(self, people, today)", "return {'treatment_days': 3}"),
        "runs",
        "care changes care.treatment_days without declaring it",
    ),
    "undeclared-read": (
        method("eligible(self, people)", "return people['sex'] == 1"),
        "runs",
        "reads column 'sex' without declaring it",
    ),
    "impossible-harm": (
        method("harms(self)", "return [Harm('bruise', lambda people, today: np.full(len(people), 1.5))]"),
        "runs",
        "harms gave bruise the probability 1.5",
    ),
    "short-day": (method("edit_day(self, day)", "return day[1:]"), "runs", "edit_day returned a day of"),
    "changes-people": (
        method(BLOOD, "people._people['age_years'] += 1", "return 1.0"),
        "declared writes",
        "changed the column 'age_years'",
    ),
    "global-random": (method(BLOOD, "return np.random.uniform(0.5, 1.0)"), "randomness", "uses random numbers"),
    "python-random": (method(BLOOD, "return random.random()"), "randomness", "uses random numbers"),
    "unseeded-random": (method(BLOOD, "return np.random.default_rng().uniform()"), "repeatable", "other results"),
    "by-uuid": (method(BLOOD, "return uuid.uuid4().int % 2"), "randomness", "uses random numbers"),
    "wall-clock": (method(BLOOD, "time.time()", "return 1.0"), "clock", "uses the clock on its own"),
    "calendar": (method(BLOOD, "datetime.date.today()", "return 1.0"), "clock", "uses the clock on its own"),
    "network": (
        method(BLOOD, "try:", "    socket.create_connection(('127.0.0.1', 9), 0.01)", "except OSError:", "    pass",
               "return 1.0"),
        "network",
        "uses the network on its own",
    ),
    "stray-file": (
        method(BLOOD, "(Path(tempfile.gettempdir()) / 'popsim-stray').write_text('x')", "return 1.0"),
        "files",
        "uses files on its own",
    ),
    "starts-programs": (method(BLOOD, "subprocess.run(['true'])", "return 1.0"), "files", "uses files on its own"),
    "not-by-person": (
        method(BLOOD, "return 0.5 + 0.5 * (np.arange(len(people)) % 2)"),
        "slices",
        "two halves of the town do not live as the whole does",
    ),
    "remembers": (
        "count = [0]\n" + method(BLOOD, "count[0] += 1", "return 1.0 / count[0]"),
        "repeatable",
        "the same seed gave other results the second time",
    ),
    "wrong-direction": (
        "class Mine(Sound):\n    claims = (Claim('expected_clots', 'down'),)\n"
        "    def blood(self, people, today):\n        return 2.0\n" + TAIL,
        "claims",
        "wrong-direction claims expected_clots down; in the small town it changes by +",
    ),
    "too-little": (
        "class Mine(Sound):\n    claims = (Claim('expected_clots', 'down', at_least=0.5),)\n"
        "    def blood(self, people, today):\n        return 0.9\n" + TAIL,
        "claims",
        "claims expected_clots down by at least 50%",
    ),
    "too-slow": (method(BLOOD, "time.sleep(0.05)", "return 1.0"), "speed", "its own code takes"),
}  # fmt: skip

TWO_WRITERS = """
class Alone(Sound):
    name = "alone"
    exclusive = frozenset({"blood"})

@hookimpl
def popsim_interventions():
    return [Sound, Alone]
"""


def write_faulty(folder: Path, *names: str) -> Path:
    """Write these plugins, all unless named, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or FAULTY:
        text = HEAD.format(name=name) + textwrap.dedent(FAULTY[name][0])
        (folder / f"{name.replace('-', '_')}.py").write_text(text, encoding="utf-8")
    return folder


def write_two_writers(folder: Path) -> Path:
    """Write a plugin with two interventions that cannot act in the same arm."""
    path = folder / "two_writers.py"
    path.write_text(HEAD.format(name="both") + TWO_WRITERS, encoding="utf-8")
    return path
