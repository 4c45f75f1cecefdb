"""A new source by example: `make new-source NAME=who_example KIND=odata` writes one that passes.

It writes five files: the module, its lines in the registry, a fixture, its golden table, and a test
with a server of that kind on this machine. The page, the schedule (switched off) and the run-book's
line are generated from the declaration.
"""

import re
import subprocess
import sys
from pathlib import Path

from tasks.sources import SOURCES

ROOT = Path(__file__).resolve().parents[1]
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")

LITERAL = "publisher_subject"
"""What stands for the name in the templates; `Publisher subject` stands for the title."""
TEMPLATES = Path(__file__).parent / "source_templates"
KINDS = ("file", "odata", "sdmx", "ckan", "powerbi")
LONGEST = 40  # letters of a name; longer ones do not fit in the lines of the templates


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


def files_of(name: str, root: Path) -> dict[str, Path]:
    """Return the files of a source by the template that each is made from."""
    return {
        "{kind}/source.py": root / f"tasks/sources/{name}.py",
        "{kind}/example.csv": root / f"tests/fixtures/{name}/example.csv",
        "over_http.py": root / f"tests/tasks/sources/test_{name}.py",
    }


def make(name: str, kind: str, root: Path) -> list[Path]:
    """Write the five files of an example source and what is generated; return the five.

    The line in the registry is written last: what is broken off before it changes no other file.
    """
    files = files_of(name, root)
    title = name.replace("_", " ").capitalize()
    for template, path in files.items():
        text = (TEMPLATES / template.format(kind=kind)).read_text(encoding="utf-8")
        text = text.replace(LITERAL, name).replace("Publisher subject", title)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.replace("file_server", f"{kind}_server"), encoding="utf-8")
    registry = root / "tasks/sources/__init__.py"
    registry.write_text(registered(registry.read_text(encoding="utf-8"), name), encoding="utf-8")
    module, example, test = files.values()
    ruff = ["ruff", "format", "--quiet", str(module), str(test)]
    for command in (ruff, ["tests.golden", name], ["tests.source_documents"]):
        subprocess.run([sys.executable, "-m", *command], cwd=root, check=True, capture_output=True)
    return [module, registry, example, example.with_name("example.golden.json"), test]


def refusal(name: str, kind: str, root: Path = ROOT) -> str | None:
    """Return why such a source cannot be made, None when it can.

    >>> refusal("who_example", "odata"), refusal("who", "odata")
    (None, "'who' is no name of a source; expected publisher_subject, such as who_testing.")
    >>> refusal("who_example", "soap")
    "'soap' is no kind of source; expected file, odata, sdmx, ckan or powerbi."
    """
    if not NAME.fullmatch(name):
        return f"'{name}' is no name of a source; expected publisher_subject, such as who_testing."
    if len(name) > LONGEST:
        return f"'{name}' has {len(name)} letters; expected a name of at most {LONGEST}."
    if kind not in KINDS:
        return f"'{kind}' is no kind of source; expected {', '.join(KINDS[:-1])} or {KINDS[-1]}."
    if name in {source.name for source in SOURCES}:
        return f"There is a source '{name}' already; take another name."
    left = [path for path in files_of(name, root).values() if path.exists()]
    if left:
        return (
            f"{left[0].relative_to(root)} is there, but no source '{name}' in SOURCES; expected "
            f"neither. Remove the file, or take another name."
        )
    return None


def main(arguments: list[str]) -> int:
    """Write the source that is named; return 0, or 2 after a message on standard error."""
    name, kind, *_ = (*arguments, "", "")
    reason = refusal(name, kind or KINDS[0])
    if reason:
        usage = f"make new-source NAME=publisher_subject KIND={'|'.join(KINDS)}"
        sys.stderr.write(f"{reason} Type: {usage}\n")
        return 2
    made = "\n".join(str(path.relative_to(ROOT)) for path in make(name, kind or KINDS[0], ROOT))
    sys.stdout.write(
        f"{made}\nReplace the example in these files, then: make golden, make docs, make check. "
        f"All else is generated. docs/new-source.md walks through it.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
