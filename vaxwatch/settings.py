"""
Settings: where the lake is, whom publishers can reach, which address a source is fetched from.

Promises: an option of the command line beats the environment (VAXWATCH_LAKE, VAXWATCH_CONTACT),
that beats `vaxwatch.toml` (in the working directory, or the file that VAXWATCH_CONFIG names), that
beats the default. A mistake in the file is told with its place and never passed over.
"""

import os
import tomllib
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from schemas.errors import WrongUse
from schemas.waivers import Waiver
from tasks.alerts.waiver_config import config_file, waivers_from
from tasks.sources import SOURCES

PREFECT = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
}
"""What Prefect is told before it is first imported; the environment may say otherwise."""


class SourceSettings(BaseModel):
    """What may differ from a source's declaration. `url`: another address to fetch from."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    url: str | None = None


class Settings(BaseSettings):
    """
    All settings, and the names they have in the file.

    `lake`: a folder or s3://bucket/prefix. `contact`: an e-mail or web address that publishers see
    with each request; empty means none. `wayback`: the web archive that backfills ask, empty means
    the Internet Archive's. `allow_private`: whether a publisher may send us on to addresses that
    are not public (an address that is declared or given by hand may be anywhere). `sources`: by
    name, what differs from the declaration. `waivers`: what is known and left as it is, expired
    ones too; in the file alone.
    """

    model_config = SettingsConfigDict(
        env_prefix="VAXWATCH_", env_ignore_empty=True, extra="forbid", frozen=True
    )

    lake: str = "./lake"
    contact: str = ""
    wayback: str = ""
    allow_private: bool = False
    sources: Mapping[str, SourceSettings] = Field(default_factory=dict[str, SourceSettings])
    waivers: tuple[Waiver, ...] = ()

    @field_validator("waivers", mode="before")
    @classmethod
    def waivers_as_written(cls, listed: object) -> tuple[Waiver, ...]:
        """Return the waivers of the file. Raises WrongUse."""
        return () if listed == () else waivers_from(listed, where=str(config_file()))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return who is asked, the first that knows an answer wins; no .env file is read."""
        del dotenv_settings, file_secret_settings
        return (
            init_settings,
            env_settings,
            TomlConfigSettingsSource(settings_cls, config_file()),
        )


def load_settings(lake: str | None = None) -> Settings:
    """
    Return the settings as they hold now; `lake` is what the command line says, if it does.

    Raises WrongUse when the file is missing, is no TOML, or holds something unknown, such as a
    source that is not declared.
    """
    if os.environ.get("VAXWATCH_WAIVERS"):
        raise WrongUse(
            "VAXWATCH_WAIVERS is set, but waivers stand in vaxwatch.toml alone, where people see "
            "them. Unset it, and name another file by VAXWATCH_CONFIG where you need one."
        )
    try:
        settings = Settings(lake=lake) if lake else Settings()
    except tomllib.TOMLDecodeError as error:
        raise WrongUse(f"{config_file()} is no TOML: {error}. Mend that line.") from error
    except ValidationError as error:
        raise WrongUse(_mistakes(error)) from error
    except SettingsError as error:
        raise WrongUse(f"The environment holds a setting that cannot be read: {error}.") from error
    _refuse_unknown_sources(settings)
    return settings


def prepare_prefect(
    *, verbose: bool, contact: str = "", wayback: str = "", allow_private: bool = False
) -> None:
    """
    Set what Prefect and our fetching read from the environment; what is set already stays.

    To be called before Prefect is imported: no telemetry, patience with a slow start of its
    server, and its log only when asked for (it writes a traceback for every error that we tell in a
    sentence).
    """
    own, others = ("INFO", "WARNING") if verbose else ("CRITICAL", "CRITICAL")
    told = PREFECT | {"PREFECT_LOGGING_LEVEL": own, "PREFECT_LOGGING_ROOT_LEVEL": others}
    if contact:
        told["VAXWATCH_CONTACT"] = contact
    if wayback:
        told["VAXWATCH_WAYBACK"] = wayback
    if allow_private:
        told["VAXWATCH_ALLOW_PRIVATE"] = "true"
    for name, value in told.items():
        os.environ.setdefault(name, value)


def _refuse_unknown_sources(settings: Settings) -> None:
    known = [source.name for source in SOURCES]
    for name in settings.sources:
        if name not in known:
            raise WrongUse(
                f"{_place(name)} sets [sources.{name}], but no source has that name; expected one "
                f"of {', '.join(known)}. Mend the name or take the section out."
            )


def _place(source: str) -> str:
    """Return who sets something for a source: the file, else the variable."""
    file = config_file()
    written = tomllib.loads(file.read_text(encoding="utf-8")) if file else {}
    return str(file) if source in written.get("sources", ()) else "VAXWATCH_SOURCES"


def _mistakes(error: ValidationError) -> str:
    known = ", ".join(Settings.model_fields)
    told = "; ".join(
        f"{'.'.join(map(str, mistake['loc']))}: {mistake['msg']}" for mistake in error.errors()
    )
    return (
        f"Settings in {config_file() or 'the environment'} are wrong: {told}. "
        f"Known are {known}, url in [sources.<name>], and [[waivers]]."
    )
