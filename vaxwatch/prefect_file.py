"""The deployments of a prefect.yaml that have a schedule; other parts of the file are Prefect's."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, Field, ValidationError

from schemas.errors import WrongUse, short

PREFECT_FILE = Path(__file__).resolve().parents[1] / "deployments" / "prefect.yaml"


class ScheduleEntry(BaseModel, extra="forbid"):
    """One schedule, with the fields of Prefect's own; an interval is in seconds."""

    interval: timedelta | None = None
    cron: str | None = None
    rrule: str | None = None
    timezone: str | None = None
    anchor_date: datetime | None = None
    day_or: bool = True
    active: bool = True
    parameters: dict[str, Any] | None = None
    slug: str | None = None


class LimitEntry(BaseModel):
    """How many runs of a deployment there may be at one time, and what becomes of others."""

    limit: int
    collision_strategy: str | None = None
    grace_period_seconds: int | None = None


class DeploymentEntry(BaseModel):
    """One deployment: what is run, with what, and when."""

    name: Annotated[str, Field(pattern=r"^[^/%&<>\x00-\x1f\x7f-\x9f]+$")]
    entrypoint: Annotated[str, Field(pattern=r"^[^:]+\.py:\w+$")]
    description: str | None = None
    parameters: dict[str, Any] = {}
    schedules: list[ScheduleEntry] | None = None
    tags: list[str] | None = None
    paused: bool = False
    concurrency_limit: int | LimitEntry | None = None

    @property
    def is_off(self) -> bool:
        """Whether none of its schedules is active."""
        return not any(schedule.active for schedule in self.schedules or ())


class PrefectFile(BaseModel):
    """What is read of the file."""

    deployments: list[DeploymentEntry]


def scheduled_entries(path: Path) -> list[DeploymentEntry]:
    """Return the deployments of a prefect.yaml that have a schedule, those that are off included.

    Raises WrongUse where the file is missing, is no YAML, or an entry is not of that form.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        entries = PrefectFile.model_validate(document).deployments
        return [entry for entry in entries if entry.schedules]
    except FileNotFoundError as error:
        raise WrongUse(
            f"{path}: there is no such file; expected a prefect.yaml with schedules (an "
            f"installed wheel carries none). Write one, in the form of deployments/prefect.yaml "
            f"in the repository, and name it: vaxwatch serve --schedules F.yaml"
        ) from error
    except ValidationError as error:
        raise WrongUse(f"{path} is no prefect.yaml ({_first_fault(error)}). Mend it.") from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise WrongUse(f"{path} is no prefect.yaml ({error}). Mend it.") from error


def off(entries: list[DeploymentEntry]) -> list[str]:
    """Return a sentence for each deployment whose schedules are all off: its name, and why."""
    return [
        f"{entry.name} is off. {entry.description or 'The file does not say why.'}"
        for entry in entries
        if entry.is_off
    ]


def _first_fault(error: ValidationError) -> str:
    """Return where the first mistake is, what is there and what was expected."""
    fault = error.errors()[0]
    place = "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in fault["loc"])
    seen = short(repr(fault["input"]))
    return f"{place.removeprefix('.') or 'the file'} is {seen}: {fault['msg']}"
