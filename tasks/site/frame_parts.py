"""The parts of a frame: its rows by the values of a text column."""

import polars as pl


class Parts:
    """The rows of a frame by the values of a text column; each part is gathered when asked for.

    Promises: rows keep their order; costs little where few parts are asked for.
    """

    def __init__(self, frame: pl.DataFrame, column: str) -> None:
        self._frame = frame
        places = frame.select(column).with_row_index("at").group_by(column).agg("at")
        self._places = dict(zip(places[column].to_list(), places["at"], strict=True))

    def __contains__(self, value: str) -> bool:
        """Return whether a row has a value."""
        return value in self._places

    def rows(self, value: str) -> pl.DataFrame:
        """Return the rows with a value; none where there are none."""
        return self._frame[self._places[value]] if value in self else self._frame.clear()
