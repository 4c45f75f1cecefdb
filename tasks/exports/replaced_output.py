"""What is written to a path outside of the lake: put in its place at once when it is complete."""

import os
import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from polars.exceptions import PolarsError

from schemas.errors import StoreUnavailable, WrongUse

SOURCES = "sources.csv"
"""Every exported folder has it; only such a folder is replaced."""


@contextmanager
def replaced(out: Path, *, force: bool) -> Generator[Path]:
    """Yield a path to write to, beside `out`; it is put in the place of `out` at the end.

    After an error nothing is changed. Raises WrongUse as `refuse_to_replace`, StoreUnavailable
    where it cannot be written.
    """
    refuse_to_replace(out, force=force)
    made = out.with_name(f".{out.name}.{os.getpid()}.partial")
    try:
        yield made
        _put(made, out)
    except (OSError, PolarsError) as error:  # Parquet on a full disk is a ComputeError
        raise StoreUnavailable(f"--out {out}", f"could not be written: {error}") from error
    finally:
        _remove(made)


def refuse_to_replace(out: Path, *, force: bool) -> None:
    """Raise WrongUse where something is at `out` that must not be replaced, or no folder for it.

    `force`: an earlier export may be; a folder with anything else is never replaced.
    """
    if re.match(r"[a-z][a-z0-9]+:/", str(out)):
        raise WrongUse(
            f"--out {out}: seen an address; expected a path on this machine. Copy the export from "
            f"there, for instance with `aws s3 cp --recursive`."
        )
    if not out.absolute().parent.is_dir():
        raise WrongUse(f"--out {out}: there is no folder {out.parent}. Make it first.")
    if not out.exists():
        return
    if not force:
        raise WrongUse(f"--out {out} exists already. Name another, or replace it with --force.")
    if out.is_dir() and any(out.iterdir()) and not (out / SOURCES).is_file():
        raise WrongUse(
            f"--out {out} is a folder without {SOURCES}, so it is no earlier export; expected one "
            f"that --force may replace. Name another folder."
        )


def _put(made: Path, out: Path) -> None:
    if not out.is_dir():
        made.replace(out)
        return
    before = out.with_name(f".{out.name}.{os.getpid()}.before")
    out.replace(before)
    made.replace(out)
    _remove(before)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
