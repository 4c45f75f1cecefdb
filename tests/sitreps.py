"""Situation reports made here, laid out as WHO's South-East Asia office lays out its own."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from fpdf import FPDF

MADE = datetime(2021, 10, 22, tzinfo=UTC)
LEFT, WIDTH, HIGH = 15.0, 180.0, 4.6
DASH = "\N{EN DASH}"
PEOPLES = "Democratic People's"
PROSE = (
    f"• From 8{DASH}14 October 678 people (1 356 samples) were tested, 113 ILI/SARI and 565 health "
    "care workers, bringing the total to 42 773 persons and 84 602 samples. All tested negative."
)
WEEK_41 = f"11 October {DASH} 17 October 2021"
HEADINGS = ("Country", "Cumulative samples tested", "New samples tested", "Positivity (%)")
NEIGHBOURS = (
    ("Bangladesh", "10 088 461", "134 921", "2.1"),
    ("Bhutan", "1 011 203", "16 414", "0.0"),
    ("Timor-Leste", "221 482", "3 377", "1.4"),
)
"""Made up, but for the country's names."""


class Sheet(FPDF):
    """A4 pages in Helvetica, which has no narrow space; every page has a head and a number."""

    def __init__(self) -> None:
        super().__init__()
        self.core_fonts_encoding = "windows-1252"
        self.set_creation_date(MADE)
        self.set_margins(LEFT, 18, LEFT)

    def header(self) -> None:
        """Print what every page has."""
        self.set_font("helvetica", size=8)
        self.text(LEFT, 9, "COVID-19 Weekly Situation Report")
        self.text(190, 9, str(self.page_no()))
        self.set_y(18)

    def head(self, week: str, period: str, day: str) -> None:
        """Print the first line and the two boxes of figures below it."""
        self.add_page()
        self.set_font("helvetica", size=11)
        self.cell(120, 6, f"Week {week} ({period})")
        self.cell(0, 6, day, align="R")
        self.ln(9)
        self.set_font("helvetica", style="B", size=16)
        self.multi_cell(0, 8, "COVID-19 Weekly Situation Report")
        labels = ("# of Countries\nReporting", "New Cases\nReported in the Week", "Total Cases")
        self.box(labels, ("11 out of 11", "841 753", "38 378 277"))
        self.box(
            ("# of countries introduced", "First dose", "Fully"),
            ("10 out of 11", "461 547 044", "22.6"),
        )

    def box(self, labels: Sequence[str], figures: Sequence[str]) -> None:
        """Print labels, wrapped, and figures below, each in a column of its own."""
        top = self.get_y() + 3
        for place, (label, figure) in enumerate(zip(labels, figures, strict=True)):
            self.set_font("helvetica", size=8)
            self.set_xy(LEFT + 60 * place, top)
            self.multi_cell(50, 4, label, align="C")
            self.set_font("helvetica", style="B", size=12)
            self.set_xy(LEFT + 60 * place, top + 10)
            self.cell(50, 6, figure, align="C")
        self.set_y(top + 20)

    def heading(self, text: str, *, size: float = 12) -> None:
        """Print a line by itself, larger than the text."""
        self.ln(3)
        self.set_font("helvetica", style="B", size=size)
        self.multi_cell(0, 6, text, new_x="LMARGIN", new_y="NEXT")

    def prose(
        self, text: str, *, width: float = WIDTH, left: float = LEFT, align: str = "L"
    ) -> None:
        """Print a paragraph, wrapped at a width [mm]."""
        self.set_font("helvetica", size=10)
        self.set_x(left)
        self.multi_cell(width, HIGH, text, align=align, new_x="LEFT", new_y="NEXT")
        self.ln(2.5)

    def columns(self, *texts: str) -> None:
        """Print texts side by side."""
        top, width = self.get_y(), (WIDTH - 10 * (len(texts) - 1)) / len(texts)
        ends: list[float] = []
        for place, text in enumerate(texts):
            self.set_y(top)
            for part in text.split("\n\n"):
                self.prose(part, width=width, left=LEFT + place * (width + 10))
            ends.append(self.get_y())
        self.set_y(max(ends))

    def lines(self, rows: Iterable[Sequence[str]], *, widths: Sequence[float]) -> None:
        """Print rows of a table without lines: names to the left, figures to the right."""
        self.set_font("helvetica", size=9)
        for row in rows:
            self.set_x(LEFT)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True)):
                self.cell(width, 5, cell, align="R" if place else "L")
            self.ln(5)

    def table(
        self, headings: Sequence[str], rows: Iterable[Sequence[str]], *, width: float = 40
    ) -> None:
        """Print a table without lines; headings are wrapped."""
        self.set_font("helvetica", style="B", size=9)
        top = self.get_y() + 4
        for place, text in enumerate(headings):
            self.set_xy(LEFT + place * width + 12 * bool(place), top)
            self.multi_cell(width - 12 * bool(place), 4, text, align="R" if place else "L")
        self.set_y(top + 10)
        self.lines(rows, widths=[width] * len(headings))

    def body(self) -> bytes:
        """Return the document."""
        return bytes(self.output())


def headed() -> Sheet:
    """Return the beginning of the report on week 41 of 2021."""
    sheet = Sheet()
    sheet.head("#41", WEEK_41, "22 October 2021")
    return sheet


def report(*paragraphs: str, rows: Iterable[Sequence[str]] = (), **head: str) -> bytes:
    """Return a report with a page of its country's prose and, where there are rows, a table."""
    sheet = Sheet()
    sheet.head(**{"week": "#41", "period": WEEK_41, "day": "22 October 2021", **head})
    sheet.heading("Highlights")
    sheet.prose(
        "• South East Asia Region remains the third most affected Region. India reported a "
        "17% increase in new cases (n=270 796). DPR Korea continues to report 'no cases'."
    )
    if listed := list(rows):
        sheet.table(HEADINGS, listed)
    sheet.add_page()
    sheet.heading("Bhutan")
    sheet.prose("• In the week 16 414 samples were tested; 3 people tested positive.")
    if paragraphs:
        sheet.heading("DPR Korea")
    for paragraph in paragraphs:
        sheet.prose(paragraph)
    sheet.heading("India")
    sheet.prose(f"• From 8{DASH}14 October 9 800 000 samples were tested. None was negative.")
    return sheet.body()
