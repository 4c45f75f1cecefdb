"""Renewed keys: vintages whose keys an older parser made are read again before others follow.

Promises: a change of keys in a declaration never looks like rows that a publisher took away.
"""

from schemas.errors import WrongUse
from tasks.pipeline.rebuild import rebuild
from tasks.runs.run_context import RunContext
from tasks.steps.publish import publish


def renew_keys(run: RunContext) -> None:
    """Rebuild a source if a parser older than its `keys_since` has read one of its vintages.

    Raises WrongUse: today's parser cannot read all of them; nothing was changed.
    """
    source = run.source
    if source.keys_since == 1:
        return
    old = [one for one in run.vault.vintages() if one.parser_version < source.keys_since]
    if not old:
        return
    summary = run.run_step("rebuild-vintages", lambda: rebuild(run.store, source, at=run.at))
    if summary.failed:
        first = summary.failed[0]
        raise WrongUse(
            f"{source.name}: {len(old)} vintages have the keys of an older parser, and "
            f"{len(summary.failed)} of them cannot be read again; the first: {first.name}: "
            f"{first.error} Nothing was changed. Retract or mend it, then: "
            f"vaxwatch rebuild {source.name}"
        )
    run.run_step("publish-snapshots", lambda: publish(run.store, source, [], at=run.at))
    run.vault.refresh()
