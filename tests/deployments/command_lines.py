"""Command lines of the deployment files, read by the command lines that they call."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer.main
import yaml
from prefect.cli._app import _app as prefect_app

from vaxwatch.commands.app import app as vaxwatch_app

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deployments"
OURS = ("vaxwatch", "prefect")


class UniqueKeys(yaml.SafeLoader):
    """Reads YAML and refuses a mapping in which a key stands twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 (yaml's)
        """Return a mapping."""
        keys = [key.value for key, _ in node.value]  # before what is merged is among them
        assert len(keys) == len({*keys}), f"a key stands twice at {node.start_mark}"
        return super().construct_mapping(node, deep=deep)


def read(name: str) -> Any:
    """Return a YAML file of the folder."""
    return yaml.load((FOLDER / name).read_text(encoding="utf-8"), Loader=UniqueKeys)  # noqa: S506 (it is a SafeLoader)


def check(words: Sequence[str]) -> None:
    """Raise the error of the program that would read these words, if it would refuse them."""
    program, *rest = words
    if Path(program).name == "prefect":
        prefect_app.parse_args(rest, print_error=False, exit_on_error=False)
        return
    group = typer.main.get_group(vaxwatch_app)
    with group.make_context("vaxwatch", [*rest]) as context:
        name, command, arguments = group.resolve_command(
            context, [*context._protected_args, *context.args]
        )
        assert command is not None
        command.make_context(name, arguments, parent=context).close()


def container_instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Containerfile, continued lines joined: word and the rest."""
    lines = (FOLDER / "Containerfile").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#")).replace("\\\n", " ")
    split = [line.partition(" ") for line in text.splitlines() if line]
    return [(word, rest.strip()) for word, _, rest in split]


def unit(name: str) -> dict[str, list[str]]:
    """Return the settings of a systemd unit; a setting may stand several times."""
    found: dict[str, list[str]] = {}
    for line in (FOLDER / "systemd" / name).read_text(encoding="utf-8").splitlines():
        if line and line[0] not in "#[;":
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def units() -> list[str]:
    """Return the names of all units."""
    return sorted(path.name for path in (FOLDER / "systemd").iterdir())


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the pods of the Kubernetes example by name."""
    for entry in read("kubernetes/vaxwatch.yaml")["items"]:
        spec = entry.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            yield entry["metadata"]["name"], spec["template"]["spec"]


def containers() -> list[dict[str, Any]]:
    """Return all containers of the Kubernetes example."""
    return [
        one for _, pod in pods() for one in (*pod.get("initContainers", ()), *pod["containers"])
    ]


def command_lines() -> dict[str, list[str]]:
    """Return every call of vaxwatch or prefect in the files, by the place where it stands."""
    found: dict[str, list[str]] = {}
    for word, rest in container_instructions():
        if word in {"CMD", "HEALTHCHECK"}:
            found[f"Containerfile {word}"] = yaml.safe_load(rest[rest.index("[") :])
    for name, service in read("compose.yaml")["services"].items():
        found[f"compose {name}"] = service.get("command", [])
        found[f"compose {name} healthcheck"] = service.get("healthcheck", {}).get("test", [])[1:]
    for name in units():
        for line in unit(name).get("ExecStart", []):
            found[name] = shlex.split(line)
    for one in containers():
        found[f"kubernetes {one['name']}"] = one["args"]
    return {place: it for place, it in found.items() if it and Path(it[0]).name in OURS}


def settings() -> dict[str, set[str]]:
    """Return the environment variables that the files set or name, by file."""
    compose = read("compose.yaml")
    return {
        "Containerfile": {
            pair.partition("=")[0]
            for word, rest in container_instructions()
            if word == "ENV"
            for pair in shlex.split(rest)
        },
        "compose.yaml": {
            name for one in compose["services"].values() for name in one.get("environment", {})
        },
        "systemd": {
            pair.partition("=")[0]
            for name in units()
            for line in unit(name).get("Environment", [])
            for pair in shlex.split(line)
        },
        "kubernetes": {
            *(one["name"] for container in containers() for one in container.get("env", ())),
            *read("kubernetes/vaxwatch.yaml")["items"][0]["data"],
        },
    }
