"""PostgreSQL as a process of our own, in a folder, on loopback."""

import os
import pwd
import secrets
import shutil
import subprocess
from pathlib import Path

from tests.servers import free_port
from tests.stack.processes import Program, clean_environment

VARIABLE = "VAXWATCH_POSTGRES"
"""The variable with the folder of PostgreSQL's programs."""
OWNER = "vaxwatch"
DATABASE = "postgres"


def programs() -> Path:
    """Return the folder of PostgreSQL's programs: VAXWATCH_POSTGRES, else where packages put it.

    Raises FileNotFoundError with the next step when there is none.
    """
    named = os.environ.get(VARIABLE)
    on_path = shutil.which("initdb")
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    candidates = [Path(named)] if named else [*places, *([Path(on_path).parent] if on_path else [])]
    for place in candidates:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    seen = f"{named} ({VARIABLE}) has no initdb" if named else "no initdb is on this machine"
    raise FileNotFoundError(
        f"PostgreSQL is needed, and {seen}. Run `make stack`, which gets it, install your system's "
        f"package (Debian and Ubuntu: sudo apt-get install postgresql), or name the folder of its "
        f"programs in {VARIABLE}."
    )


def _version(place: Path) -> float:
    return float(place.parent.name) if place.parent.name.replace(".", "", 1).isdigit() else 0.0


def unprivileged() -> str:
    """Return the login name under which PostgreSQL runs, which refuses to be root; else ''."""
    if os.geteuid() != 0:
        return ""
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def postgres(folder: Path) -> tuple[Program, str]:
    """Return a database server and its address with the password, `user:password@host:port/name`.

    Its files are made in `folder`/postgres unless they are there. Every directory above must let
    other users pass, where we are root.
    """
    data, user = folder / "postgres", unprivileged()
    secret = folder / "postgres.password"
    if not data.exists():
        data.mkdir(mode=0o700)
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_hex(16), encoding="ascii")
        _create(data, secret, user)
    password, port = secret.read_text(encoding="ascii"), free_port()
    address = f"{OWNER}:{password}@127.0.0.1:{port}/{DATABASE}"
    ready = [str(programs() / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    server = Program(
        name="postgres",
        command=[
            *(str(programs() / "postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(port)),
            *("-c", "unix_socket_directories="),
        ],
        folder=folder,
        working_directory=data,
        environment=clean_environment(),
        answers=lambda: subprocess.run(ready, check=True, timeout=10),
        user=user,
    )
    return server, address


def _create(data: Path, secret: Path, user: str) -> None:
    """Make an empty cluster whose owner has the password of a file."""
    for path in (data, secret):
        if user:
            shutil.chown(path, user)
    maker = Program(
        name="initdb",
        command=[
            *(str(programs() / "initdb"), "--pgdata", str(data), "--username", OWNER),
            *("--pwfile", str(secret), "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale"),
            "--no-sync",
        ],
        folder=data.parent,
        environment=clean_environment(),
        user=user,
    )
    maker.start()
    if maker.wait() != 0:
        shutil.rmtree(data)
        raise RuntimeError(f"initdb failed; its log ends:\n{maker.tail()}")
