"""Words: what stands in cells where a figure, a day or a country should."""

from collections.abc import Callable

import pycountry

WORDS = (
    *("", " ", "-", "N/A", "abc", "many", "null", "TRUE", "½", "²", "\u200b", "\ufeff", "'", '"'),
    *("=1+1", "=SUM(A1:A9)", "@x", "+5", "-1", "-889137", "\N{MINUS SIGN}5", "-0", "0.0", "00012"),
    *("NaN", "Infinity", "-inf", "1e999", "1e-999", "1E3", "9" * 30, "0x1F", "1_000", "5.", ".5"),
    *("1,234", "1.234", "1 234", "1'234", "1\N{NO-BREAK SPACE}234", "1\u202f234", "1,2,3", "12,34"),
    *("1,5", "1.234,5", "1,234.5", "12%", "12 k", "about 12", "12*", "12 [1]", "12\n13", "1;2"),
    *(
        "\N{ARABIC-INDIC DIGIT ONE}\N{ARABIC-INDIC DIGIT TWO}",
        "\uff11\uff12",
        "\u0967\u0968",
        "XII",
    ),
    *("2021-13-45", "2021-02-30", "31/12/2021", "12/31/2021", "1/2/2021", "01-02-2021", "44562"),
    *("2021/01/02", "20210102", "31 Dec 2021", "2021-01-02T00:00:00", "0001-01-01", "9999-12-31"),
    *(
        "Total",
        "World",
        "Grand total",
        "Atlantis",
        "XYZ",
        "prk",
        "KOR ",
        "NA",
        "\0",
        "a\0b",
        "\x07",
    ),
    *(
        "C\u00c3\u00b4te dâ€™Ivoire",
        "C\ufffdte",
        "\x85",
        "\u202e321",
        "a, b",
        "x" * 2_000,
        "#country+code",
    ),
)
CODES = [country.alpha_3 for country in pycountry.countries]
TOTALS = ("Total", "World", "Grand total", "TOTAL", "Global", "Sum of above")
NOTES = ("Source: WHO, 2 August 2021.", "* preliminary", "Note: figures, rounded", "[1] see above")


def _mojibake(cell: str) -> str:
    return cell.encode().decode("latin-1")


CHANGES: tuple[Callable[[str], str], ...] = (
    *(lambda cell: cell + "000", lambda cell: f"{cell}.0", lambda cell: f"{cell}0"),
    *(
        lambda cell: f"0.0{cell}",
        lambda cell: f"-{cell}",
        lambda cell: f"\N{NO-BREAK SPACE}{cell} ",
    ),
    *(lambda cell: cell[::-1], str.swapcase, _mojibake, lambda cell: cell.replace("-", "/")),
    *(
        lambda cell: cell.replace(",", "."),
        lambda cell: cell.replace(",", " "),
        lambda cell: cell[1:],
    ),
    *(
        lambda cell: f"{cell}*",
        lambda cell: f'"{cell}"',
        lambda cell: "-".join(cell.split("-")[::-1]),
    ),
)
"""Unit slips, thousands marks, days in another order, encodings read as others, marks behind."""
