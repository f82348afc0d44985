"""Making a fit the model's own: its ensemble ships, and the constants in the registry become its best set."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import popsim.evidence
from popsim.errors import InputError
from popsim.fitting.ensemble import SHIPPED, Ensemble
from popsim.fitting.fitting import ENSEMBLE, SUMMARY

if TYPE_CHECKING:
    from collections.abc import Mapping

SHIPPED_SUMMARY = SHIPPED.with_name(SUMMARY)
_TAIL = 0.025
_MARK = "Fitted together"


def adopt(folder: Path) -> list[str]:
    """Copy ensemble and summary of a finished fit into the package and write its best set into the registry's files.

    Returns:
        One line for each constant that changed.

    Raises:
        InputError: there is no finished fit in the folder.
    """
    if not (folder / SUMMARY).exists():
        raise InputError("expected the folder of a finished fit", path=folder)
    summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    ensemble = Ensemble.read(folder / ENSEMBLE)
    SHIPPED.parent.mkdir(exist_ok=True)
    for name in (ENSEMBLE, SUMMARY):
        shutil.copyfile(folder / name, SHIPPED.with_name(name))
    low, high = ensemble.quantile(_TAIL), ensemble.quantile(1.0 - _TAIL)
    changed = []
    for name, value in summary["values"].items():
        room, key = name.split(".")
        path = Path(popsim.evidence.__file__).parent / "data" / f"{room}.toml"
        text = path.read_text(encoding="utf-8")
        range_ = (min(low[name], value), max(high[name], value))
        path.write_text(rewritten(text, key, value, range_, summary), encoding="utf-8")
        changed.append(f"{name} = {value:.3g} ({range_[0]:.3g} to {range_[1]:.3g})")
    return changed


def rewritten(text: str, key: str, value: float, range_: tuple[float, float], summary: Mapping[str, Any]) -> str:
    """An evidence file with one constant set to a fitted value; comments and everything else stay as they are.

    Args:
        text: the file.
        key: of the constant.
        value: fitted.
        range_: 95 % interval of the ensemble.
        summary: of the fit.
    """
    table = re.search(rf"^\[{re.escape(key)}\]\n(?:(?!\[).*\n?)*", text, re.MULTILINE)
    if table is None:
        raise InputError("expected a table of this constant", key=key)
    lines = [line for line in table[0].splitlines() if not line.startswith("spread ")]
    out = []
    for line in lines:
        name = line.partition(" = ")[0]
        if name == "value":
            out.append(f"value = {_significant(value)}")
        elif name == "grade":
            out.append('grade = "model"')
        elif name == "source":
            before = json.loads(line.partition(" = ")[2]).partition(f"; {_MARK}")[0]
            how = f"{_MARK} with other constants to {len(summary['model'])} published results"
            what = f"{before}; {how}: docs/fitting.md (seed {summary['seed']}, targets {summary['targets']})"
            out.append(f"source = {json.dumps(what, ensure_ascii=False)}")
        else:
            out.append(line)
        if name == "unit":
            low, high = (_significant(v) for v in range_)
            out.append(f'spread = {{ kind = "ensemble95", low = {low}, high = {high} }}')
    end = "\n\n" if table[0].endswith("\n\n") else "\n"
    return text[: table.start()] + "\n".join(out).rstrip("\n") + end + text[table.end() :]


def _significant(value: float) -> str:
    """Four significant digits, as a float of TOML."""
    text = f"{value:.4g}"
    return text if "e" in text or "." in text else f"{text}.0"
