"""The command `metrics`: the status of the lake for Prometheus."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from schemas.errors import VaxwatchError, WrongUse
from tasks.sources import SOURCES
from vaxwatch.commands.command_runner import DONE, Run, command, sentence
from vaxwatch.commands.status_command import read_status
from vaxwatch.console import report, write_line

LOOPBACK = "127.0.0.1"


@command
def metrics(
    run: Run,
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE.prom",
            help="Replace a file, for node_exporter's textfile folder.",
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port", min=1, max=65535, help="Serve http://127.0.0.1:PORT/metrics until stopped."
        ),
    ] = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="Measure the raw archive, too; asks for more names.")
    ] = False,
) -> int:
    """Show the status of the lake as metrics, in the text format of Prometheus."""
    from prometheus_client import generate_latest, write_to_textfile  # noqa: PLC0415 (0.3 s)

    from tasks.watching.metrics import registry_of  # noqa: PLC0415 (as above)

    if out and port:
        raise WrongUse("--out writes once and --port serves: give one of them.")
    if out and out.suffix != ".prom":
        raise WrongUse(f"'{out}': node_exporter reads files that end in .prom alone.")
    if port:
        _serve(run, port, with_raw=raw)
        return DONE
    registry = registry_of(lambda: _families(run, with_raw=raw))
    if out:
        write_to_textfile(str(out), registry)
    text = "" if out else generate_latest(registry).decode().rstrip("\n")
    if run.asked.as_json:
        return run.answer({"metrics": text, "out": str(out) if out else None}, lambda _: None)
    if text:
        write_line(text)
    return DONE


def _serve(run: Run, port: int, *, with_raw: bool) -> None:
    """Serve the metrics on loopback until interrupted. Raises WrongUse for a port that is taken."""
    from prometheus_client import start_http_server  # noqa: PLC0415 (0.3 s)

    from tasks.watching.metrics import registry_of, up  # noqa: PLC0415 (as above)

    def collect() -> Iterable[Any]:
        try:
            return _families(run, with_raw=with_raw)
        except VaxwatchError as error:
            report(sentence(error))
            return [up(is_read=False)]

    try:
        server, thread = start_http_server(port, addr=LOOPBACK, registry=registry_of(collect))
    except OSError as error:
        where = f"port {port} of {LOOPBACK}"
        raise WrongUse(
            f"{where} cannot be used ({error.strerror}); give another --port."
        ) from error
    report(f"http://{LOOPBACK}:{port}/metrics; each request reads {run.lake}.")
    try:
        thread.join()
    finally:
        server.shutdown()


def _families(run: Run, *, with_raw: bool) -> Iterable[Any]:
    """Return the metrics of the lake now."""
    from tasks.vault.backends.open_store import open_store  # noqa: PLC0415 (as above)
    from tasks.watching.metrics import families  # noqa: PLC0415 (as above)
    from tasks.watching.raw_size import raw_sizes  # noqa: PLC0415 (only with --raw)

    status = read_status(run, SOURCES)
    names = [source.name for source in SOURCES]
    sizes = raw_sizes(open_store(run.lake), names, at=status.at) if with_raw else None
    return list(families(status, sizes))
