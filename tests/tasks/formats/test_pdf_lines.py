from tasks.formats.pdf import Word
from tasks.formats.pdf_lines import Line, pieces, reading_order, rows


def words(text: str, *, left: float, top: float, size: float = 10) -> list[Word]:
    """Return words side by side, each sign half as wide as it is high."""
    found: list[Word] = []
    for part in text.split():
        right = left + len(part) * size / 2
        found.append(Word(part, left, right, top, top + size, size))
        left = right + size / 4
    return found


def block(*lines: str, left: float, top: float) -> list[Word]:
    """Return lines below each other."""
    placed = [words(text, left=left, top=top + 12 * n) for n, text in enumerate(lines)]
    return [word for line in placed for word in line]


def texts(page: list[Word]) -> list[str]:
    """Return the lines in the order in which they are read."""
    return [line.text for line in reading_order(page)]


def test_columns_are_read_one_after_the_other() -> None:
    """Below a line over both, each column is read to its end."""
    page = [
        *words("a heading that reaches from the one side to the other", left=20, top=0),
        *block("left one", "left two", "left three", left=20, top=20),
        *block("right one", "right two", left=200, top=20),
        *words("and a line below that reaches over both of the columns", left=20, top=80),
    ]
    order = ["left one", "left two", "left three", "right one", "right two"]
    assert texts(page)[1:-1] == order
    assert texts(page)[0].startswith("a heading")


def test_columns_whose_lines_stand_at_other_heights_are_columns() -> None:
    """The lines of one need not be level with those of the other."""
    right = block("right one", "right two", left=200, top=25)
    page = [*block("left one", "left two", left=20, top=20), *right]
    assert texts(page) == ["left one", "left two", "right one", "right two"]


def test_a_wide_blank_between_lines_ends_the_columns() -> None:
    """What stands further below is read after both."""
    page = [
        *block("left one", "left two", left=20, top=20),
        *block("right one", left=200, top=20),
        *words("below", left=20, top=90),
    ]
    assert texts(page) == ["left one", "left two", "right one", "below"]


def test_a_bullet_stays_with_its_line() -> None:
    """However far the text is indented."""
    page = [*words("•", left=20, top=0), *words("678 people", left=45, top=0)]
    assert texts(page) == ["• 678 people"]


def test_a_small_raised_mark_is_no_digit_of_the_figure_before_it() -> None:
    """678 with a footnote 1 stays 678; a figure in two sizes of letters stays whole."""
    mark = Word("1", 20.0 + 15, 38.0, 0.0, 5.0, 5.0)
    [line] = reading_order([*words("678", left=20, top=0), mark, *words("people", left=42, top=0)])
    assert line.text == "678 people"
    halves = [Word("42", 0, 10, 0, 10, 10), Word("773", 10.1, 25, 0.1, 10, 9.9)]
    assert Line(tuple(halves)).text == "42773"


def test_a_line_knows_where_it_stands() -> None:
    """Its edges are those of its outermost words, its size that of the largest."""
    line = Line((*words("one", left=20, top=5, size=8), *words("two", left=50, top=2)))
    assert (line.left, line.right, line.top, line.bottom, line.size) == (20, 65, 2, 13, 10)


def test_pieces_are_parted_by_wide_blanks() -> None:
    """Thousands stay together; the next column does not belong to them."""
    [row] = rows([*words("38 378 277", left=20, top=0), *words("22 010", left=120, top=0)])
    assert [piece.text for piece in pieces(row)] == ["38 378 277", "22 010"]
