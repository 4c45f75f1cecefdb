"""One figure over the versions: every shape of a series can be drawn, with its figures as text."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from tasks.charts.change_marks import Change
from tasks.charts.chart_style import BLUE, RED, ChartText, finished
from tasks.charts.drawable_text import with_drawable_text
from tasks.charts.rendering import Drawn, html, png, svg
from tasks.charts.step_chart import step_chart
from tasks.charts.svg_picture import svg_to_png
from tests.tasks.charts.drawn import colours_in, texts_in

NOTE = "[name in another script, dc35]"
FIRST = datetime(2022, 1, 1, tzinfo=UTC)
TEXT = ChartText(title="Doses", lines=["a → b"], source="Source: it.", alt="It fell.")
TYPES = {"as_of": pl.Datetime("us", "UTC"), "value": pl.Float64}
SHAPES = {
    "one point": [5.0],
    "nothing but nulls": [None, None],
    "zeros": [0.0, 0.0],
    "negative": [100.0, -40.0, 20.0],
    "huge": [3e9, 1.5174693907e10],
    "tiny share": [0.001, 0.002],
    "gap": [5.0, None, None, 7.0],
    "150 versions": [float(one % 17) for one in range(150)],
}


def series_of(values: Sequence[float | None]) -> pl.DataFrame:
    """Return a series with one version a week."""
    rows = [(FIRST + timedelta(weeks=week), value) for week, value in enumerate(values)]
    return pl.DataFrame(rows, schema=TYPES, orient="row")


def change(before: float | None, after: float | None, *, is_sure: bool = True) -> Change:
    """Return a change from the first version to the one a week later."""
    return Change(
        before_at=FIRST,
        before=before,
        after_at=FIRST + timedelta(weeks=1),
        after=after,
        is_sure=is_sure,
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_a_series_is_drawn(shape: str) -> None:
    """With its titles, and the same text each time."""
    chart = finished(step_chart(series_of(SHAPES[shape]), "doses_allocated", unit="doses"), TEXT)
    assert {"Doses", "Source: it.", "doses"} <= set(texts_in(chart))
    assert svg(chart) == svg(chart)
    assert not any("NaN" in one or "Infinity" in one for one in texts_in(chart))


@pytest.mark.parametrize(
    ("before", "after", "shown", "colour"),
    [
        (8_115_600, 1_540_800, {"8,115,600", "1,540,800 (-81.0 %)"}, RED),
        (100, 250, {"100", "250 (+150.0 %)"}, BLUE),
        (500, None, {"500", "no figure"}, RED),
        (None, 500, {"no figure", "500"}, BLUE),
        (0, 70, {"0", "70"}, BLUE),
        (-5, -9, {"-5", "-9"}, RED),
    ],
)
def test_a_change_is_drawn_with_both_figures(
    before: float | None, after: float | None, shown: set[str], colour: str
) -> None:
    """Red for what is lower or gone, blue for what is new or higher; the other is not there."""
    made = step_chart(
        series_of([before, after]), "doses_allocated", unit="doses", change=change(before, after)
    )
    chart = finished(made, TEXT)
    assert shown <= set(texts_in(chart))
    assert {RED, BLUE} & colours_in(chart) == {colour}


def test_an_unconfirmed_change_is_dashed() -> None:
    """Which the same change is not once it is confirmed."""
    bodies = [
        svg(
            finished(
                step_chart(
                    series_of([9, 1]), "doses", unit="doses", change=change(9, 1, is_sure=is_sure)
                ),
                TEXT,
            )
        )
        for is_sure in (False, True)
    ]
    assert [b'stroke-dasharray="5,4"' in body for body in bodies] == [True, False]


def test_a_share_is_in_percent() -> None:
    """On the axis and in the texts."""
    made = step_chart(
        series_of([3.186, 1.0]), "secured_share", unit="share", change=change(3.186, 1.0)
    )
    shown = set(texts_in(finished(made, TEXT)))
    assert {"318.6 %", "100.0 % (-68.6 %)", "200 %"} <= shown


def test_a_picture_has_its_description_and_is_small() -> None:
    """As PNG below 300 kB, as SVG and as a page: for those who do not see it."""
    chart = finished(step_chart(series_of([9, 1] * 75), "doses", unit="doses"), TEXT)
    drawn = png(chart)
    assert drawn.startswith(b"\x89PNG")
    assert b"It fell." in drawn
    assert len(drawn) < 300_000
    assert b"<title>It fell.</title>" in svg(chart)
    assert b"<figcaption>It fell.</figcaption>" in html(chart)


def test_a_page_loads_nothing() -> None:
    """No script, and no address beside the names of XML."""
    page = html(finished(step_chart(series_of([9, 1]), "doses", unit="doses"), TEXT)).decode()
    assert "<script" not in page
    without_names = page.replace("http://www.w3.org/2000/svg", "")
    assert "http" not in without_names.replace("http://www.w3.org/1999/xlink", "")


def test_hostile_text_is_drawn_as_escapes() -> None:
    """Marks of direction, control characters, markup, and words longer than a line."""
    text = ChartText(
        title="a\u202eb\x1b[31m<script>" + "x" * 300,
        lines=["\x00 & \u200b"],
        source="s\n\u2066",
        alt='"><script>alert(1)</script>',
    )
    chart = finished(step_chart(series_of([9, 1]), "doses", unit="doses"), text)
    together = "".join(texts_in(chart))
    assert r"a\u202eb\x1b[31m<script>xxx" in together
    assert together.isprintable()
    assert b"<script" not in html(chart)


def test_a_name_without_a_font_is_a_note_in_a_png_alone() -> None:
    """The pixels are those of the note; the SVG, and the description inside, have the name."""
    made = step_chart(series_of([9, 1]), "doses", unit="doses")
    name = "\uc544\uc2a4\ud2b8\ub77c \uc81c\ub124\uce74"

    def picture(title: str) -> Drawn:
        return finished(made, replace(TEXT, title=f"Doses of {title}", alt=f"{name} fell."))

    chart, note = picture(name), picture(NOTE)
    assert png(chart) == png(note)
    assert name.encode() in png(chart)
    assert f"Doses of {name}" in texts_in(chart)
    plain = '<svg xmlns="http://www.w3.org/2000/svg" width="300"><text y="20">{}</text></svg>'
    drawn, expected = (svg_to_png(plain.format(one)) for one in (name, NOTE))
    assert drawn == expected


def test_two_names_without_a_font_stay_two() -> None:
    """Also as values of the data; other letters, signs and numbers are drawn as they are."""
    kept = "Covishield\u2122 \u2192 \u221281.0\u00a0% \u00c5land \u0420\u0424 \u0395\u039b \u1ec7"
    described = {
        "data": [{"name": "\u5317\u4eac"}, {"name": "\u56fd\u836f"}, {"name": kept, "n": 1}]
    }
    one, other, third = with_drawable_text(described)["data"]
    assert one["name"] != other["name"]
    assert one["name"].startswith("[name in another script, ")
    assert third == {"name": kept, "n": 1}
