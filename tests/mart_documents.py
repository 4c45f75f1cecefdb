"""The generated part of docs/marts.md: every mart with its columns, types and meanings."""

from schemas.versions import MART_VERSIONS
from tasks.marts.builders.allocation_ladder import STEPS
from tasks.marts.registry import MARTS


def marts_pages() -> str:
    """Return every mart with its version, what it is built from, its columns and their meanings."""
    parts: list[str] = []
    for mart in MARTS:
        tables = [f"`{table}`" for table in sorted(mart.tables)]
        made_of = ", ".join([*(["the alert log"] if mart.name == "alerts" else []), *tables])
        built = f" Built from {made_of}." if made_of else ""
        parts += [
            f"## {mart.name}",
            "",
            f"{mart.summary}{built} Version {MART_VERSIONS[mart.name]}.",
            "",
        ]
        parts += ["| column | type | meaning |", "|---|---|---|"]
        parts += [
            f"| {f'**{name}**' if name in mart.key else name} | {str(kind).partition('(')[0]} "
            f"| {mart.descriptions[name]} |"
            for name, kind in mart.schema.items()
        ]
        parts.append("")
        if mart.name == "allocation_ladder":
            parts += [_ladder_sources(), ""]
    return "\n".join(parts)


def _ladder_sources() -> str:
    """Return of which source each step of the ladder is, the one that is taken first in front."""
    steps = [f"{step}: {', '.join(f'`{one}`' for one in names)}" for step, names in STEPS.items()]
    return f"The sources of each step, the one that is taken first in front: {'; '.join(steps)}."
