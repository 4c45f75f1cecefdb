"""What becomes of a fall: the next vintage confirms or reverts it, a later one may end it."""

from collections.abc import Callable, Iterator

from schemas.wording import figure
from tasks.alerts.rules.model.episode import Step, Values, verdict
from tasks.alerts.rules.reading.rule_input import Timeline


def life_of_fall(
    timeline: Timeline, opened: Step, column: str, values: Values, back_within: float | None
) -> Iterator[Step]:
    """Yield what later vintages make of a fall.

    `back_within`: how near to the figure before is back, as a share of it; None: above 0 is. The
    rest as in `life_until`.
    """
    least = 0.0 if back_within is None else (opened.before or 0) * (1 - back_within)
    yield from life_until(
        timeline,
        opened,
        column,
        values,
        lambda value: value > 0 if back_within is None else value >= least,
    )


def life_until(
    timeline: Timeline, opened: Step, column: str, values: Values, is_back: Callable[[float], bool]
) -> Iterator[Step]:
    """Yield what the next vintage makes of a fall, and the end of one that it confirms.

    Nothing where it opened in the newest vintage. `values`: of the figure; by `is_back` one of them
    ends it.
    """
    seq = opened.seq + 1
    if opened.seq >= timeline.last:
        return
    later = [(at, value) for at, value in values if at is not None and at > opened.seq]
    now = later[0][1] if later and later[0][0] == seq else opened.after
    is_undone = now is not None and is_back(now)
    text = f"the version of {timeline.day(seq)} shows {figure(now, column)}."
    yield (judged := verdict(opened, undone=is_undone, after=now, text=text))
    for at, value in () if is_undone else later:
        if value is not None and is_back(value):
            text = f"Back: the version of {timeline.day(at)} shows {figure(value, column)}."
            yield judged.then("resolved", at, text, after=value)
            return
