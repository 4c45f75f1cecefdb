"""SDMX-CSV: any table of codes reads the same with labels as without."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.formats.sdmx_csv import read_sdmx_csv
from tests.thorough import examples

CODE = st.text("ABCDEFGHIJ_0123456789", min_size=1, max_size=6)
LABEL = st.text("abc ,\"':%é\n", max_size=12)


@settings(max_examples=examples(25))
@given(rows=st.lists(st.tuples(CODE, LABEL, CODE), min_size=1, max_size=5), header=LABEL)
def test_labels_are_left_off(rows: list[tuple[str, str, str]], header: str) -> None:
    """Whatever stands in a label, commas, quotes, colons and line breaks included."""

    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    plain = ["REF_AREA,TIME_PERIOD,OBS_VALUE", *(f"{a},2020,{v}" for a, _, v in rows)]
    named = [
        f"{quoted('REF_AREA:' + header)},TIME_PERIOD,OBS_VALUE",
        *(f"{quoted(f'{a}: {label}')},2020,{v}" for a, label, v in rows),
    ]
    read = [
        read_sdmx_csv(("\n".join(lines) + "\n").encode(), where="x") for lines in (plain, named)
    ]
    assert read[0].rows() == read[1].rows()
    assert read[0].columns == read[1].columns
