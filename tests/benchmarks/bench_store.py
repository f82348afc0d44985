"""Rows a second into and out of the store: ``python tests/benchmarks/bench_store.py [million events]``."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "store"))

import numpy as np
from store_example import example_provenance

from popsim.randomness import Draws
from popsim.store import Results, RunFolder, logical_hash, pack, verify

SHARDS = 10
FLOOR_ROWS_PER_S = 5e6
DRAWS = Draws(1)


def events(first_person: int, rows: int) -> dict[str, np.ndarray[Any, Any]]:
    """As a run gives them: by person within an arm, days anywhere in a year."""
    ids = np.arange(first_person, first_person + rows, dtype=np.int64)

    def code(name: str, count: int, dtype: str) -> np.ndarray[Any, Any]:
        return (DRAWS.uniform(name, ids) * count).astype(dtype)

    arm = np.repeat(np.array([0, 1], dtype=np.uint8), [rows // 2, rows - rows // 2])
    columns = {"leg": code("leg", 2, "u1"), "site": code("site", 3, "u1"), "kind": code("kind", 3, "u1")}
    return {
        "arm": arm,
        "person": first_person + np.arange(rows, dtype=np.int64) // 3,
        "day": code("day", 365, "i4"),
        "detection": code("detection", 3, "u1"),
        "episode": code("episode", 3, "u2"),
        **columns,
    }


def report(what: str, rows: int, seconds: float) -> None:
    """One line of figures, and whether the floor is met."""
    below = "" if rows / seconds >= FLOOR_ROWS_PER_S else "  below the floor of 5"
    print(f"{what:<42} {seconds:7.2f} s {rows / seconds / 1e6:7.1f} million rows/s{below}")


def main() -> None:
    """Write, pack, verify and query one run, and print what each took."""
    rows = int(float(sys.argv[1]) * 1e6) if len(sys.argv) > 1 else 20_000_000
    with tempfile.TemporaryDirectory() as root:
        folder = RunFolder.create(Path(root), "bench", example_provenance(shards=SHARDS))
        shards = [events(index * rows, rows // SHARDS) for index in range(SHARDS)]
        folder.commit_shard(0, {"event": shards[0]}, {})
        start = time.perf_counter()
        for index, columns in enumerate(shards):
            folder.commit_shard(index, {"event": columns}, {})
        report("commit_shard: checked, written, synced", rows, time.perf_counter() - start)
        size = sum(path.stat().st_size for path in folder.shards_path.iterdir())
        print(f"{'  on disk':<42} {size / rows:7.2f} bytes a row")
        start = time.perf_counter()
        packed = pack([folder.path])
        report("pack: verified, sorted, hashed, one file", rows, time.perf_counter() - start)
        print(f"{'  on disk':<42} {packed.stat().st_size / rows:7.2f} bytes a row")
        for what, action in (("verify folder", folder.path), ("verify packed file", packed)):
            start = time.perf_counter()
            verify(action)
            report(what, rows, time.perf_counter() - start)
        for what, path in (("logical hash of the folder", folder.path), ("logical hash of the packed file", packed)):
            start = time.perf_counter()
            logical_hash(path)
            report(what, rows, time.perf_counter() - start)
        for what, path in (("open folder, events by arm and kind", folder.path), ("the same, packed", packed)):
            start = time.perf_counter()
            with Results.open(path) as results:
                results.query("SELECT arm, kind, count(*) AS events FROM event GROUP BY ALL")
            report(what, rows, time.perf_counter() - start)


if __name__ == "__main__":
    main()
