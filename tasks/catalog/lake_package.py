"""Publishing of the data package and of the documents that are made from it.

Promises: the documents are written before the package, which states their hashes, so that a run
that was killed between is completed by the next. A run that changes none of it costs one read.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final

from polars.exceptions import PolarsError

from schemas.versions import FILE_VERSIONS
from tasks.catalog.datapackage import (
    OF_LAKE,
    PACKAGE,
    Json,
    has_sections,
    package_bytes,
    resources_in,
    resources_of,
    with_sections,
)
from tasks.catalog.file_descriptions import FileDescription, file_in, files_of_source
from tasks.catalog.lake_documents import documents_of
from tasks.catalog.reference_tables import DIM_PRODUCT
from tasks.vault.backends.store import Store
from tasks.vault.parquet_metadata import PublishedFile
from tasks.vault.reader_columns import declared_columns
from tasks.vault.rebuilt_files import REPAIR
from tasks.vault.vault_reader import VaultReader

OTHER_FILES: Final = {
    "alerts/alert_events.parquet": FILE_VERSIONS["alert_events"],
    "alerts/alerts.parquet": FILE_VERSIONS["alerts"],
    DIM_PRODUCT: FILE_VERSIONS["dim_product"],
}
"""Published files that belong to no source, with the versions of their columns."""
MARTS: Final = "marts/"
Sections = Mapping[str, Sequence[FileDescription]]


def publish_package(store: Store, sections: Sections) -> list[str]:
    """Replace sections of the data package; return the names of what was written.

    Raises LostRace.
    """
    written: list[str] = []

    def build(present: bytes | None) -> bytes | None:
        if has_sections(present, sections):
            return None
        resources = with_sections(resources_in(present), sections)
        documents = documents_of(resources)
        body = package_bytes(resources, _hashes(documents))
        written[:] = [name for name, text in documents.items() if _replaced(store, name, text)]
        return body

    return [*written, PACKAGE] if store.update(PACKAGE, build) else []


def describe_source(store: Store, vault: VaultReader) -> list[str]:
    """Bring the section of a source up to its newest commit; return the names written."""
    if vault.head is None:
        return []
    return publish_package(store, {vault.source: files_of_source(vault, declared_columns)})


def describe_files(store: Store, paths: Mapping[str, int]) -> list[str]:
    """Bring the sections of other files up to date; return the names written.

    `paths`: every file of their folders, with the version of its columns. A file is read only where
    the package lacks it in that version, or lacks what it holds; one that is not there, or is
    damaged, is left out.
    """
    blob = store.get(PACKAGE)
    sections = {path.rpartition("/")[0] for path in paths}
    there = resources_of(blob.body if blob else None, sections)
    described = {one["path"]: one["version"] for one in there if one["description"] != OF_LAKE}
    if described == dict(paths):
        return []
    return publish_package(store, _sections_of(store, sorted(paths)))


def all_sections(store: Store, vaults: Sequence[VaultReader]) -> dict[str, list[FileDescription]]:
    """Return every section that the data package of a lake should have."""
    named = [vault for vault in vaults if vault.head is not None]
    marts = [key for key in store.list(MARTS) if key.endswith(".parquet")]
    return {
        **{vault.source: files_of_source(vault, declared_columns) for vault in named},
        **_sections_of(store, [*OTHER_FILES, *marts]),
    }


def rebuild_package(store: Store, vaults: Sequence[VaultReader]) -> list[str]:
    """Make package and documents again from the whole lake; return the names written.

    None before the first commit. Raises Damaged, LostRace.
    """
    if not any(vault.head for vault in vaults):
        return []
    documents, body = _right(store, vaults)
    done = [name for name, text in documents.items() if _replaced(store, name, text)]
    return done + ([PACKAGE] if _replaced(store, PACKAGE, body) else [])


def package_problems(store: Store, vaults: Sequence[VaultReader]) -> Iterator[str]:
    """Yield a sentence for each of package and documents that is not what the lake gives.

    None before the first commit. Raises Damaged.
    """
    if not any(vault.head for vault in vaults):
        return
    documents, body = _right(store, vaults)
    for name, text in {**documents, PACKAGE: body}.items():
        blob = store.get(name)
        if blob is None or blob.body != text:
            yield f"{store.uri}/{name} is not what the lake's tables give. {REPAIR}"


def _right(store: Store, vaults: Sequence[VaultReader]) -> tuple[dict[str, bytes], bytes]:
    resources: list[Json] = with_sections([], all_sections(store, vaults))
    documents = documents_of(resources)
    return documents, package_bytes(resources, _hashes(documents))


def _sections_of(store: Store, paths: Sequence[str]) -> dict[str, list[FileDescription]]:
    sections: dict[str, list[FileDescription]] = {p.rpartition("/")[0]: [] for p in paths}
    for path in paths:
        there = PublishedFile.read(path, store.get(path))
        if there.blob is not None:
            with suppress(PolarsError):  # no Parquet; `vaxwatch verify` reports it
                sections[path.rpartition("/")[0]].append(file_in(path, there.blob.body))
    return sections


def _replaced(store: Store, name: str, body: bytes) -> bool:
    return store.update(name, lambda _: body)


def _hashes(documents: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(body).hexdigest() for name, body in documents.items()}
