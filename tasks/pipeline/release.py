"""Release: let `latest` show a vintage that was held, and do all that follows a new vintage."""

from schemas.errors import WrongUse
from tasks.runs.run_context import RunContext
from tasks.steps.after_publishing import with_findings
from tasks.steps.publish import derive
from tasks.summaries.operation_summaries import ReleaseSummary
from tasks.vault.rewrite import release_vintage
from tasks.vault.vault_reader import VaultReader


def release(run: RunContext, wanted: str) -> ReleaseSummary:
    """Release a vintage; return what `latest` shows then, by table, and what followed.

    Tables, expectations, alerts, their delivery, feeds and marts follow as after an ingest. Raises
    WrongUse when it is not held, UnknownName when there is no vintage of that id.
    """
    store, source = run.store, run.source
    vault = VaultReader(store, source.name)
    if not release_vintage(vault, wanted, at=run.at):
        held = ", ".join(one.id for one in vault.vintages() if one.held) or "none"
        raise WrongUse(f"{source.name} {wanted} is not held. Held are: {held}.")
    run.run_step("publish-snapshots", lambda: derive(store, vault, at=run.at))
    shown = {name: vault.shown(name) for name in vault.tables()}
    latest = {name: (one.id, one.as_of) for name, one in shown.items()}
    return with_findings(run, ReleaseSummary(source=source.name, id=wanted, latest=latest))
