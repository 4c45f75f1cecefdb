"""The command `chart`: the picture of an alert, or of one figure of a dataset, as a file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from schemas.errors import StoreUnavailable, WrongUse
from schemas.wording import printable
from vaxwatch.commands.alert_commands import SHORT, alert_named
from vaxwatch.commands.command_runner import Run, command
from vaxwatch.commands.name_arguments import complete_dataset
from vaxwatch.commands.reading_commands import WhereOption, conditions
from vaxwatch.display import draw_wrapped
from vaxwatch.reader import Lake, open_lake

if TYPE_CHECKING:
    from tasks.charts.rendering import Drawn

ENDINGS = (".png", ".svg", ".html")


@command
def chart(
    run: Run,
    what: Annotated[
        str,
        typer.Argument(
            metavar="FINGERPRINT|DATASET",
            help="An alert, or how its fingerprint begins; or <source>.<table>.",
            autocompletion=complete_dataset,
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="F.png|F.svg|F.html", help="Write the picture there.")
    ],
    where: WhereOption = None,
    column: Annotated[
        str | None, typer.Option("--column", help="Which figure, where a dataset has several.")
    ] = None,
) -> int:
    """Draw the change that an alert is about, or how one figure went over the versions."""
    _refuse_unwritable(out)
    lake = open_lake(run.lake, is_pinned=True)
    if "." in what:
        drawn = _of_dataset(lake, what, conditions(where), column)
    elif where or column:
        raise WrongUse("--where and --column are for a DATASET; an alert has its own figure.")
    else:
        drawn = _of_alert(lake, what)
    from tasks.charts.rendering import RENDERERS  # noqa: PLC0415 (a renderer of 80 MB)

    body = RENDERERS[out.suffix](drawn)
    try:
        out.write_bytes(body)
    except OSError as error:
        raise StoreUnavailable(f"--out {out}", f"could not be written: {error}") from error
    shown = str(drawn.to_dict()["description"])
    document = {"out": str(out), "bytes": len(body), "alt": shown}

    def draw(console: Console) -> None:
        text = f"{out} ({len(body):,} bytes): {shown}"
        draw_wrapped(console, Text(printable(text)), indent=2, lead="")

    return run.answer(document, draw)


def _of_alert(lake: Lake, fingerprint: str) -> "Drawn":
    from tasks.charts.alert_charts import chart_of_alert  # noqa: PLC0415 (as above)

    alert = alert_named(lake.alert_records(), fingerprint)
    vault = lake.vault(alert.dataset.partition(".")[0])
    drawn = chart_of_alert(vault, alert, lake.events(alert.fingerprint))
    if drawn is None:
        name = alert.fingerprint[:SHORT]
        raise WrongUse(
            f"Alert {name} ({alert.rule}) is about no figure, so there is nothing to draw. "
            f"`vaxwatch alerts show {name}` shows it."
        )
    return drawn


def _of_dataset(
    lake: Lake, dataset: str, where: Mapping[str, object], column: str | None
) -> "Drawn":
    from tasks.charts.dataset_charts import chart_of_dataset  # noqa: PLC0415 (as above)

    lake.key(dataset)  # raises UnknownName
    source, _, table = dataset.partition(".")
    key = {name: str(value) for name, value in where.items()}
    return chart_of_dataset(lake.vault(source), table, key, column)


def _refuse_unwritable(out: Path, endings: Sequence[str] = ENDINGS) -> None:
    if out.suffix not in endings:
        raise WrongUse(f"--out {out}: expected a name that ends in {', '.join(endings)}.")
    if not out.parent.is_dir():
        raise WrongUse(f"--out {out}: there is no folder {out.parent}. Make it first.")
