"""Families of findings about promises: what one event of the source explains."""

from typing import Final

from tasks.alerts.rules.model.episode import Family

FALL: Final = Family(
    name="fall",
    sentence=(
        "{fewer} {noun} for {count} of {compared} countries on {on} than in the version before"
    ),
    is_fall=True,
    moved="lower",
)
RISE: Final = Family(
    name="rise",
    sentence="new or higher {noun} for {count} of {compared} countries on {on}",
    moved="higher",
)
NEW: Final = Family(
    name="new", sentence="{noun} for the first time for {count} of {compared} countries on {on}"
)
FALL_WITHIN: Final = Family(
    name="fall_within",
    sentence=(
        "{fewer} {noun} of single products for {count} of {compared} countries on {on} than in the "
        "version before, while the countries' totals stayed within 2 %"
    ),
    is_fall=True,
)
RISE_WITHIN: Final = Family(
    name="rise_within",
    sentence=(
        "new or higher {noun} of single products for {count} of {compared} countries on {on}, "
        "while the countries' totals stayed within 2 %"
    ),
)
