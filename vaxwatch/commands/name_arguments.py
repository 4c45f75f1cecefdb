"""Arguments that name a source or a dataset, which a shell completes from the declarations alone.

The lake is not read: a name is offered also where nothing of it was ever ingested.
"""

from typing import Annotated, Final

import typer

from schemas.versions import SYSTEM_TABLE_VERSIONS


def complete_source(incomplete: str) -> list[str]:
    """Return the names of declared sources that begin with a text.

    >>> complete_source("owid_")
    ['owid_vaccinations', 'owid_testing']
    """
    from tasks.sources import SOURCES  # noqa: PLC0415 (only completion needs them)

    return [source.name for source in SOURCES if source.name.startswith(incomplete)]


def complete_dataset(incomplete: str) -> list[str]:
    """Return the names of datasets that begin with a text: declared tables and system tables.

    >>> complete_dataset("qua")
    ['quality.results', 'quarantine.rows']
    """
    from tasks.sources import SOURCES  # noqa: PLC0415 (only completion needs them)

    declared = [f"{source.name}.{table}" for source in SOURCES for table in source.tables]
    return [name for name in (*declared, *SYSTEM_TABLE_VERSIONS) if name.startswith(incomplete)]


DatasetArgument = Annotated[
    str, typer.Argument(metavar="DATASET", help="<source>.<table>", autocompletion=complete_dataset)
]
NAMES: Final = "A name that `vaxwatch sources` shows."
SourceArgument = Annotated[
    str, typer.Argument(metavar="SOURCE", help=NAMES, autocompletion=complete_source)
]
SourcesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="SOURCE…", help=NAMES, autocompletion=complete_source)
]
SupersedeOption = Annotated[
    bool, typer.Option("--supersede", help="Replace what is known of the same instant.")
]
