"""The step line: every step numbered and listed, gaps drawn as gaps, no texts on each other."""

import re
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.site.drawings.drawing import Drawing, width_of
from tasks.site.drawings.step_axes import SIZE
from tasks.site.drawings.step_drawing import step_drawing
from tasks.site.drawings.step_line import MOST, StepLine, numbered_steps
from tasks.site.figures.country_series import Series, Step

FIRST = datetime(2022, 1, 1, tzinfo=UTC)
WEEK = timedelta(days=7)


def series(days: list[int], values: list[float | None]) -> Series:
    """Return a figure by days since the first."""
    steps = [
        Step(
            as_of=FIRST + timedelta(days=day),
            value=value,
            before=before,
            vintage_id=f"{day}",
            source_url=None,
        )
        for day, value, before in zip(days, values, [None, *values], strict=False)
    ]
    return Series(dataset="unicef_market.allocations", measure="doses_allocated", steps=steps)


def drawn(one: Series, width: float, versions: list[int] | None = None) -> Drawing:
    """Return the drawing of a figure of a weekly source."""
    known = [FIRST + timedelta(days=day) for day in versions or []]
    line = StepLine(series=one, versions=known, cadence=WEEK)
    return step_drawing(line, title="Doses", width=width)


def test_a_silence_is_dashed_and_a_missing_figure_is_a_gap() -> None:
    """The line is solid where versions follow each other."""
    drawing = drawn(series([0, 7, 60, 67], [5, 8, None, 3]), 860, [0, 7, 60, 67])
    lines = {line.kind: line.d for line in drawing.lines}
    assert lines["level"].count("M") == 1  # 0 to 7; nothing from 60 to 67
    assert lines["level gap"].count("M") == 1  # 7 to 60
    assert any("dashed" in text.text for text in drawing.texts)
    same = drawn(series([0, 7, 60], [5, 8, 3]), 860, [*range(0, 61, 7), 60])
    assert "level gap" not in {line.kind for line in same.lines}


def test_every_step_is_listed_from_what_to_what_with_its_day() -> None:
    """Where there are too many, the first, the peak, the newest and the largest are."""
    drawing = drawn(series([0, 40, 52], [8115600, 1540800, 0]), 340)
    texts = [text.text for text in drawing.texts]
    assert "8,115,600 → 1,540,800 (\N{MINUS SIGN}81.0 %)" in texts
    assert "shown on 10 Feb 2022" in texts
    many = series(list(range(30)), [float(n % 7) for n in range(30)])
    listed = numbered_steps(many)
    assert len(listed) == MOST
    assert {many.steps[0], many.peak, many.newest} <= set(listed)
    assert "8,115,600 → 1,540,800" in drawing.about


@pytest.mark.parametrize("width", [340, 562, 860])
@given(
    shown=st.lists(
        st.tuples(st.integers(1, 90), st.none() | st.integers(0, 10**10)), min_size=1, max_size=20
    ),
    after=st.integers(0, 90),
)
def test_nothing_leaves_the_drawing_and_no_values_touch(
    width: float, shown: list[tuple[int, int | None]], after: int
) -> None:
    """Whatever the steps are; the same steps give the same drawing."""
    days = [sum(gap for gap, _ in shown[: n + 1]) for n in range(len(shown))]
    one = series(days, [value for _, value in shown])
    known = [*days, days[-1] + after]
    drawing = drawn(one, width, known)
    assert drawing == drawn(one, width, known)
    ends = [float(end) for line in drawing.lines for end in re.findall(r"[MH]([\d.]+)", line.d)]
    assert all(0 <= end <= width for end in ends)
    for text in drawing.texts:
        assert 0 < text.y <= drawing.height
        assert 0 <= text.x <= width
    values = [text for text in drawing.texts if text.kind == "value"]
    for a, b in combinations(values, 2):
        is_beside = a.x + width_of(a.text, SIZE) <= b.x or b.x + width_of(b.text, SIZE) <= a.x
        assert is_beside or abs(a.y - b.y) >= SIZE
    for dot in drawing.dots:
        assert 0 <= dot.x <= width
        assert -20 <= dot.y <= drawing.height
