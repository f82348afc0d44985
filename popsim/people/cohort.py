"""People from a file: a CSV with a line per person; columns left out are synthesised for each person.

A file is read column-wise at full speed first. Only when anything in it is not as expected is it read again line by
line, by the reader that can name lines; that one decides.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np

from popsim.errors import InputError
from popsim.people.cohort_columns import COHORT_COLUMNS, PERSON_ID
from popsim.people.cohort_problems import NOT_UTF8, Problems, check_header, first_row
from popsim.people.population import COLUMNS, Population, Sex
from popsim.people.synthesis import complete

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from popsim.evidence.registry import Evidence
    from popsim.people.cohort_columns import CohortColumn
    from popsim.randomness import Draws

    Cells = dict[str, NDArray[Any]]


class Cohort(Population):
    """People read from a file.

    Attributes:
        synthesised_columns: columns the file left out, drawn for each person from age, sex and what else is known.
        default_columns: columns the file left out that everyone has at the default of ``COLUMNS``.
    """

    def __init__(self, people: Population, given: Sequence[str]) -> None:
        super().__init__(people.ids, {name: people[name] for name in people})
        left_out = [c for c in COLUMNS.values() if c.name not in given]
        self.synthesised_columns = tuple(c.name for c in left_out if c.default is None)
        self.default_columns = tuple(c.name for c in left_out if c.default is not None)


def load_cohort(path: Path, draws: Draws, evidence: Evidence) -> Cohort:
    """Read people from a CSV file.

    Args:
        path: UTF-8, comma separated, the first line names the columns (see ``COHORT_COLUMNS``). ``person_id``,
            ``age_years`` and ``sex`` are required.
        draws: for columns the file leaves out; a person's draws depend on the seed and ``person_id``.
        evidence: constants in force.

    Returns:
        Everyone in the file's order, with every column of ``COLUMNS``.

    Raises:
        InputError: the file cannot be read, or up to twenty problems in it, each with its line.
    """
    headers = _headers(path)
    cells = _read_fast(path, headers) or _read_line_by_line(path, headers)
    given = _columns(cells)
    people = complete(draws, cells[PERSON_ID.name].astype(np.int64), evidence, given)
    return Cohort(people, list(given))


def _columns(cells: Cells) -> Cells:
    """Population columns from file columns: leg columns become ``(2, N)``."""
    columns: Cells = {}
    for header, values in cells.items():
        column, leg = COHORT_COLUMNS[header].column, COHORT_COLUMNS[header].leg
        if leg is not None:
            columns.setdefault(column.name, np.empty((2, len(values)), dtype=column.dtype))[leg] = values
        elif column is not PERSON_ID:
            columns[column.name] = values.astype(column.dtype)
    return columns


def _headers(path: Path) -> list[str]:
    try:
        with path.open("rb") as stream:
            start = stream.readline(1 << 20)
    except OSError as error:
        raise InputError(f"cannot read this cohort file ({error.strerror})", path=path) from None
    return check_header(path, first_row(path, start))


def _read_fast(path: Path, headers: Sequence[str]) -> Cells | None:
    """Read everything column-wise, or return ``None`` if any cell could be wrong."""
    import pyarrow as pa  # noqa: PLC0415 - heavy, and only needed here
    from pyarrow import csv as pacsv  # noqa: PLC0415

    number, word = pa.float64(), pa.dictionary(pa.int32(), pa.string())
    types = {header: number if COHORT_COLUMNS[header].codes is None else word for header in headers}
    try:
        table = pacsv.read_csv(
            path,
            read_options=pacsv.ReadOptions(column_names=list(headers), skip_rows=1),
            convert_options=pacsv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=False),
        )
    except (pa.ArrowException, OSError):
        return None
    cells: Cells = {}
    for header in headers:
        values = _checked(COHORT_COLUMNS[header], table.column(header))
        if values is None:
            return None
        cells[header] = values
    return cells if _consistent(cells) else None


def _checked(column: CohortColumn, chunks: Any) -> NDArray[Any] | None:
    """The values of one column, or ``None`` if any of them is not as expected."""
    if chunks.null_count or len(chunks) == 0:
        return None
    if column.codes is not None:
        return _coded(column.codes, chunks.unify_dictionaries().combine_chunks())
    values = chunks.to_numpy()
    low, high = column.column.low, min(column.column.high, 2**53)
    if not np.all((values >= low) & (values <= high)) or (column.whole and np.any(values != np.floor(values))):
        return None
    return np.asarray(values)


def _coded(codes: Any, chunks: Any) -> NDArray[Any] | None:
    words = [str(word).strip().lower() for word in chunks.dictionary.to_pylist()]
    if not all(word in codes for word in words):
        return None
    values = np.array([codes[word] for word in words])
    return np.asarray(values[chunks.indices.to_numpy(zero_copy_only=False)])


def _consistent(cells: Cells) -> bool:
    ids = cells[PERSON_ID.name]
    pregnant_men = "pregnant" in cells and bool(np.any((cells["pregnant"] == 1) & (cells["sex"] == Sex.MALE)))
    return not pregnant_men and len(np.unique(ids)) == len(ids)


def _read_line_by_line(path: Path, headers: Sequence[str]) -> Cells:
    """Read cell by cell, collecting problems with their lines."""
    columns = [COHORT_COLUMNS[h] for h in headers]
    problems = Problems(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream)
            next(reader)
            rows = [problems.check(reader.line_num, columns, cells) for cells in reader if cells]
    except UnicodeDecodeError:
        raise InputError(NOT_UTF8, path=path, line=_undecodable_line(path)) from None
    except csv.Error as error:
        raise InputError(f"expected comma-separated values ({error})", path=path, line=reader.line_num) from None
    problems.finish(len(rows))
    return {h: np.array([row[i] for row in rows]) for i, h in enumerate(headers)}


def _undecodable_line(path: Path) -> int | None:
    text = path.read_bytes()
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        return text.count(b"\n", 0, error.start) + 1
    return None
