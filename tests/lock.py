"""Whether requirements.lock still satisfies pyproject.toml: `python -m tests.lock`."""

import re
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)(.*)$", re.MULTILINE)


def faults(project: str, lock: str) -> list[str]:
    """Return what the lock lacks, a sentence each."""
    declared = tomllib.loads(project)["project"]
    wanted = [Requirement(text) for text in declared["dependencies"]]
    for extra in declared["optional-dependencies"].values():
        wanted += [Requirement(text) for text in extra]
    pins: dict[str, list[str]] = {}
    for name, version, _ in PIN.findall(lock):
        pins.setdefault(canonicalize_name(name), []).append(version)
    return [
        f"{need} is not in requirements.lock ({pins.get(canonicalize_name(need.name), 'no pin')}); "
        f"run `make lock`."
        for need in wanted
        if not any(need.specifier.contains(v) for v in pins.get(canonicalize_name(need.name), []))
    ] + [f"'{word}' in requirements.lock: no addresses there." for word in ADDRESS.findall(lock)]


ADDRESS = re.compile(r"https?://\S+")


def main() -> int:
    """Print the faults and return the exit code."""
    found = faults((ROOT / "pyproject.toml").read_text(), (ROOT / "requirements.lock").read_text())
    sys.stderr.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
