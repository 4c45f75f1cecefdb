from collections.abc import Callable

from tasks.formats.pdf import read_pdf
from tasks.sitrep.sections import passages
from tests.sitreps import PROSE, WIDTH, Sheet

NAMES = ("DPR Korea", "Democratic People's Republic of Korea")
OTHERS = ("Bhutan", "India", "Nepal")


def about(draw: Callable[[Sheet], object]) -> list[str]:
    """Return what a page of a report says of the country."""
    sheet = Sheet()
    sheet.add_page()
    draw(sheet)
    return passages(read_pdf(sheet.body(), where="w"), names=NAMES, others=OTHERS)


def test_a_section_goes_from_its_heading_to_the_next() -> None:
    """Every paragraph in it belongs to the country, whether it names it or not."""

    def draw(sheet: Sheet) -> None:
        for name in ("Bhutan", "Democratic People's Republic of Korea (DPRK)", "India"):
            sheet.heading(name)
            sheet.prose(f"• First of {name[:3]}.")
            sheet.prose("• Second.")

    assert about(draw) == ["• First of Dem. • Second."]


def test_any_larger_line_ends_a_section() -> None:
    """What follows under 'Response' is about the whole region."""

    def draw(sheet: Sheet) -> None:
        sheet.heading("DPR Korea")
        sheet.prose("• First.")
        sheet.heading("Response in the Region", size=14)
        sheet.prose("• 5 000 people were tested.")

    assert about(draw) == ["• First."]


def test_a_heading_may_be_no_larger_than_the_text() -> None:
    """Alone in its line after the end of a sentence, it is a heading all the same."""

    def draw(sheet: Sheet) -> None:
        sheet.prose("Tests in Bhutan go on.\nDPR Korea\nFirst.\nIndia\nSecond.")

    assert about(draw) == ["First."]


def test_a_paragraph_is_about_the_country_that_alone_it_names() -> None:
    """Where it names others too, those sentences are that name no other."""

    def draw(sheet: Sheet) -> None:
        sheet.prose("• DPR Korea tested 678 people. All were negative.")
        sheet.prose(
            "• Nepal tested 5 000. DPR Korea tested 679 people. India and DPR Korea did so."
        )
        sheet.prose("• Nepal tested 5 000 people.")

    assert about(draw) == [
        "• DPR Korea tested 678 people. All were negative.",
        "DPR Korea tested 679 people.",
    ]


def test_the_name_of_a_row_in_a_table_is_no_heading() -> None:
    """Neither are its figures part of a passage."""

    def draw(sheet: Sheet) -> None:
        sheet.lines([("India", "5 000"), ("DPR Korea", "84 602")], widths=(60, 40))
        sheet.prose("5 000 people were tested.")

    assert about(draw) == []


def test_a_wrapped_passage_is_one_text() -> None:
    """However narrow its column is, and beside whatever it stands."""

    def narrow(sheet: Sheet) -> None:
        sheet.heading("DPR Korea")
        sheet.prose(PROSE, width=34)

    def beside(sheet: Sheet) -> None:
        left = "India\n\n• India goes on with its tests, as it did in the weeks before."
        sheet.columns(left, "DPR Korea\n\n" + PROSE)

    def wide(sheet: Sheet) -> None:
        sheet.heading("DPR Korea")
        sheet.prose(PROSE, width=WIDTH, align="J")

    texts = {about(draw)[0] for draw in (narrow, beside, wide)}
    assert {text.replace("8- 14", "8-14") for text in texts} == {about(wide)[0]}
