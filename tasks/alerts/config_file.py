"""The file of settings, vaxwatch.toml: where it is, and what it sets."""

import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from schemas.errors import WrongUse

FILE: Final = "vaxwatch.toml"
SETTINGS: Final = (
    *("lake", "contact", "wayback", "allow_private", "marts", "log", "public_base_url", "site_png"),
    *("sources", "waivers", "alerts", "targets"),
)
"""The top-level names of the file."""


class WrongSettings(WrongUse):
    """Settings are wrong; `mistakes` has a sentence for each."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__(mistakes)
        self.mistakes = mistakes

    def __str__(self) -> str:
        return " ".join(self.mistakes)


def config_file() -> Path | None:
    """Return the path in VAXWATCH_CONFIG, else ./vaxwatch.toml, None without one.

    Raises WrongUse when the variable names no file, and when something else has that name: a
    folder, or a link to a file that is gone. To go on without the settings would lose waivers and
    targets in silence.
    """
    named = os.environ.get("VAXWATCH_CONFIG")
    if not named:
        if not os.path.lexists(FILE):
            return None
        if not Path(FILE).is_file():
            raise WrongUse(
                f"{FILE} is here, but is no file. Put one in its place, or take it away."
            )
        return Path(FILE)
    if not Path(named).is_file():
        raise WrongUse(f"VAXWATCH_CONFIG names {named}, which is no file. Write it or unset it.")
    return Path(named)


def read_config(file: Path) -> dict[str, Any]:
    """Return the settings of a file, by name.

    Raises WrongUse when it is no TOML or sets something unknown.
    """
    written = read_toml(file)
    if mistake := unknown_settings(file, written):
        raise WrongUse(mistake)
    return written


def read_toml(file: Path) -> dict[str, Any]:
    """Return what a file sets, by name. Raises WrongUse when it is no TOML."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise WrongUse(f"{file} is no TOML: {error}. Mend that line.") from error
    except OSError as error:
        raise WrongUse(
            f"{file} cannot be read: {error.strerror}. Give this user the right to read it."
        ) from error


def unknown_settings(file: Path, written: Mapping[str, Any]) -> str:
    """Return the sentence on what a file sets and is no setting; '' where all are."""
    unknown = sorted(written.keys() - set(SETTINGS))
    if not unknown:
        return ""
    return (
        f"{file} sets {', '.join(unknown)}, which is no setting; expected one of "
        f"{', '.join(SETTINGS)}. Mend the name or take it out."
    )
