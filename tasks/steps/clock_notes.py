"""Clock notes: what a run reports where the newest vintage lies ahead of this machine's clock."""

from datetime import timedelta
from typing import Final

from tasks.runs.run_context import RunContext

CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""How far the clocks of two machines may be apart without a note."""


def clock_notes(run: RunContext) -> list[str]:
    """Return a sentence where the newest vintage is of a time to come by this machine's clock.

    Either the clock is behind, or it was ahead when that vintage was fetched.
    """
    head, now = run.vault.head, run.clock()
    newest = head.tail[-1] if head and head.tail else None
    if newest is None or newest.as_of <= now + CLOCKS_DIFFER:
        return []
    sentence = (
        f"{run.source.name}: the newest vintage, {newest.id}, is of a time to come by this "
        f"machine's clock ({now:%Y-%m-%d %H:%M} UTC). Until then `latest` shows that vintage, not "
        f"what is fetched now. Set the clock right; if the vintage has the wrong time: vaxwatch "
        f"retract {run.source.name} {newest.id} --reason TEXT"
    )
    return [sentence]
