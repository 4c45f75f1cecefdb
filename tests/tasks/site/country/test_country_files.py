"""Country pages: the numbers of the lake, in every state that a lake can be in."""

import json
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from schemas.wording import ARROW, MINUS, figure
from tasks.marts.publish_marts import publish_marts
from tasks.site.country.country_alerts import alert_rows
from tasks.site.country.country_content import country_contents
from tasks.site.country.country_files import country_files
from tasks.site.country.country_sections import step_rows, sure_text
from tasks.site.page_file import PageFile
from tasks.site.publish_site import publish_site
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tasks.vault.derived_tables import publish_tables
from tasks.vault.manifest import Retraction
from tasks.vault.retraction import commit_retraction
from tasks.vault.vault_reader import VaultReader
from tests.published import publish
from tests.tasks.site.country.country_lakes import (
    NOW,
    allocated,
    content_of,
    demo_lake,
    rendered,
    rows,
    weekly,
)


@pytest.fixture(scope="module")
def demo() -> Store:
    """Return a lake with the embedded archive."""
    return demo_lake()


def test_the_page_of_north_korea_is_understood_at_its_head(demo: Store) -> None:
    """What was promised, what became of it, what was delivered, what was tested."""
    page = rendered(demo, "country/PRK/index.html")["country/PRK/index.html"]
    lead = (
        "The doses allocated to Korea, DPR (PRK) by COVAX fell from 8,115,600, shown on 23 Dec"
        " 2021, to 1,288,800 in February 2022, to 0 by 1 Apr 2022 and rose to 1,828,800 on 12 Apr"
        " 2022. No source shows a figure of doses delivered."
    )
    assert f'<p class="lead">{lead}</p>' in page
    assert f'<meta name="description" content="{lead}">' in page
    for text in (
        "The falls of 10 Feb 2022 and 22 Feb 2022 are confirmed by the next versions.",
        "The fall of 1 Apr 2022 did not last: a later version showed more again.",
        "North Korea",
        "<dt>Doses allocated, newest</dt><dd><strong>1,828,800</strong>",
        "<dt>Doses allocated, highest</dt><dd><strong>8,115,600</strong>",
        "6 versions from 29 Nov 2021 to 12 Apr 2022, read not there but at m.ajunews.com,",
        "54,187 people tested, 0 positive, by 14 Feb 2022",
        "would be 3\N{MULTIPLICATION SIGN}10⁻²⁴",
        "the totals are sums over them",
        "2 \N{MULTIPLICATION SIGN} 25,778,815 people, UN population of 2020",
        "dashed: more than 14 days without a version",
        "51,557,630",
        "60,000,000",
        "UN special rapporteur Tomas Ojea Quintana, 23 Feb 2022",
        "not published",
        'class="hatched"',
        "declined",
        "reallocated",
        "No version of a source on vaccinations is kept yet",
    ):
        assert text in page, text


def test_each_alert_stands_as_the_versions_and_the_other_alerts_have_it(demo: Store) -> None:
    """What no version confirmed is not called so; parts name their alert, groups this country."""
    rows = alert_rows(next(one for one in country_contents(content_of(demo)) if one.iso3 == "PRK"))
    standing = {(one["day"], one["severity"]): one["standing"] for one in rows}
    assert standing["12 Apr 2022", "info"] == "open"
    assert standing["10 Feb 2022", "critical"] == "open, confirmed by a later version"
    assert standing["1 Apr 2022", "critical"] == "undone"
    assert standing["2 Mar 2021", "medium"] == "open, unconfirmed"
    wholes = [(one["day"], one["whole"]["day"]) for one in rows if one["whole"]]
    assert wholes == [("12 Apr 2022", "22 Feb 2022")]
    here = [one["here"] for one in rows if one["here"]]
    assert here == [f"Korea, DPR (PRK): 1,992,000 {ARROW} 1,704,000 ({MINUS}14.5 %)."]


def test_a_step_names_the_alert_on_many_countries_that_it_is_in(demo: Store) -> None:
    """A fall that was found with others is not shown as one without an alert."""
    congo = next(one for one in country_contents(content_of(demo)) if one.iso3 == "COD")
    first, cut = step_rows(congo)
    shared = next(one for one in congo.alerts if not one.key.get("iso3"))
    assert first["alert"] is None
    assert cut["alert"]["fingerprint"] == shared.fingerprint
    assert "2 Mar 2021" in sure_text(congo)


def test_every_figure_of_the_marts_is_on_the_page(demo: Store) -> None:
    """In the table, in the picture, in the script, with its day; and every alert has its link."""
    content, files = content_of(demo), rendered(demo)
    steps = content.part("promise_steps", "iso3", "PRK")
    page, script = files["country/PRK/index.html"], files["data/country/PRK.js"]
    data = json.loads(script.removeprefix("vaxwatchData = ").removesuffix(";\n"))
    for row in steps.filter(dataset="unicef_market.allocations").to_dicts():
        shown, day = figure(row["total"]), row["as_of_date"].isoformat()
        assert shown in files["picture/PRK/allocation-wide.svg"]
        assert [day, shown] in data["rows"]["unicef_market.allocations/doses_allocated"]
        assert not row["alert"] or f"alert/{row['alert'][:12]}/index.html" in page
    assert data["kind"] == "steps"
    further = content.part("further_figures", "iso3", "PRK")
    days = pl.concat([steps["as_of_date"], further["as_of_date"]]).dt.to_string()
    assert data["days"] == sorted(set(days))
    assert all(f'data-row="{name}"' in page for name in data["rows"])
    csv = pl.read_csv(files["country/PRK/figures.csv"].encode())
    totals = content.part("country_totals", "iso3", "PRK")["total"]
    assert csv["total"].to_list() == [*totals, *further["figure"]]


def test_links_lead_to_files_of_the_site_and_to_archived_bytes(demo: Store) -> None:
    """Each file of raw/ that a page names is in the lake."""
    page = rendered(demo, "country/PRK/index.html")["country/PRK/index.html"]
    named = [part.partition('"')[0] for part in page.split('href="../../../')[1:]]
    assert named
    assert all(name.startswith("raw/bodies/") and demo.get(name) for name in named)
    names = {one.name for one in country_files(content_of(demo))}
    own = [part.partition('"')[0] for part in page.split('href="../../')[1:]]
    kinds = ("picture/", "embed/", "data/", "countries/")
    assert {name for name in own if name.startswith(kinds)} <= names


def test_addresses_are_absolute_where_the_lake_has_one(demo: Store) -> None:
    """Without a base address no picture is named, since it must be absolute."""
    name = "country/PRK/index.html"
    with_address = rendered(demo, name, base_url="https://example.org/lake")[name]
    picture = "https://example.org/lake/site/picture/PRK/allocation-wide.png"
    assert f'<meta property="og:image" content="{picture}">' in with_address
    assert "og:image" not in rendered(demo, name)[name]


def test_pictures_have_their_size_and_their_source_inside(demo: Store) -> None:
    """As SVG and as PNG; the PNG carries its description."""
    files = {one.name: one for one in country_files(content_of(demo))}
    for kind in ("allocation", "ladder"):
        for size, (width, height) in {"wide": (1200, 630), "square": (1080, 1080)}.items():
            svg = files[f"picture/PRK/{kind}-{size}.svg"].render().decode()
            assert f'width="{width}" height="{height}"' in svg
            assert "as of 12 Apr 2022" in svg
    png = files["picture/PRK/allocation-wide.png"].render()
    assert (int.from_bytes(png[16:20]), int.from_bytes(png[20:24])) == (1200, 630)
    assert b"UNICEF's dashboard, as of 12 Apr 2022" in png


def test_the_second_png_is_there_where_a_grave_alert_is_on_the_country(demo: Store) -> None:
    """Others have the one that links show; an alert on a group does not count, nor a light one."""
    names = [one.name for one in country_files(content_of(demo)) if one.name.endswith(".png")]
    for iso3, kinds in {"PRK": ["allocation", "ladder"], "AFG": ["allocation"]}.items():
        own = [name for name in names if f"/{iso3}/" in name]
        assert own == [f"picture/{iso3}/{kind}-wide.png" for kind in kinds]
    assert len([name for name in names if "/PSE/" in name]) == len(["allocation"])


def test_every_picture_is_png_in_both_sizes_where_it_is_asked_for(demo: Store) -> None:
    """The page links them; the setting is a new hash, and without it all is as before."""
    every = {one.name: one for one in country_files(content_of(demo, png="all"))}
    some = {one.name: one for one in country_files(content_of(demo))}
    page = every["country/PRK/index.html"].render().decode()
    for name in (name for name in every if name.startswith("picture/PRK/")):
        other = name.replace(".svg", ".png") if name.endswith("svg") else name
        assert other in every
        assert f'href="../../{other}"' in page
    assert some["country/PRK/index.html"].made_of != every["country/PRK/index.html"].made_of
    square = every["picture/PRK/ladder-square.png"].render()
    assert (int.from_bytes(square[16:20]), int.from_bytes(square[20:24])) == (1080, 1080)
    assert set(every) - set(some) == {
        f"picture/{iso3}/{name}.png"
        for iso3 in {name.split("/")[1] for name in every if name.startswith("picture/")}
        for name in ("allocation-square", "ladder-square", "ladder-wide")
        if f"picture/{iso3}/{name}.svg" in every
    } - set(some)


def test_embeds_stand_alone(demo: Store) -> None:
    """No header, no search, no script; source, day and a link are there."""
    for kind in ("allocation", "ladder", "testing"):
        page = rendered(demo, f"embed/PRK/{kind}.html")[f"embed/PRK/{kind}.html"]
        assert "<script" not in page
        assert 'class="top"' not in page
        assert "2022" in page
        assert 'href="../../country/PRK/index.html"' in page


def test_the_same_lake_gives_the_same_bytes(demo: Store) -> None:
    """Names, hashes and bytes."""
    made = [[(one.name, one.made_of) for one in country_files(content_of(demo))] for _ in range(2)]
    assert made[0] == made[1]
    assert rendered(demo) == rendered(demo)


def made_of(store: Store) -> dict[str, str]:
    """Return of what each file is made, with the marts brought up to date."""
    publish_marts(store, at=NOW)
    return {one.name: one.made_of for one in country_files(content_of(store))}


def test_a_version_renders_the_countries_that_it_changes() -> None:
    """And the list of countries; a version without a change renders nothing."""
    store = weekly(allocated({"GHA": 10, "KEN": 20}))
    first = made_of(store)
    publish(store, "unicef_market", "allocations", allocated({"GHA": 10, "KEN": 20}), week=1)
    assert made_of(store) == first
    publish(store, "unicef_market", "allocations", allocated({"GHA": 4, "KEN": 20}), week=2)
    second = made_of(store)
    changed = {name for name, made in second.items() if first[name] != made}
    assert "country/GHA/index.html" in changed
    assert all("GHA" in name or name == "countries/index.html" for name in changed)


def page_of(store: Store, iso3: str = "GHA") -> str:
    """Return the page of a country."""
    return rendered(store, f"country/{iso3}/index.html")[f"country/{iso3}/index.html"]


def test_one_version_and_zeros_only_are_stated() -> None:
    """No change is drawn, and nothing divides by zero."""
    one = page_of(weekly(allocated({"GHA": 10})))
    assert "showed 10 doses allocated to Ghana (GHA) by COVAX from 3 Jan 2022 on" in one
    zeros = page_of(weekly(allocated({"GHA": 0}), allocated({"GHA": 0})))
    assert "0 doses allocated to Ghana (GHA)" in zeros
    gone = page_of(weekly(allocated({"GHA": 10}), allocated({"KEN": 1})))
    assert "to no figure on 10 Jan 2022" in gone
    assert "<span data-value>no figure</span>" in gone


def test_a_country_without_a_promise_has_a_page() -> None:
    """WHO has no row for it, or somebody tests there."""
    store = MemoryStore()
    begun = rows("vaccinations_current", [("GHA", 9)], "doses_administered")
    publish(store, "who_vaccination", "vaccinations_current", begun, week=0)
    publish_marts(store, at=NOW)
    page = page_of(store, "PRK")
    assert "No source shows a promise of doses to Korea, DPR (PRK)." in page
    assert "the country has no row" in page
    assert "the country has begun" in page_of(store)
    assert "og:image" not in page


def test_a_held_and_a_retracted_version_are_not_shown() -> None:
    """The page is as if they were not there."""
    store = weekly(allocated({"GHA": 10}), allocated({"GHA": 7}))
    publish(store, "unicef_market", "allocations", allocated({"GHA": 1}), week=2, held=True)
    publish_marts(store, at=NOW)
    assert "to 7 on 10 Jan 2022" in page_of(store)
    vault = VaultReader(store, "unicef_market")
    wrong = vault.vintages()[1].id
    commit_retraction(vault, Retraction(id=wrong, at=NOW, reason="a slip", by="x", vintage=None))
    publish_tables(vault)
    publish_marts(store, at=NOW + timedelta(hours=1))
    assert "10 Jan 2022" not in page_of(store)


def test_what_a_held_version_showed_first_counts_from_the_next_accepted_one() -> None:
    """On the page, in the data, for totals and for further figures; and it is a new hash."""
    store = weekly(allocated({"GHA": 10, "KEN": 5}))
    cases = [rows("cases", [("GHA", date(2022, 1, 1), n)], "cases_cumulative") for n in (4, 6)]
    publish(store, "who_mpox", "cases", cases[0], week=0)
    changed = allocated({"GHA": 3, "KEN": 5})
    publish(store, "unicef_market", "allocations", changed, week=1, held=True)
    publish(store, "who_mpox", "cases", cases[1], week=1, held=True)
    before = made_of(store)
    assert "showed 10 doses allocated" in page_of(store)
    publish(store, "unicef_market", "allocations", changed, week=2)
    publish(store, "who_mpox", "cases", cases[1], week=2)
    after = made_of(store)
    page = page_of(store)
    assert "to 3 on 17 Jan 2022" in page
    assert "showed 6 cases by 1 Jan 2022 in Ghana (GHA), in the version of 17 Jan 2022" in page
    assert "10 Jan 2022" not in page
    assert {name[:11] for name in after if before.get(name) != after[name]} >= {"country/GHA"}
    assert before["country/KEN/index.html"] == after["country/KEN/index.html"]
    script = rendered(store, "data/country/GHA.js")["data/country/GHA.js"]
    assert '["2022-01-17","3"]' in script
    publish(store, "unicef_market", "allocations", allocated({"GHA": 2}), week=3, held=True)
    publish(store, "unicef_market", "allocations", allocated({"GHA": 3, "KEN": 5}), week=4)
    publish_marts(store, at=NOW)
    assert "7 Feb 2022" not in page_of(store)


def test_a_revision_that_a_held_version_made_and_the_next_one_took_back_is_none() -> None:
    """Beside one that stays, and a new day; no accepted version ever showed the other figure."""

    def counted(*cases: int) -> pl.DataFrame:
        days = [("GHA", date(2022, 1, day), n) for day, n in enumerate(cases, 1)]
        return rows("cases", days, "cases_cumulative")

    def page(*versions: pl.DataFrame) -> str:
        store = MemoryStore()
        for week, frame in enumerate(versions):
            publish(store, "who_mpox", "cases", frame, week=week, held=week == 1)
        publish_marts(store, at=NOW)
        return page_of(store)

    back = page(counted(4, 6, 9), counted(3, 6, 9), counted(4, 6, 9, 12))
    assert "No figure of an earlier day was revised by a later version." in back
    assert "12 by 4 Jan 2022" in back
    assert "10 Jan 2022" not in back
    stays = page(counted(4, 6, 9), counted(3, 5, 9), counted(4, 5, 9))
    assert "revised in one version, of 17 Jan 2022, where 1 differs" in stays
    assert "cases for 2 Jan 2022, from 6 to 5 (" in stays
    new = page(counted(4), counted(4, 5), counted(4, 6))
    assert "No figure of an earlier day was revised by a later version." in new


def test_an_empty_lake_has_an_empty_list() -> None:
    """And no country."""
    store = MemoryStore()
    publish_marts(store, at=NOW)
    files = rendered(store)
    assert list(files) == ["countries/index.html"]
    assert "No source has a version" in files["countries/index.html"]


def test_the_list_has_every_country_once(demo: Store) -> None:
    """By name, with its newest promise and its open alerts."""
    page = rendered(demo, "countries/index.html")["countries/index.html"]
    titles = [
        part.partition("<")[0] for part in page.split('/index.html">')[1:] if "(" in part[:60]
    ]
    assert titles == sorted(titles)
    assert len(titles) == len(set(titles)) == demo_countries(demo)
    assert "1,828,800" in page


def demo_countries(store: Store) -> int:
    """Return how many countries have data."""
    return sum(one.name.startswith("data/country/") for one in country_files(content_of(store)))


def test_only_changed_files_are_written(tmp_path: Path) -> None:
    """A second run writes nothing."""
    store = weekly(allocated({"GHA": 10}))

    def kind(_: object) -> list[PageFile]:
        return [one for one in country_files(content_of(store)) if not one.name.endswith("png")]

    for wanted in (True, False):
        done = publish_site(store, lambda: content_of(store), kinds=[kind])  # pyright: ignore[reportArgumentType]
        assert bool(done.written) == wanted
