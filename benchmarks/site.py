"""The site: what rendering takes from scratch, without news, and after one small version.

The lake is that of `site_lake`. Each command is a process of its own, with its imports: `vaxwatch
site`, with marts that are up to date but for the check of it. A small version changes one figure of
230. `python -m benchmarks.site LAKE` measures a copy of a lake that is there already.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.commands import PROGRAM, cpu_seconds
from benchmarks.site_lake import COUNTRIES, EVERY, make_lake
from tasks.vault.backends.open_store import open_store
from tasks.vault.vault_reader import VaultReader
from vaxwatch.reader import Lake

SOURCE = "unicef_market"
VERSIONS, FEW = 150, 10
HEAD = "Recipient,Recipient ISO,Vaccine Name,Doses Allocated"


def measure(*, quick: bool) -> dict[str, Any]:
    """Return the figures of the made lake; of one with few versions where it is quick."""
    versions = FEW if quick else VERSIONS
    with tempfile.TemporaryDirectory() as name:
        lake = make_lake(Path(name), versions=versions)
        return {"countries": len(COUNTRIES), "versions": versions, **figures_of(lake)}


def figures_of(lake: Path) -> dict[str, Any]:
    """Return what rendering the site of a lake takes; a version is added to it."""
    site = (PROGRAM, "site", "--lake", str(lake))
    cpu_seconds((PROGRAM, "marts", "--lake", str(lake)), lake.parent)
    cold = cpu_seconds((*site, "--from-scratch"), lake.parent)
    sizes = {file: file.stat().st_size for file in (lake / "site").rglob("*") if file.is_file()}
    same = cpu_seconds(site, lake.parent)
    _add_version(lake)
    countries = [size for file, size in sizes.items() if file.match("site/country/*/index.html")]
    return {
        "tables": sum(file.match("site/table/*/*/index.html") for file in sizes),
        "alerts": sum(file.match("site/alert/*/index.html") for file in sizes),
        "files": len(sizes),
        "pictures as PNG": sum(file.suffix == ".png" for file in sizes),
        "megabytes": round(sum(sizes.values()) / 1e6, 1),
        "front page [kB]": round(sizes[lake / "site" / "index.html"] / 1000, 1),
        "largest country page [kB]": round(max(countries) / 1000, 1),
        "from scratch [CPU s]": round(cold, 1),
        "nothing new [CPU s]": round(same, 2),
        "a small version [CPU s]": round(cpu_seconds(site, lake.parent), 2),
    }


def _add_version(lake: Path) -> None:
    """Add a version in which one country's figure is higher by one dose."""
    vault = VaultReader(open_store(str(lake)), SOURCE)
    rows = Lake(open_store(str(lake))).asof(f"{SOURCE}.allocations", "latest")
    lines = [
        f"{iso3},{iso3},,{doses + (iso3 == 'PRK')}"
        for iso3, doses in rows.select("iso3", "doses_allocated").iter_rows()
        if doses is not None
    ]
    file = lake.parent / "small.csv"
    file.write_text("\n".join([HEAD, *lines, ""]), encoding="utf-8")
    at = (vault.vintages()[-1].as_of + EVERY).isoformat()
    added = ("ingest", SOURCE, "--lake", str(lake), "--file", str(file), "--retrieved-at", at)
    cpu_seconds((PROGRAM, *added), lake.parent)


def main() -> None:
    """Measure a copy of a lake."""
    with tempfile.TemporaryDirectory() as name:
        copied = Path(name) / "lake"
        shutil.copytree(sys.argv[1], copied, ignore=shutil.ignore_patterns("site"))
        print(json.dumps(figures_of(copied), indent=1))


if __name__ == "__main__":
    main()
