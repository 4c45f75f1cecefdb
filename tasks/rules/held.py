"""
R17, by what the gates said: a vintage looks like a fault of the source, and is held back.

Promises: vintages that are held one after the other are one alert, which the first sound one ends;
one whose number of rows jumped is told by that already.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from schemas.alerts import Finding
from tasks.rules.evidence import with_life
from tasks.rules.rows import HELD
from tasks.rules.scene import Scene, Step
from tasks.rules.words import day, figure


def held_findings(scene: Scene, *, told: Collection[str] = ()) -> list[Finding]:
    """
    Return one finding for each run of vintages that are held back.

    `told`: ids of vintages of which another alert says that their rows jumped.
    """
    begins = [
        seq
        for seq in range(1, scene.last + 1)
        if scene.held[seq] and not scene.held[seq - 1] and scene.ids[seq] not in told
    ]
    return [_finding(scene, seq) for seq in begins]


def _finding(scene: Scene, seq: int) -> Finding:
    before, after = scene.rows[seq - 1], scene.rows[seq]
    opened = Step(
        kind="opened",
        seq=seq,
        since=seq - 1,
        severity="high",
        before=before,
        after=after,
        sentence=(
            f"{scene.shown_by} showed {figure(after)} rows in {scene.dataset} on "
            f"{day(scene.as_ofs[seq])}, {figure(before)} in the version before; so much of what "
            f"was known is gone or cut off that it looks like a fault of the source.{HELD}"
        ),
        evidence={"family": "held"},
    )
    steps: Sequence[Step] = [opened]
    sound = next((at for at in range(seq + 1, scene.last + 1) if not scene.held[at]), None)
    if sound is not None:
        said = f"The version of {day(scene.as_ofs[sound])} is sound."
        ended = replace(
            opened,
            kind="resolved",
            seq=sound,
            after=scene.rows[sound],
            sentence=f"{opened.sentence} {said}",
            confidence="confirmed",
        )
        steps = [opened, ended]
    blank = Finding(rule="R17", dataset=scene.dataset, key={}, column=None, events=(), about="held")
    return with_life(scene, blank, steps, series=list(enumerate(scene.rows)))
