"""Derived files of a source beside its tables: flags, unparsable keys, views, the schema log.

Promises: each is made again from the commits, in memory, and compared; only what differs is
replaced.
"""

from collections.abc import Iterator

from tasks.catalog.system_tables import SYSTEM_SOURCES
from tasks.catalog.views import VIEWS, is_catalog_right, publish_catalog
from tasks.parsing.flags import publish_flags
from tasks.schema_drift.schema_log import LOG_NAME, SchemaLogFile
from tasks.sources import source_named
from tasks.vault.rebuilt_files import REPAIR, rewrite, wrong_files
from tasks.vault.vault_reader import VaultReader

KINDS = ("flags", "unread")


def derived_problems(vault: VaultReader) -> Iterator[str]:
    """Yield a sentence per file that is not what the commits give. Raises Damaged."""
    for wrong in wrong_files(vault.lake, vault.source, _publish, kinds=KINDS):
        yield f"{wrong.fault} {REPAIR}"
    if not is_catalog_right(vault.lake, vault):
        yield f"{vault.lake.uri}/{VIEWS}: the section of {vault.source} is wrong. {REPAIR}"


def mend_derived(vault: VaultReader) -> list[str]:
    """Replace the files that are not what the commits give; return their names. Raises Damaged."""
    wrong = wrong_files(vault.lake, vault.source, _publish, kinds=KINDS)
    done = [one.key for one in wrong if rewrite(vault.lake, one)]
    if not is_catalog_right(vault.lake, vault) and publish_catalog(
        vault.lake, vault, from_scratch=True
    ):
        done.append(VIEWS)
    if vault.source not in SYSTEM_SOURCES:
        schema_log = SchemaLogFile(vault.lake, source_named(vault.source))
        if schema_log.update(lambda log: log):
            done.append(f"raw/{vault.source}/{LOG_NAME}")
    return done


def _publish(vault: VaultReader) -> None:
    publish_flags(vault)
    publish_catalog(vault.lake, vault)
