"""The findings that a rule makes of its episodes: one event per step, with the evidence of each."""

from schemas.alerts import Event, Finding
from schemas.rule_settings import RuleSettings, Thresholds
from tasks.alerts.rules.model.episode import ENDINGS, Episode, Step, relative_change, whole
from tasks.alerts.rules.model.rule import Rule


def finding_of(rule: Rule, episode: Episode, settings: RuleSettings) -> Finding:
    """Return the finding of an episode, with one event per step.

    Evidence of every event: rule, parameters [the thresholds used], vintage and compared_with [id,
    as_of, manifest_sha256, source_url, raw; compared_with is None for the first vintage],
    first_seen and last_seen [the first and the newest vintage so far in which it holds], history
    [[as_of, value], at most the last eight; as_of None: before the first vintage compared]; then
    what the rule adds. It is what was known at the event's own vintage.
    """
    thresholds = rule.thresholds(settings)
    return Finding(
        rule=rule.id,
        dataset=episode.timeline.dataset,
        key=episode.key,
        column=episode.column,
        events=tuple(_event(rule, episode, step, thresholds) for step in episode.steps),
        group=episode.group,
        about=episode.about,
    )


def _event(rule: Rule, episode: Episode, step: Step, thresholds: Thresholds) -> Event:
    timeline = episode.timeline
    before, after = whole(step.before), whole(step.after)
    first = episode.steps[0].seq if episode.first_seq is None else episode.first_seq
    last = step.seq - 1 if step.kind in ENDINGS else step.seq
    evidence = {
        "rule": rule.id,
        "parameters": dict(thresholds),
        "vintage": timeline.origin(step.seq),
        "compared_with": None if step.since is None else timeline.origin(step.since),
        "first_seen": timeline.as_of[first].isoformat(),
        "last_seen": timeline.as_of[last].isoformat(),
        "history": [
            [None if seq is None else timeline.as_of[seq].isoformat(), value]
            for seq, value in episode.history(step.seq)
        ],
    }
    return Event(
        kind=step.kind,
        id=timeline.id[step.seq],
        as_of=timeline.as_of[step.seq],
        previous_as_of=None if step.since is None else timeline.as_of[step.since],
        severity=step.severity,
        confidence=step.confidence,
        before=before,
        after=after,
        change=None if before is None or after is None else whole(after - before),
        rel_change=relative_change(before, after),
        sentence=step.sentence,
        evidence={**evidence, **step.evidence},
    )
