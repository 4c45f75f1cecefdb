"""What a dataset's page says of its alerts, and of files that brought nothing new."""

import html
import re
from importlib.resources import files
from pathlib import Path

import pytest

from tasks.lake_runs.lake_check import repair_lake
from tasks.quality.data_docs import INDEX, put_page, without_hash
from tasks.quality.index_page import index_html, put_index
from tasks.quality.page_alerts import END, START
from tasks.quality.results import read_results
from tests.alerts import read_alerts
from tests.flows.lakes import CUT, DAY, GOOD, Lake

PAGE = "data-docs/unicef_market/allocations.html"


def text_of(lake: Lake) -> str:
    """Return the words of the page, without markup."""
    body = (Path(lake.uri) / PAGE).read_text(encoding="utf-8")
    return html.unescape(re.sub(r"<[^>]+>", "", body))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Return the lake that each test gets a copy of."""
    lake = Lake(tmp_path_factory.mktemp("made"))
    lake.take(GOOD)
    lake.take(CUT, day=1)
    return lake


@pytest.fixture
def lake(made: Lake, tmp_path: Path) -> Lake:
    """Return a lake in which a fall was found."""
    return made.copy(tmp_path)


def test_a_page_has_the_alerts_of_its_table(lake: Lake) -> None:
    """Whatever the expectations say of the table as a whole."""
    sentences = [one.sentence for one in read_alerts(lake.store) if one.state == "open"]
    assert sentences
    shown = text_of(lake)
    assert [one for one in sentences if one not in shown] == []
    assert "No alert is open" not in shown
    assert "Unchanged" not in shown


def test_a_file_that_brings_nothing_new_is_reported(lake: Lake) -> None:
    """As long as nothing new comes; the first such file counts."""
    for day in (2, 3):
        lake.take(CUT, day=day)
        assert "Unchanged since 11 Feb 2022: what came later brought nothing new." in text_of(lake)
    lake.take(GOOD, day=4)
    assert "Unchanged" not in text_of(lake)


def test_alerts_that_change_without_a_judgement_are_on_the_page(lake: Lake) -> None:
    """A fall is confirmed by the next file although that changes no figure."""
    assert "Confirmed" not in text_of(lake)
    lake.take(CUT, day=2)
    assert "Confirmed: the version of 12 Feb 2022" in text_of(lake)


def test_repair_writes_what_a_killed_run_left_out(lake: Lake) -> None:
    """The page as it was before the alerts were recorded."""
    path = Path(lake.uri) / PAGE
    right = path.read_bytes()
    start, _, rest = without_hash(right).partition(START)
    put_page(lake.store, PAGE, start + START + END + rest.partition(END)[2])
    assert path.read_bytes() != right
    done = repair_lake(lake.uri, lake.store, (), at=DAY)
    assert done == [
        ("unicef_market", "The page of allocations lists the alerts that are open now.")
    ]
    assert path.read_bytes() == right


def test_a_table_is_never_green_beside_a_grave_alert(lake: Lake) -> None:
    """The alert stands before the verdict, on the page and in the index, with the figures."""
    alert = max(read_alerts(lake.store), key=lambda one: one.severity == "critical")
    assert alert.severity == "critical"
    page = html.unescape((Path(lake.uri) / PAGE).read_text(encoding="utf-8"))
    grave = page.index('class="alerts grave"')
    assert grave < page.index(alert.sentence) < page.index('class="verdict')
    assert re.search(r"</section><!-- end of alerts -->\s*<section class=\"verdict", page)
    assert "doses allocated in" in page
    assert 'href="../../site/table/unicef_market/allocations/index.html"' in page
    index = (Path(lake.uri) / INDEX).read_text(encoding="utf-8")
    assert re.search(r'<p class="grave"><b>critical alert:</b>.*?<!-- end of alert -->\s*<a', index)
    put_index(lake.store, index_html(read_results(lake.store)))
    assert (Path(lake.uri) / INDEX).read_text(encoding="utf-8") == index


def test_data_docs_have_the_colours_of_the_site() -> None:
    """What is a name of both style sheets has the same value, light and dark."""
    own, site = (
        re.findall(r"(--(?:page|sheet|ink|soft|line|link)): (#\w+);", sheet.read_text("utf-8"))
        for sheet in (
            files("tasks.quality") / "templates" / "style.css",
            files("tasks.site") / "assets" / "style.css",
        )
    )
    assert own[:12] == site[:12]
