"""Coverage year by year and the like: the newest version, and what it revised."""

import re
from datetime import date

import pytest

from schemas.wording import MINUS
from tasks.marts.publish_marts import publish_marts
from tasks.site.country.country_content import country_contents
from tasks.site.country.further_drawing import DrawnPeriods, drawn_sections
from tasks.site.drawings.period_grid import LINES, MOST_EARLIER, levels_of
from tasks.vault.backends.memory_store import MemoryStore
from tests.published import publish
from tests.tasks.site.country.country_lakes import NOW, content_of, rendered, rows
from tests.tasks.site.country.test_further_sections import PAGE, covered, lake, words

YEARS = "unicef_wuenic-coverage-years"
FIRST = covered(("DTP3", 2019, 0.89), ("DTP3", 2020, 0.85))
LATER = covered(("DTP3", 2019, 0.6), ("DTP3", 2020, 0.85), ("DTP3", 2021, 0.9))


def drawing_of(store: MemoryStore, width: float = 860):  # noqa: ANN201 (of a private module's class)
    """Return the drawing over months or years of the only country."""
    [one] = country_contents(content_of(store))
    [drawn] = [part for part in drawn_sections(one).values() if isinstance(part, DrawnPeriods)]
    return drawn.picture.draw(width, None)


def path(store: MemoryStore, kind: str) -> str:
    """Return the path of a kind of lines, '' where there is none."""
    return "".join(one.d for one in drawing_of(store).lines if one.kind == kind)


def test_a_page_shows_every_year_and_what_the_last_version_revised() -> None:
    """In the picture, in its text, as a table, as files, as an embed, as CSV."""
    files = rendered(lake("coverage", FIRST, LATER))
    text = words(files[PAGE])
    assert "Coverage (DTP3) in Uganda (UGA), year by year." in text
    assert f"2019 60.0 % 10 Jan 2022 89.0 % → 60.0 % ({MINUS}29.0 points) on 10 Jan 2022" in text
    assert "2021 90.0 % 10 Jan 2022 never" in text
    for name in (PAGE, f"embed/UGA/{YEARS}.html", f"picture/UGA/{YEARS}-wide.svg"):
        assert "2019: 60.0 % (earlier versions: 89.0 %); 2020: 85.0 %; 2021: 90.0 %." in files[name]
        assert "Revised by the version of 10 Jan 2022:" in files[name]
        assert "as of 10 Jan 2022" in files[name]
    assert f'href="../../picture/UGA/{YEARS}-square.svg"' in files[PAGE]
    assert f'href="../../embed/UGA/{YEARS}.html"' in files[PAGE]
    table = files["country/UGA/months-and-years.csv"].splitlines()
    assert 'href="../../country/UGA/months-and-years.csv"' in files[PAGE]
    assert [line.split(",")[5:] for line in table[1:3]] == [
        ["2019-01-01", "2022-01-03T00:00:00.000000", "0.89"],
        ["2019-01-01", "2022-01-10T00:00:00.000000", "0.6"],
    ]


def test_every_year_has_a_mark_and_every_earlier_figure_another() -> None:
    """A year without a figure breaks the line; with one version nothing is dashed."""
    gap = covered(("DTP3", 2019, 0.6), ("DTP3", 2020, None), ("DTP3", 2021, 0.9))
    store = lake("coverage", FIRST, gap)
    assert path(store, "mark newest").count("M") == 2
    assert path(store, "mark earlier").count("M") == 2
    assert re.findall("[ML]", path(store, "level")) == ["M", "M"]
    assert path(store, "move fall").count("V") == 1
    alone = lake("coverage", LATER)
    assert path(alone, "level").count("L") == 2
    assert path(alone, "mark earlier") == path(alone, "move fall") == ""
    assert not any("Revised" in one.text for one in drawing_of(alone).texts)


def test_many_revisions_are_drawn_as_the_last_ones() -> None:
    """And the picture says so."""
    versions = [
        covered(("DTP3", 2019, at / 100), ("DTP3", 2020, 0.5)) for at in range(MOST_EARLIER + 3)
    ]
    store = lake("coverage", *versions)
    assert path(store, "mark earlier").count("M") == MOST_EARLIER
    notes = [one.text for one in drawing_of(store).texts]
    assert any("the last 12 figures" in text for text in notes)


def test_one_year_is_not_drawn_and_has_its_csv() -> None:
    """A line needs two; a table of days has neither."""
    files = rendered(lake("coverage", covered(("DTP3", 2019, 0.6))))
    assert not any(YEARS in name for name in files)
    assert "year by year" not in files[PAGE]
    assert "country/UGA/months-and-years.csv" in files


def test_months_follow_each_other_over_the_turn_of_a_year() -> None:
    """December and January are neighbours, December and February are not."""
    store = MemoryStore()
    months = (date(2021, 11, 1), date(2021, 12, 1), date(2022, 1, 1), date(2022, 3, 1))
    cells = [("UGA", "unspecified", "COVAX", on, 10 * at) for at, on in enumerate(months)]
    frame = rows("deliveries_monthly", cells, "doses_delivered_new")
    publish(store, "unicef_market", "deliveries_monthly", frame, week=0)
    publish_marts(store, at=NOW)
    assert re.findall("[ML]", path(store, "level")) == ["M", "L", "L", "M"]
    assert "Mar 2022" in [one.text for one in drawing_of(store).texts]


def test_a_version_without_a_revision_renders_nothing() -> None:
    """The hash is as before; a revision of an old year of a small part changes it."""
    made = [
        next(country_contents(content_of(lake("coverage", *versions)))).made_of
        for versions in ((FIRST,), (FIRST, FIRST), (FIRST, LATER))
    ]
    assert made[0] == made[1] != made[2]


@pytest.mark.parametrize(
    ("low", "high"), [(0, 0), (0, 1), (0.85, 0.86), (-5, 20), (0.97, 1.03), (7, 9e15), (1e-9, 2e-9)]
)
def test_lines_across_enclose_all_figures(low: float, high: float) -> None:
    """Few, rising, evenly apart."""
    levels = levels_of(low, high)
    assert levels[0] <= low
    assert levels[-1] >= high
    assert 2 <= len(levels) <= LINES + 1
    assert levels == sorted(set(levels))
