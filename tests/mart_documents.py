"""The generated part of docs/marts.md: every mart with its columns, types and meanings."""

from schemas.versions import MART_VERSIONS
from tasks.marts.registry import MARTS


def marts_pages() -> str:
    """Return every mart with its version, what it is built from, its columns and their meanings."""
    parts: list[str] = []
    for mart in MARTS:
        made_of = ", ".join(f"`{table}`" for table in sorted(mart.tables))
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
    return "\n".join(parts)
