"""Whether the lake is sound: verify."""

from typing import Annotated

import typer
from rich.console import Console

from tasks.pipeline.integrity import alert_problems, raw_problems
from tasks.vault.verify import verify_vault
from vaxwatch.commands.command_runner import Run, command
from vaxwatch.commands.exit_codes import DONE, FAILED
from vaxwatch.display import plural
from vaxwatch.documents import Document
from vaxwatch.reader import Lake, open_lake


@command
def verify(
    run: Run,
    *,
    deep: Annotated[
        bool, typer.Option("--deep", help="Read every object and compute its hash again.")
    ] = False,
) -> int:
    """Check that every object of the lake is there and is what its name and its commit say."""
    lake = open_lake(run.lake)
    vaults, problems = lake.vaults(), all_problems(lake, deep=deep)
    document = {"lake": run.lake, "deep": deep, "sources": sorted(vaults), "problems": problems}
    run.answer(document, lambda console: draw_problems(console, document))
    return FAILED if problems else DONE


def all_problems(lake: Lake, *, deep: bool) -> list[Document]:
    """Return what is wrong with vaults, raw archive and alert log: source and problem."""
    found = [
        {"source": name, "problem": problem}
        for name, vault in sorted(lake.vaults().items())
        for problem in [
            *verify_vault(vault, deep=deep),
            *raw_problems(lake.store, vault, deep=deep),
        ]
    ]
    of_alerts = [{"source": "alerts", "problem": problem} for problem in alert_problems(lake.store)]
    return [*found, *of_alerts]


def draw_problems(console: Console, document: Document) -> None:
    """Draw the problems of a lake, and the verdict."""
    for problem in document["problems"]:
        console.print(f"{problem['source']}: {problem['problem']}")
    looked = f"{plural(len(document['sources']), 'source')} in {document['lake']}"
    found = plural(len(document["problems"]), "problem") if document["problems"] else "sound"
    console.print(f"{looked}: {found}.")
