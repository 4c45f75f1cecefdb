"""What becomes of a fall: the next vintage confirms or reverts it, a later one may end it."""

from collections.abc import Iterator

from schemas.wording import figure
from tasks.alerts.rules.model.episode import Step, Values, verdict
from tasks.alerts.rules.reading.rule_input import Timeline


def life_of_fall(
    timeline: Timeline, opened: Step, column: str, values: Values, back_within: float | None
) -> Iterator[Step]:
    """Yield what the next vintage makes of a fall, and the end of one that it confirms.

    `opened`: not in the newest vintage. `values`: of the figure. `back_within`: how near to the
    figure before is back, as a share of it; None: above 0 is.
    """
    least = 0.0 if back_within is None else (opened.before or 0) * (1 - back_within)

    def is_back(value: float | None) -> bool:
        return value is not None and (value > 0 if back_within is None else value >= least)

    later = [(at, value) for at, value in values if at is not None and at > opened.seq]
    seq = opened.seq + 1
    now = later[0][1] if later and later[0][0] == seq else opened.after
    text = f"the version of {timeline.day(seq)} shows {figure(now, column)}."
    yield (judged := verdict(opened, undone=is_back(now), after=now, text=text))
    ends = () if is_back(now) else ((at, value) for at, value in later if is_back(value))
    for at, value in ends:
        text = f"Back: the version of {timeline.day(at)} shows {figure(value, column)}."
        yield judged.then("resolved", at, text, after=value)
        return
