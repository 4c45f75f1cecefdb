"""The deployments of a prefect.yaml; other parts of the file are Prefect's."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, Field, ValidationError

from schemas.errors import WrongUse, short

PREFECT_FILE = Path(__file__).resolve().parents[2] / "deployments" / "prefect.yaml"


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


class PoolEntry(BaseModel):
    """The work pool and queue whose workers run a deployment, and what they are given."""

    name: str
    work_queue_name: str = "default"
    job_variables: dict[str, Any] = {}


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
    work_pool: PoolEntry | None = None

    @property
    def is_off(self) -> bool:
        """Whether it has schedules, none of which is active."""
        schedules = self.schedules or ()
        return bool(schedules) and not any(schedule.active for schedule in schedules)


class PrefectFile(BaseModel):
    """What is read of the file."""

    deployments: list[DeploymentEntry]


def deployment_entries(path: Path) -> list[DeploymentEntry]:
    """Return the deployments of a prefect.yaml, those without an active schedule included.

    Raises WrongUse where the file is missing, is no YAML, an entry is not of that form, or no
    schedule is active.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        entries = PrefectFile.model_validate(document).deployments
    except FileNotFoundError as error:
        raise WrongUse(
            f"{path}: there is no such file; expected a prefect.yaml with schedules (an "
            f"installed wheel carries none). Write one, in the form of deployments/prefect.yaml "
            f"in the repository, and name it: --schedules F.yaml"
        ) from error
    except ValidationError as error:
        raise WrongUse(f"{path} is no prefect.yaml ({_first_fault(error)}). Mend it.") from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise WrongUse(f"{path} is no prefect.yaml ({error}). Mend it.") from error
    scheduled = [entry for entry in entries if entry.schedules]
    if not scheduled:
        raise WrongUse(f"{path} schedules nothing. Give a deployment 'schedules'.")
    if len(sentences := off(scheduled)) == len(scheduled):
        raise WrongUse(f"{path} has no active schedule. {' '.join(sentences)}")
    return entries


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
