"""Release: let `latest` show a vintage that was held, and do all that follows a new vintage."""

from collections.abc import Mapping

from schemas.errors import WrongUse
from tasks.runs.run_context import RunContext
from tasks.steps.after_publishing import with_findings
from tasks.steps.publish import derive
from tasks.summaries.run_summary import RunSummary
from tasks.vault.manifest import Vintage
from tasks.vault.rewrite import release_vintage
from tasks.vault.vault_reader import VaultReader


def release(run: RunContext, wanted: str) -> tuple[Mapping[str, Vintage], RunSummary]:
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
    summary = with_findings(run, RunSummary(source=source.name))
    return {name: vault.shown(name) for name in vault.tables()}, summary
