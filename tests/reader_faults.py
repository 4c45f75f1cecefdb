"""Faults of the contract with readers: a changed column, a version that was not announced."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.reader_contract import Column, Contract, kept

WHERE = "schemas/versions.py"
WRITE = "`make reader-contract`"


def faults(contracts: Sequence[Contract], folder: Path, *, changelog: str) -> list[str]:
    """Return what breaks the contract with readers, a sentence with its next step each."""
    named = {contract.name for contract in contracts}
    written = {_parts(path.name) for path in folder.glob("*.json")}
    gone = [
        f"{name}: readers open it by tests/contracts/{name}.{version}.json, and it is declared no "
        f"more. What was published is not taken away: declare it again."
        for name, version in sorted(written)
        if name not in named
    ]
    return [
        *gone,
        *(fault for contract in contracts for fault in _faults(contract, folder, changelog)),
    ]


def _parts(file: str) -> tuple[str, int]:
    name, version, _ = file.rsplit(".", maxsplit=2)
    return name, int(version)


def _faults(contract: Contract, folder: Path, changelog: str) -> Iterator[str]:
    name, version = contract.name, contract.version
    for earlier in range(1, version):
        for kind in ("json", "sql"):
            if not (folder / f"{name}.{earlier}.{kind}").exists():
                yield (
                    f"{name}: tests/contracts/{name}.{earlier}.{kind} is gone; readers of that "
                    f"version are still there. Bring it back."
                )
    if (folder / f"{name}.{version + 1}.json").exists():
        yield f"{name}: version {version + 1} was published; {WHERE} says {version}. Raise it."
    if version > 1 and not is_announced(changelog, name, version):
        yield (
            f"{name}: no line of CHANGELOG.md names `{name}` and version {version}. Add one that "
            f"tells readers what is other, and what they do about it."
        )
    if not (folder / contract.file).exists():
        yield f"{name}: version {version} is not written down; {WRITE} does it."
        return
    yield from _differences(contract, kept(folder, name, version))


def _differences(contract: Contract, known: Contract) -> Iterator[str]:
    name, version = contract.name, contract.version
    changes = list(_changes(contract, known))
    if changes:
        yield (
            f"{name}: {'; '.join(changes)}. Columns change only with the version: set {name} to "
            f"{version + 1} in {WHERE}, run {WRITE}, tell readers in CHANGELOG.md (a line with "
            f"`{name}` and version {version + 1}), and keep tests/contracts/{contract.file}."
        )
        return
    for now, then in zip(contract.columns, known.columns, strict=True):
        if now.meaning != then.meaning:
            yield (
                f"{name}.{now.name} means '{now.meaning}', and meant '{then.meaning}'. If only the "
                f"words are better, write them into tests/contracts/{contract.file}; if it is "
                f"another figure now, it needs version {version + 1} in {WHERE}."
            )


def _changes(contract: Contract, known: Contract) -> Iterator[str]:
    now = {column.name: column for column in contract.columns}
    then = {column.name: column for column in known.columns}
    for name in then.keys() - now.keys():
        yield f"column {name} is gone (removed or renamed)"
    for name in now.keys() - then.keys():
        yield f"column {name} is new"
    for name in [name for name in then if name in now]:
        if now[name].shape != then[name].shape:
            yield f"column {name} was {_shown(then[name])} and is {_shown(now[name])}"
    if now.keys() == then.keys() and [*now] != [*then]:
        yield "the columns are in another order"
    if contract.key != known.key:
        yield f"the key was {', '.join(known.key)} and is {', '.join(contract.key)}"


def _shown(column: Column) -> str:
    unit = f" in [{column.unit}]" if column.unit else ""
    return f"{column.type}{unit}{'' if column.always else ', may be absent'}"


def is_announced(changelog: str, name: str, version: int) -> bool:
    """Return whether an entry of a changelog names a table and a version of it."""
    entries = re.split(r"^- ", changelog, flags=re.MULTILINE)[1:]
    changes = re.compile(rf"\bversion {version}\b")
    return any(f"`{name}`" in entry and changes.search(entry) for entry in entries)
