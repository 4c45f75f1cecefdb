"""The command `chart`: which picture of what, and what it answers where there is none."""

from pathlib import Path

import pytest

from tests.vaxwatch.lakes import CUT, Ask

DATASET = "unicef_market.allocations"


def test_an_alert_is_drawn_into_a_file_of_each_form(ask: Ask, tmp_path: Path) -> None:
    """The end of the name decides; the answer has the description of the picture."""
    for name, begin in (("a.png", b"\x89PNG"), ("a.svg", b"<svg"), ("a.html", b"<!doctype html>")):
        answer = ask("chart", CUT.fingerprint[:10], "--out", str(tmp_path / name), "--json")
        body = (tmp_path / name).read_bytes()
        assert body.startswith(begin)
        assert answer.document == {
            "out": str(tmp_path / name),
            "bytes": len(body),
            "alt": "It fell by 84.1 %. Seen twice.",
        }
    drawn = (tmp_path / "a.svg").read_text()
    assert "Doses of AstraZeneca allocated to Korea, DPR (PRK)" in drawn
    assert "8,115,600" in drawn
    assert "Alert R1, critical, confirmed. First seen 10 Feb 2022." in drawn


def test_a_figure_of_a_dataset_is_drawn_over_its_versions(ask: Ask, tmp_path: Path) -> None:
    """The sum over the rows that match."""
    where = ["--where", "iso3=PRK", "--column", "doses_allocated"]
    answer = ask("chart", DATASET, *where, "--out", str(tmp_path / "a.svg"))
    assert answer.code == 0
    assert "3 versions from 23 Dec 2021 to 22 Feb 2022: least 1,288,800, greatest 8,115,600" in (
        " ".join(answer.out.split())
    )
    assert "Doses allocated to Korea, DPR (PRK)" in (tmp_path / "a.svg").read_text()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["zz", "--out", "a.png"], "There is no alert 'zz'"),
        (["no.table", "--out", "a.png"], "There is no dataset 'no.table'"),
        ([DATASET, "--where", "iso=PRK", "--out", "a.png"], "There is no key column 'iso'"),
        ([DATASET, "--where", "iso3=XXX", "--out", "a.png"], "never had a figure for iso3=XXX"),
        ([DATASET, "--column", "doses", "--out", "a.png"], "There is no figure 'doses'"),
        ([CUT.fingerprint, "--where", "iso3=PRK", "--out", "a.png"], "are for a DATASET"),
        ([CUT.fingerprint, "--out", "a.pdf"], "expected a name that ends in .png, .svg, .html"),
        ([CUT.fingerprint, "--out", "none/a.png"], "there is no folder none"),
    ],
)
def test_what_cannot_be_drawn_is_wrong_use(
    ask: Ask, tmp_path: Path, words: list[str], sentence: str
) -> None:
    """One sentence, and no file."""
    answer = ask("chart", *words)
    assert (answer.code, list(tmp_path.iterdir())) == (2, [])
    assert sentence in answer.err
