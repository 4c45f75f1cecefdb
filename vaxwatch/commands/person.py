"""Who acts: the name that is recorded with what a person does."""

import getpass


def login_name() -> str | None:
    """Return the login name; None for a user without one, as containers have."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):
        return None
