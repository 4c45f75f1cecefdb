"""A new source by example: `make new-source NAME=who_example` writes one that passes the tests.

It writes four files: the module, its lines in the registry, a fixture and its golden table. The
page, the schedule (switched off) and the run-book's line are generated from the declaration.
"""

import re
import subprocess
import sys
from pathlib import Path

from tasks.sources import SOURCES

ROOT = Path(__file__).resolve().parents[1]
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")

MODULE = '''"""{title}: tests by country and day.

Say here what the page is, how it is printed and what its traps are.
"""

from datetime import timedelta

from schemas.columns import Always, From
from schemas.source import Schedule, Source
from tasks.formats.delimited import csv_tables

SOURCE = Source(
    name="{name}",
    title="{title}",
    shown_by="{title}",
    publisher="{title}",
    url="https://example.org/{name}.csv",
    licence="none stated",
    attribution="{title}",
    cadence=timedelta(days=7),
    schedule=Schedule(cron="57 7 * * 1", timezone="Europe/Zurich"),
    by_hand="The address is an example; leave this line out once it serves the table.",
    parse=csv_tables("tests", where="{name}"),
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


def registered(text: str, name: str) -> str:
    r"""Return the text of the registry with a source's import and line.

    >>> registered("from a import (\n    b,\n)\nS = (\n    b.SOURCE,\n)\n", "a_c")
    'from a import (\n    a_c,\n    b,\n)\nS = (\n    b.SOURCE,\n    a_c.SOURCE,\n)\n'
    """
    listed = re.search(r"import \(\n((?:    \w+,\n)+)\)", text)
    assert listed is not None
    modules = sorted({*listed[1].split(), f"{name},"})
    text = text.replace(listed[1], "".join(f"    {module}\n" for module in modules), 1)
    return re.sub(r"((?:    \w+\.SOURCE,\n)+)\)", rf"\1    {name}.SOURCE,\n)", text, count=1)


def make(name: str, root: Path) -> list[Path]:
    """Write the four files of an example source and what is generated; return the four."""
    title = name.replace("_", " ").capitalize()
    module, fixture = root / f"tasks/sources/{name}.py", root / f"tests/fixtures/{name}/example.csv"
    module.write_text(MODULE.format(name=name, title=title), encoding="utf-8")
    fixture.parent.mkdir(exist_ok=True)
    fixture.write_text(FIXTURE, encoding="utf-8")
    registry = root / "tasks/sources/__init__.py"
    registry.write_text(registered(registry.read_text(encoding="utf-8"), name), encoding="utf-8")
    for command in (["tests.golden", name], ["tests.source_documents"]):
        subprocess.run([sys.executable, "-m", *command], cwd=root, check=True, capture_output=True)
    return [module, registry, fixture, fixture.with_name("example.golden.json")]


def refusal(name: str) -> str | None:
    """Return why a name cannot be that of a new source, None when it can.

    >>> refusal("who_example"), refusal("who")
    (None, "'who' is no name of a source; expected publisher_subject, such as who_testing.")
    """
    if not NAME.fullmatch(name):
        return f"'{name}' is no name of a source; expected publisher_subject, such as who_testing."
    if name in {source.name for source in SOURCES}:
        return f"There is a source '{name}' already; take another name."
    return None


def main(arguments: list[str]) -> int:
    """Write the source that is named; return 0, or 2 after a message on standard error."""
    name = arguments[0] if arguments else ""
    reason = refusal(name)
    if reason:
        sys.stderr.write(f"{reason} Say: make new-source NAME=publisher_subject\n")
        return 2
    made = "\n".join(str(path.relative_to(ROOT)) for path in make(name, ROOT))
    sys.stdout.write(
        f"{made}\nReplace the example in these files, then: make golden, make docs, make check. "
        f"All else is generated. CONTRIBUTING.md walks through it.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
