"""The command `catalog`: the descriptions of a lake for people, programs and DuckDB, made again."""

from rich.console import Console

from tasks.catalog.datapackage import PACKAGE, resources_in
from tasks.catalog.lake_package import rebuild_package
from tasks.catalog.views import VIEWS, publish_catalog
from vaxwatch.commands.command_runner import Run, command
from vaxwatch.display import plural
from vaxwatch.documents import Document
from vaxwatch.reader import open_lake


@command
def catalog(run: Run) -> int:
    """Make the lake's README, data package, dictionary and SQL views again; runs do so, too."""
    lake = open_lake(run.lake)
    vaults = [*lake.vaults().values()]
    views = [publish_catalog(lake.store, vault, from_scratch=True) for vault in vaults]
    written = [*([VIEWS] if any(views) else []), *rebuild_package(lake.store, vaults)]
    blob = lake.store.get(PACKAGE)
    described = resources_in(blob.body if blob else None)
    document: Document = {
        "lake": run.lake,
        "files": len(described),
        "columns": sum(len(one["schema"]["fields"]) for one in described),
        "written": sorted(written),
    }
    return run.answer(document, lambda console: _draw(console, document))


def _draw(console: Console, document: Document) -> None:
    for name in document["written"]:
        console.print(f"{document['lake']}/{name} was written.")
    files, columns = (
        plural(document[name], name.removesuffix("s")) for name in ("files", "columns")
    )
    news = "" if document["written"] else " Nothing had changed."
    console.print(f"{files} with {columns} are described in {document['lake']}/{PACKAGE}.{news}")
