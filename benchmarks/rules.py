"""The cost of judging: all rules on a large table, and one ingest at 10 and at 1,000 vintages.

The ingest is of a small table, and measured twice: the whole command, as its user pays for it, and
its work alone in a process that runs already (fetch, parse, commit, publish, judge, record), in a
store in memory and without Great Expectations. In the long history one figure rises a day, and
every tenth day one falls by a third, so that there is an alert every ten vintages.
"""

import gc
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any, Final

import polars as pl

from benchmarks.commands import PROGRAM, cpu_seconds
from benchmarks.counting import CountingStore
from tasks.alerts.evaluate import evaluate
from tasks.alerts.rules.reading.rule_input import RuleInput
from tasks.pipeline.ingest import ingest_snapshot
from tasks.runs.run_context import RunContext
from tasks.sources import source_named
from tasks.vault.backends.folder_store import FolderStore
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.read_once import ReadOnce
from tasks.vault.objects import fetch

SERIES: Final = 1_000
WEEKS: Final = 150
TURNS: Final = 5
DAY: Final = datetime(2018, 1, 1, tzinfo=UTC)
COUNTRIES: Final = (
    *("AFG", "AGO", "BEN", "BFA", "BGD", "BOL", "BTN", "CIV", "CMR", "COD"),
    *("COG", "COL", "COM", "DJI", "EGY", "ETH", "GAB", "GHA", "GIN", "GMB"),
    *("GNB", "HND", "HTI", "IDN", "IND", "KEN", "KGZ", "KHM", "LAO", "LBR"),
    *("LKA", "LSO", "MAR", "MDG", "MLI", "MMR", "MNG", "MOZ", "MRT", "MWI"),
)


def measure(*, quick: bool) -> dict[str, Any]:
    """Return CPU milliseconds of all rules, and both runs with their ratio."""
    most = 100 if quick else 1_000
    rules = _all_rules()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs = {count: _run_at(count, folder / str(count)) for count in (10, most)}
        commands = _commands(folder, {count: count + TURNS for count in runs})
    (first, last), (few, many) = runs.values(), commands.values()
    return {
        "all rules [CPU ms]": rules,
        **{f"run at {count}": figures for count, figures in runs.items()},
        **{f"command at {count} [CPU s]": round(spent, 3) for count, spent in commands.items()},
        "command, many / few": round(many / few, 2),
        "CPU, many / few": round(last["CPU s"] / first["CPU s"], 2),
        "requests, many / few": round(last["requests"] / first["requests"], 2),
    }


def _all_rules() -> float:
    """Return the CPU time in which all rules judge growing series of deliveries."""
    keys = [(iso3, f"product {n}") for iso3 in COUNTRIES for n in range(SERIES // len(COUNTRIES))]
    levels = [20_000 + 7_919 * place % 9_000_000 for place in range(len(keys))]
    cells: list[tuple[object, ...]] = []
    for seq in range(WEEKS):
        for place, key in enumerate(keys):
            before = levels[place] if seq else None
            levels[place] = int(levels[place] * (1 + (seq * 7 + place * 13) % 31 / 1_000)) + 1
            cells.append((seq, *key, "COVAX", "doses_delivered", before, levels[place], not seq))
    names = ("seq", "iso3", "product", "mechanism", "column", "before", "after", "is_baseline")
    types = (pl.Int64, *[pl.String] * 4, *[pl.Float64] * 2, pl.Boolean)
    frame = pl.DataFrame(cells, schema=dict(zip(names, types, strict=True)), orient="row")
    vintages = pl.DataFrame(
        {
            "seq": range(WEEKS),
            "id": [f"v{seq}" for seq in range(WEEKS)],
            "as_of": [DAY + timedelta(weeks=seq) for seq in range(WEEKS)],
            "rows": SERIES,
            "is_part": False,
            "held": False,
            "sha256": "",
            "source_url": "",
        }
    )
    given = RuleInput(
        dataset="unicef_market.deliveries",
        key=("iso3", "product", "mechanism"),
        vintages=vintages,
        cells=frame,
    )
    spent: list[float] = []
    for _ in range(TURNS + 1):
        start = process_time()
        evaluate([given], shown_by="The market")
        spent.append(process_time() - start)
    return round(median(spent[1:]) * 1000, 1)


def _run_at(count: int, folder: Path) -> dict[str, float]:
    """Return the CPU time and the requests of one more ingest after so many vintages.

    `folder`: gets the lake, as it is then.
    """
    lake, cpu, requests = MemoryStore(), list[float](), list[float]()
    file = folder / "table.csv"
    folder.mkdir()
    gc.freeze()  # as the program does when it begins
    for number in range(count + TURNS):
        counting = CountingStore(lake)
        _write_table(file, number)
        at, source = DAY + timedelta(days=number), source_named("unicef_market")
        start = process_time()
        run = RunContext(store=ReadOnce(counting), source=source, at=at, check_quality=False)
        ingest_snapshot(run, file=str(file), retrieved_at=at)
        cpu.append(process_time() - start)
        requests.append(counting.since()["all"])
    copy = FolderStore(folder / "lake")
    for key in lake.list(""):
        copy.put_if_absent(key, fetch(lake, key))
    return {"CPU s": round(median(cpu[-TURNS:]), 4), "requests": median(requests[-TURNS:])}


def _commands(folder: Path, vintages: Mapping[int, int]) -> dict[int, float]:
    """Return the CPU seconds of the whole command `ingest`, by turns in each lake.

    `vintages`: how many each lake has, by the name of its folder.
    """
    spent: dict[int, list[float]] = {name: [] for name in vintages}
    for turn in range(TURNS):
        for name, count in vintages.items():
            own, number = folder / str(name), count + turn
            _write_table(own / "table.csv", number)
            when = (DAY + timedelta(days=number)).date().isoformat()
            command = ("ingest", "unicef_market", "--file", "table.csv", "--retrieved-at", when)
            spent[name].append(cpu_seconds((PROGRAM, *command), own))
    return {name: median(seconds) for name, seconds in spent.items()}


def _write_table(file: Path, number: int) -> None:
    rows = [
        f"{country},AstraZeneca,{_doses(number, place)}" for place, country in enumerate(COUNTRIES)
    ]
    file.write_text("\n".join(["Recipient ISO,Vaccine Name,Doses Allocated", *rows, ""]))


def _doses(number: int, place: int) -> int:
    """Return a figure that rises every 40 days, and falls by a third every 400."""
    turns = (number + len(COUNTRIES) - 1 - place) // len(COUNTRIES)
    fallen = (number // 10 + place) // len(COUNTRIES)
    return int((3_000_000 + 50_000 * turns) * 0.67**fallen)
