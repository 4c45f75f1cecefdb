"""Exit codes: what the result of a command is to the program that started it."""

from collections.abc import Iterable
from typing import Final

from tasks.pipeline.run_summary import RunSummary

DONE: Final = 0
FAILED: Final = 1
WRONG_USE: Final = 2
NEEDS_ATTENTION: Final = 3
"""Done, but something was quarantined, held or blocked."""
INTERRUPTED: Final = 130
"""As a shell has it of a program ended by SIGINT."""
NO_READER: Final = 141
"""As a shell has it of a program ended by SIGPIPE: `vaxwatch … | head`."""
TERMINATED: Final = 143
"""As a shell has it of a program ended by SIGTERM."""


def run_code(summaries: Iterable[RunSummary]) -> int:
    """Return 1 if a run failed, else 3 if one needs attention, else 0.

    >>> run_code([RunSummary(source="who_cases")])
    0
    """
    listed = list(summaries)
    if any(summary.is_failed for summary in listed):
        return FAILED
    return NEEDS_ATTENTION if any(summary.needs_attention for summary in listed) else DONE
