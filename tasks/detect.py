"""
Detect: what the rules find in the vintages of one source.

Promises: a pure function of the vintages; what it says of a vintage is the same however many later
ones it is given; the same vintages give the same findings, in the same order. Of a vintage that is
held back one alert says so, and what is seen in it; a release makes it one like the others, with
the same findings whenever it is released.
"""

from collections.abc import Sequence

from schemas.alerts import Finding
from tasks.rules.defaults import PROMISES
from tasks.rules.drawdown import drawdown_findings
from tasks.rules.drift import drift_findings
from tasks.rules.grains import compared, moves, totals, with_context
from tasks.rules.held import held_findings
from tasks.rules.negatives import negative_findings
from tasks.rules.panel import Panel
from tasks.rules.positivity import positivity_findings
from tasks.rules.promises import promise_findings
from tasks.rules.relations import relation_findings
from tasks.rules.rows import row_findings
from tasks.rules.scene import scene_of
from tasks.rules.shapes import Look
from tasks.rules.sound import sound
from tasks.rules.storms import with_storms


def detect(panels: Sequence[Panel], *, shown_by: str, looks: Sequence[Look] = ()) -> list[Finding]:
    """
    Return everything that all rules find in all datasets of one source, oldest first.

    Args:
        panels: One per dataset, with all vintages up to the one that is judged.
        shown_by: The source in words that begin a sentence: "UNICEF's dashboard".
        looks: In which shape each snapshot came, those that were refused among them.

    Returns:
        One finding per episode, with its whole life so far, sorted by the time it opened.
    """
    found = [finding for panel in panels for finding in _of_dataset(sound(panel), shown_by)]
    held = held_findings(panels, shown_by=shown_by)
    return sorted([*found, *held, *drift_findings(looks, shown_by=shown_by)], key=_order)


def _of_dataset(panel: Panel, shown_by: str) -> list[Finding]:
    scene = scene_of(panel, shown_by)
    whole = row_findings(scene)
    if "iso3" not in panel.key:  # the rules on figures judge countries
        return whole
    rows = moves(panel, PROMISES)
    country = totals(rows, panel.key)
    known = with_context(country, ["iso3"])
    findings = [
        *promise_findings(scene, with_context(rows, panel.key), known),
        *drawdown_findings(scene, known),
        *negative_findings(scene, panel),
        *relation_findings(scene, panel),
    ]
    return [
        *with_storms(scene, findings, compared=compared(rows, country)),
        *whole,
        *positivity_findings(scene, panel),
    ]


def _order(finding: Finding) -> tuple[object, ...]:
    opened = finding.events[0]
    what = finding.dataset, finding.rule, finding.about, finding.column or ""
    return opened.as_of, opened.id, *what, str(sorted(finding.key.items()))
