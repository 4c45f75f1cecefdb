"""Settings of the Superset of `make superset`: its own folder, loopback, and DuckDB allowed."""

import os
from pathlib import Path

HOME = Path(os.environ.get("SUPERSET_HOME", "."))
KEY = HOME / "secret"
SECRET_KEY = KEY.read_text("utf-8") if KEY.exists() else ""  # Superset does not start without one
SQLALCHEMY_DATABASE_URI = f"sqlite:///{HOME}/superset.db"
PREVENT_UNSAFE_DB_CONNECTIONS = False  # DuckDB reads files; Superset refuses such databases
WTF_CSRF_ENABLED = False  # nobody but this machine reaches it
TALISMAN_ENABLED = False
