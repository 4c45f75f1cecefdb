"""Whether the two locks satisfy pyproject.toml: `python -m tests.lock`."""

import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PRODUCT, TOOLS = "requirements.lock", "requirements-dev.lock"
PIN = re.compile(r"([a-z0-9.-]+)==([^ ;]+)( ; [^\\]+)?( \\)?")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
VIA = re.compile(r"    #(?: via|  ) *(.*)")
DECLARED = ("vaxwatch (pyproject.toml)", "vaxwatch (pyproject.toml:install)")
OVERRIDE = "--override overrides.txt"


@dataclass(frozen=True)
class Lock:
    """What a lock file holds, by the names of packages, and lines of no known form."""

    versions: dict[str, set[str]]
    hashed: set[str]
    needed_by: dict[str, set[str]]
    strange: list[str]


def read_lock(text: str) -> Lock:
    """Return what a lock file holds."""
    lock = Lock({}, set(), {}, [])
    name = ""
    for line in text.splitlines():
        if pin := PIN.fullmatch(line):
            name = canonicalize_name(pin[1])
            lock.versions.setdefault(name, set()).add(pin[2])
        elif HASH.fullmatch(line):
            lock.hashed.add(name)
        elif via := VIA.fullmatch(line):
            lock.needed_by.setdefault(name, set()).update({via[1]} - {"", OVERRIDE})
        else:
            lock.strange.append(line)
    return lock


def declared(project: str) -> tuple[list[Requirement], list[Requirement]]:
    """Return what pyproject.toml declares: for the product and its installation, and for tools."""
    read = tomllib.loads(project)
    install = read["dependency-groups"]["install"]
    tools = [text for extra in read["project"]["optional-dependencies"].values() for text in extra]
    return [Requirement(text) for text in [*read["project"]["dependencies"], *install]], [
        Requirement(text) for text in tools
    ]


def faults(project: str, product: str, tools: str) -> list[str]:
    """Return what is wrong with the locks, a sentence each."""
    needs, more = declared(project)
    locks = {PRODUCT: read_lock(product), TOOLS: read_lock(tools)}
    found = [
        *_lacking(PRODUCT, locks[PRODUCT], needs),
        *_lacking(TOOLS, locks[TOOLS], [*needs, *more]),
    ]
    found += [
        f"{name} is {sorted(versions)} in {PRODUCT}, {sorted(others)} in {TOOLS}; run `make lock`."
        for name, versions in locks[PRODUCT].versions.items()
        if versions != (others := locks[TOOLS].versions.get(name, set()))
    ]
    return found


def _lacking(file: str, lock: Lock, needs: list[Requirement]) -> list[str]:
    """Return where a lock differs from what is declared, and which of its lines are wrong."""
    wanted = {canonicalize_name(need.name) for need in needs}
    asked_for = {name for name, by in lock.needed_by.items() if not by.isdisjoint(DECLARED)}
    unexplained = {
        name
        for name in lock.versions
        if not (by := lock.needed_by.get(name)) or not by <= {*lock.versions, *DECLARED}
    }
    return [
        f"{need} is not in {file} ({sorted(pins) or 'no pin'}); run `make lock`."
        for need in needs
        if not (pins := lock.versions.get(canonicalize_name(need.name), set()))
        or not all(need.specifier.contains(version) for version in pins)
    ] + [
        *(f"'{line}' in {file} is no pin, hash or origin; delete it." for line in lock.strange),
        *(f"{name} in {file} is not declared; run `make lock`." for name in asked_for - wanted),
        *(
            f"Nothing that is locked needs {name} in {file}; run `make lock`."
            for name in unexplained
        ),
        *(f"{name} in {file} has no hash." for name in lock.versions.keys() - lock.hashed),
    ]


def main() -> int:
    """Print the faults and return the exit code."""
    found = faults(*((ROOT / file).read_text() for file in ("pyproject.toml", PRODUCT, TOOLS)))
    sys.stderr.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
