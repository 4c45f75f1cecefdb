from tasks.formats.pdf import Word, Words
from tasks.formats.pdf_lines import without_paper


def line(text: str, top: float) -> Words:
    """Return the words of a line."""
    return tuple(
        Word(part, 20 + 50 * place, 60 + 50 * place, top, top + 10, 10)
        for place, part in enumerate(text.split())
    )


def page(number: int, *texts: str) -> Words:
    """Return a page with a head, a number at its foot, and lines between them."""
    head, foot = line("Weekly Situation Report", 0), line(f"Page {number}", 800)
    between = [line(text, 40 + 12 * place) for place, text in enumerate(texts)]
    return (*head, *(word for words in between for word in words), *foot)


def test_what_several_pages_have_is_no_text() -> None:
    """Head and number go, but for the first page; what stands in the middle stays."""
    pages = [page(1, "a", "b", "c"), page(2, "total 42", "x"), page(3, "773 people", "x", "y")]
    found = [[word.text for word in one] for one in without_paper(pages)]
    assert found[0][-1] == "1"
    assert found[1:] == [["total", "42", "x"], ["773", "people", "x", "y"]]
    assert without_paper([]) == []
