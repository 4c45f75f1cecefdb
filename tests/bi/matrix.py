"""Which programs read a lake: the same questions to each, the matrix of docs/bi.md.

`python -m tests.bi.matrix` makes the demo's lake, in a folder and on an S3 server on loopback, asks
each reader of the environment `.bi-venv`, compares with the reader API, and writes the page. A
reader that is not installed is named with the reason.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from tasks.vault.backends.open_store import open_store
from tests import servers
from tests.tasks.vault.conftest import weed
from vaxwatch.reader import open_lake

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PLACE = ROOT / ".bi-venv"
PAGE = ROOT / "docs" / "bi.md"
BETWEEN = re.compile(r"(<!-- readers -->\n).*?(<!-- /readers -->)", re.DOTALL)
PATIENCE = 300
DAY = "2022-02-01"


@dataclass(frozen=True, kw_only=True)
class Reader:
    """One reader: its package, its title on the page, and how a version is found."""

    name: str
    title: str

    @property
    def package(self) -> str:
        """The package that it is."""
        return self.name.partition(" ")[0]


READERS = (
    Reader(name="polars", title="polars"),
    Reader(name="pandas", title="pandas"),
    Reader(name="pyarrow", title="pyarrow"),
    Reader(name="duckdb", title="DuckDB"),
    Reader(name="pyspark", title="Spark"),
    Reader(name="chdb", title="ClickHouse (chdb)"),
    Reader(name="hyparquet", title="JavaScript (hyparquet)"),
    Reader(name="polars on S3", title="polars, from S3"),
    Reader(name="pyarrow on S3", title="pyarrow, from S3"),
    Reader(name="duckdb on S3", title="DuckDB over pyarrow, from S3"),
)


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a reader answered; `reason`: why it did not."""

    reader: Reader
    version: str = ""
    answers: Mapping[str, float] | None = None
    reason: str = ""


def expected(lake: Path) -> dict[str, float]:
    """Return the right answers, by the reader API; of a mart, the sum of its file."""
    here, dataset = open_lake(str(lake)), "unicef_market.allocations"
    changes = pl.read_parquet(lake / "unicef_market/allocations/changes.parquet")
    answers = {
        "latest": here.latest(dataset)["doses_allocated"].sum(),
        f"as of {DAY}": here.asof(dataset, DAY)["doses_allocated"].sum(),
        "cuts of half or more": changes.filter(pl.col("rel_change") <= -0.5).height,
        "people tested": here.latest("who_searo_testing.tests")["people_tested_new"].sum(),
        "mart": pl.read_parquet(lake / "marts/promise_steps.parquet")["total"].sum(),
    }
    return {question: float(value) for question, value in answers.items()}


def ask(reader: Reader, lake: str) -> Result:
    """Return what a reader answers in a process of its own."""
    version = _version(reader)
    if version is None:
        return Result(reader=reader, reason="not installed here")
    if reader.name == "pyspark" and shutil.which("java") is None:
        return Result(reader=reader, version=version, reason="needs Java, and there is none here")
    try:
        done = subprocess.run(
            [*_program(reader), lake], capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        return Result(reader=reader, version=version, reason=f"no answer in {PATIENCE} s")
    try:
        answers: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        last = done.stderr.strip().splitlines()[-1:] or ["no answer"]
        return Result(reader=reader, version=version, reason=last[0])
    return Result(reader=reader, version=version, answers=answers)


def _program(reader: Reader) -> list[str]:
    if reader.name != "hyparquet":
        return [str(PLACE / "bin" / "python"), str(HERE / "answers.py"), reader.name]
    script = shutil.copy(HERE / "answers.mjs", PLACE / "node" / "answers.mjs")
    return ["node", str(script)]


def _version(reader: Reader) -> str | None:
    if reader.name == "hyparquet":
        package = PLACE / "node" / "node_modules" / "hyparquet" / "package.json"
        is_there = package.is_file() and shutil.which("node")
        return json.loads(package.read_text("utf-8"))["version"] if is_there else None
    found = [*PLACE.glob(f"lib/python3.*/site-packages/{reader.package}-*.dist-info")]
    return found[0].name.removesuffix(".dist-info").rpartition("-")[2] if found else None


def table(results: Sequence[Result], right: Mapping[str, float]) -> str:
    """Return the matrix as Markdown."""
    lines = [
        f"| reader | version | {' | '.join(right)} |",
        f"|---|---|{'---|' * len(right)}",
        f"| `vaxwatch` (expected) | | {' | '.join(f'{value:,.0f}' for value in right.values())} |",
    ]
    for one in results:
        answers = one.answers or {}
        cells = [
            f"{'✔' if answers.get(q) == v else _wrong(answers.get(q))}" for q, v in right.items()
        ]
        shown = cells if one.answers is not None else [one.reason, *[""] * (len(right) - 1)]
        lines.append(f"| {one.reader.title} | {one.version} | {' | '.join(shown)} |")
    return "\n".join([*lines, ""])


def _wrong(value: float | None) -> str:
    return "no answer" if value is None else f"✘ {value:,.0f}"


def is_wrong(result: Result, right: Mapping[str, float]) -> bool:
    """Return whether a reader that is installed gave another answer, or none."""
    return bool(result.version) and result.answers != right and "Java" not in result.reason


def main() -> int:
    """Make the lakes, ask, and write the page."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(Path(sys.executable).parent / "vaxwatch"), "demo"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=PATIENCE)
        lake = Path(folder) / "lake"
        right = expected(lake)
        servers.open_run()
        try:
            address = servers.shared("seaweed", weed)
            keys = {"AWS_ACCESS_KEY_ID": "admin", "AWS_SECRET_ACCESS_KEY": "secret"}
            os.environ.update(keys, AWS_ENDPOINT_URL=address, AWS_DEFAULT_REGION="us-east-1")
            _copy(lake, "s3://lakes/bi")
            results = [
                ask(reader, "lakes/bi" if " on S3" in reader.name else str(lake))
                for reader in READERS
            ]
        finally:
            servers.close_run()
    page = PAGE.read_text("utf-8")
    matrix = table(results, right)
    PAGE.write_text(BETWEEN.sub(lambda found: f"{found[1]}{matrix}{found[2]}", page), "utf-8")
    sys.stdout.write(matrix)
    return int(any(is_wrong(result, right) for result in results))


def _copy(lake: Path, uri: str) -> None:
    store = open_store(uri)
    for path in sorted(lake.rglob("*.parquet")):
        if "_vault" not in path.parts:
            store.put_if_absent(path.relative_to(lake).as_posix(), path.read_bytes())


if __name__ == "__main__":
    sys.exit(main())
