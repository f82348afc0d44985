"""What codes of diagnoses and procedures say about a patient, as far as scores, bleeding and legs are concerned.

``data/diagnosis_codes.csv`` lists codes by condition: ICD-9-CM and ICD-10 for diagnoses, ICD-9-CM for procedures. A
code stands for itself and everything below it. The lists follow the ICD's own headings; where a heading says less than
the condition does, the column ``note`` says what is assumed.
"""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from importlib.resources import files

SYSTEMS = ("icd9", "icd10", "name")
_SHAPES = {
    ("icd9", "diagnosis"): re.compile(r"(V\d{2}|E\d{3}|\d{3})\d{0,2}"),
    ("icd10", "diagnosis"): re.compile(r"[A-Z]\d[0-9A-Z][0-9A-Z]{0,4}"),
    ("icd9", "procedure"): re.compile(r"\d{2}\d{0,2}"),
}
_EXPECTED = {
    ("icd9", "diagnosis"): "an ICD-9-CM diagnosis such as 428.0 or V12.51",
    ("icd10", "diagnosis"): "an ICD-10 diagnosis such as I50.0",
    ("icd9", "procedure"): "an ICD-9-CM procedure such as 81.51",
}


@lru_cache(maxsize=1)
def _table() -> dict[tuple[str, str], dict[str, list[str]]]:
    """Conditions by kind and system, and by code."""
    text = files("popsim.routines").joinpath("data", "diagnosis_codes.csv").read_text(encoding="utf-8")
    table: dict[tuple[str, str], dict[str, list[str]]] = {}
    for row in csv.DictReader(text.splitlines()):
        for code in row["codes"].split():
            table.setdefault((row["system"], row["kind"]), {}).setdefault(code, []).append(row["condition"])
    return table


@lru_cache(maxsize=2)
def condition_names(kind: str) -> tuple[str, ...]:
    """Every condition that codes of this kind (``diagnosis`` or ``procedure``) can tell, sorted."""
    return tuple(
        sorted({c for (_, of), codes in _table().items() if of == kind for told in codes.values() for c in told})
    )


def conditions_of(system: str, kind: str, code: str) -> frozenset[str]:
    """What a code tells: conditions of every list that has it or a code above it; most codes tell nothing.

    Raises:
        ValueError: no code of this system looks like it.
    """
    if (system, kind) not in _SHAPES:
        raise ValueError(f"{kind} codes of {system} are not known; give system name and one of the names in the manual")
    plain = code.upper().replace(".", "")
    if not _SHAPES[system, kind].fullmatch(plain):
        raise ValueError(f"expected {_EXPECTED[system, kind]} (got {code!r})")
    codes = _table()[system, kind]
    return frozenset(c for end in range(2, len(plain) + 1) for c in codes.get(plain[:end], ()))
