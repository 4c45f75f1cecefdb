"""R18: the schema of a source has changed, or broke the contract with it.

Parts that changed together are one episode, however often they come and go. Parts that change
beside one that never changed before continue in its episode, so that one alert reports a rename.
"""

from dataclasses import replace
from typing import Final

from schemas.rule_settings import Thresholds
from tasks.alerts.rules.model.episode import Episode
from tasks.alerts.rules.model.rule import Parameter, Rule, SourceContext
from tasks.alerts.rules.reading.rule_input import Timeline
from tasks.alerts.rules.source_wide.part_changes import SchemaState, part_changes
from tasks.alerts.rules.source_wide.schema_episode import FLIPS, Position, SchemaEpisode, opened_by


def schema_episodes(source: SourceContext, thresholds: Thresholds) -> list[Episode]:
    """Return one episode for each set of columns, tables or sheets that changed together."""
    observations = source.schema_observations
    timeline = Timeline(
        dataset="",
        key=(),
        shown_by=source.shown_by,
        id=[one.id for one in observations],
        as_of=[one.as_of for one in observations],
        sha256=[one.sha256 for one in observations],
        source_url=[one.url for one in observations],
    )
    known: dict[int, tuple[int, SchemaState]] = {}
    episodes: list[SchemaEpisode] = []
    for seq, observation in enumerate(observations):
        version = observation.schema.parser_version
        since, last = known.get(version, (None, None))
        is_same = last is not None and last.is_of(observation)
        if last and is_same and not observation.broken and not any(o.is_frozen for o in episodes):
            known[version] = seq, last
            continue
        state = SchemaState.after(last, observation)
        position = Position(
            timeline=timeline,
            observation=observation,
            seq=seq,
            since=since,
            changes=part_changes(last, state) if last else [],
            state=state,
        )
        _apply(episodes, position, last, thresholds["flips_told"])
        known[version] = seq, state
    return [
        Episode(
            timeline=replace(timeline, dataset=episode.dataset),
            key={},
            column=None,
            steps=episode.steps,
            about="drift",
        )
        for episode in episodes
    ]


def _apply(
    episodes: list[SchemaEpisode], position: Position, last: SchemaState | None, most_flips: float
) -> None:
    """Add to the episodes what one snapshot changes in them, or a new one."""
    changes = position.changes
    new = [change for change in changes if not any(change.part in one.parts for one in episodes)]
    if new:
        left = [change for episode in episodes for change in episode.hand_over(position)]
        parts = {change.part for change in [*new, *left]}
        new = [change for change in changes if change.part in parts]
    is_broken = bool(position.observation.broken)
    frozen = next((episode for episode in episodes if episode.is_frozen), None)
    opens = is_broken and frozen is None
    for episode in [*episodes]:
        ends = frozen is episode and not is_broken
        if ends or episode.own(changes):
            begins = opens and not new
            episode.go_on(position, begins=begins, ends=ends)
            opens = opens and not begins
    if new or opens:
        episodes.append(opened_by(position, new, last, is_frozen=opens, most_flips=most_flips))


R18: Final = Rule(
    id="R18",
    title="the shape has changed",
    grain="source",
    severities=("low", "medium", "high"),
    judge=schema_episodes,
    parameters={
        "flips_told": Parameter(
            FLIPS, "so many comings and goings of the same columns are reported after the first"
        )
    },
)
