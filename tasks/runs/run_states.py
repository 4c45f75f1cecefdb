"""The states in which runs end, as Prefect, its automations and the run records name them."""

from typing import Final

PUBLISHED: Final = "Published"
WITH_QUARANTINE: Final = "PublishedWithQuarantine"
UNCHANGED: Final = "Unchanged"
HELD: Final = "Held"
BLOCKED: Final = "ContractBroken"
FAILED: Final = "Failed"
FAILURES: Final = frozenset({BLOCKED, FAILED})
"""The states of failed runs; every other one is of success."""
