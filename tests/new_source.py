"""
A new source by example: `make new-source NAME=who_example` makes one that passes the tests.

Written are its module, its lines in the registry, a fixture with its golden table, its page and its
schedule (switched off). Then the example is replaced, file by file: CONTRIBUTING.md walks through.
"""

import re
import subprocess
import sys
from pathlib import Path

from tasks.sources import SOURCES

ROOT = Path(__file__).resolve().parents[1]
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")

MODULE = '''"""
{title}: tests by country and day.

Say here what the page is, how it is printed and what its traps are.
"""

from datetime import timedelta

import polars as pl

from schemas.source import Always, Bodies, From, Source
from tasks.formats.delimited import read_csv


def parse(bodies: Bodies) -> dict[str, pl.DataFrame]:
    r"""
    Read the file as it stands: their columns, their words, no row dropped.

    >>> parse({{"main": b"iso3,day,tests\\nGHA,2022-03-14,81020\\n"}})["tests"].rows()
    [('GHA', '2022-03-14', '81020')]
    """
    return {{"tests": read_csv(bodies["main"], where="{name}")}}


SOURCE = Source(
    name="{name}",
    title="{title}",
    shown_by="{title}",
    publisher="{title}",
    url="https://example.org/{name}.csv",
    licence="none stated",
    attribution="{title}",
    cadence=timedelta(days=7),
    by_hand="The address is an example; leave this line out once it serves the table.",
    parse=parse,
    tables={{
        "tests": {{
            "iso3": From(("iso3",)),
            "observed_on": From(("day",)),
            "origin": Always("unspecified"),
            "tests_performed_new": From(("tests",), thousands=","),
        }}
    }},
    not_countries={{"WORLD": "the sum over countries"}},
)
'''
FIXTURE = """iso3,day,tests
GHA,2022-03-14,"81,020"
PRK,2022-03-14,0
ERI,2022-03-14,
TCD,2022-03-14,many
WORLD,2022-03-14,"90,000,000"
"""
PAGE = """# {name}: {title}

**What.** Which figures, of whom, since when.

**Whom to thank.** {title}.

**Cadence.** How often they publish, and until when they did.

**Traps.**
- What a reader of the figures must know before he trusts them.

<!-- [[[cog
import cog
from tests.documents import source_facts
cog.out("\\n" + source_facts("{name}") + "\\n")
]]] -->

<!-- [[[end]]] -->
"""
SCHEDULE = """  - <<: *ingest
    name: ingest-{name}
    description: >-
      {title}, once a week. Switched off: the address is an example; files at hand are taken
      (ingest --file).
    parameters:
      source: {name}
      lake: "{{{{ $VAXWATCH_LAKE }}}}"
    schedules:
      - cron: "57 7 * * 1"
        timezone: Europe/Zurich
        active: false # an example: every run would fail
    tags: ["source:{name}", "ingest"]

"""
BACKFILL = "  - name: backfill\n"


def registered(text: str, name: str) -> str:
    r"""
    Return the text of the registry with a source's import and line.

    >>> registered("from a import (\n    b,\n)\nS = (\n    b.SOURCE,\n)\n", "a_c")
    'from a import (\n    a_c,\n    b,\n)\nS = (\n    b.SOURCE,\n    a_c.SOURCE,\n)\n'
    """
    listed = re.search(r"import \(\n((?:    \w+,\n)+)\)", text)
    assert listed is not None
    modules = sorted({*listed[1].split(), f"{name},"})
    text = text.replace(listed[1], "".join(f"    {module}\n" for module in modules), 1)
    return re.sub(r"((?:    \w+\.SOURCE,\n)+)\)", rf"\1    {name}.SOURCE,\n)", text, count=1)


def make(name: str, root: Path) -> list[Path]:
    """Write the files of a source that is an example; return those that were written or changed."""
    title = name.replace("_", " ").capitalize()
    written = {
        f"tasks/sources/{name}.py": MODULE,
        f"tests/fixtures/{name}/example.csv": FIXTURE,
        f"docs/sources/{name}.md": PAGE,
    }
    for path, text in written.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text.format(name=name, title=title), encoding="utf-8")
    registry, schedules = root / "tasks/sources/__init__.py", root / "deployments/prefect.yaml"
    registry.write_text(registered(registry.read_text(encoding="utf-8"), name), encoding="utf-8")
    schedule = SCHEDULE.format(name=name, title=title)
    listed = schedules.read_text(encoding="utf-8").replace(BACKFILL, schedule + BACKFILL)
    schedules.write_text(listed, encoding="utf-8")
    for command in (["tests.golden", name], ["cogapp", "-r", "-I", ".", f"docs/sources/{name}.md"]):
        subprocess.run([sys.executable, "-m", *command], cwd=root, check=True, capture_output=True)
    golden = root / f"tests/fixtures/{name}/example.golden.json"
    return [*(root / path for path in written), golden, registry, schedules]


def refusal(name: str) -> str | None:
    """
    Return why a name cannot be that of a new source, None when it can.

    >>> refusal("who_example"), refusal("who")
    (None, "'who' is no name of a source; expected publisher_subject, such as who_testing.")
    """
    if not NAME.fullmatch(name):
        return f"'{name}' is no name of a source; expected publisher_subject, such as who_testing."
    if name in {source.name for source in SOURCES}:
        return f"There is a source '{name}' already; take another name."
    return None


def main(arguments: list[str]) -> int:
    """Make the source that is named; return 0, or 2 with a sentence."""
    name = arguments[0] if arguments else ""
    reason = refusal(name)
    if reason:
        sys.stderr.write(f"{reason} Say: make new-source NAME=publisher_subject\n")
        return 2
    made = "\n".join(str(path.relative_to(ROOT)) for path in make(name, ROOT))
    sys.stdout.write(
        f"{made}\nReplace the example in these files, then: make golden, make docs, make check. "
        f"CONTRIBUTING.md walks through it.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
