from schemas.contract_errors import SourceChanged
from schemas.errors import BadBody


def test_a_sentence_shows_a_part_of_what_was_sent() -> None:
    """A body of one long word, or of long names, does not become a sentence of that length."""
    long = "x" * 100_000
    assert str(BadBody("here", long, "a table", "Look.")) == (
        f"here: seen {'x' * 399}…; expected a table. Look."
    )
    text = str(SourceChanged("a_b", ["iso3"], [long] * 20))
    assert len(text) < 1_000
    assert text.startswith(f"a_b: column iso3 is gone; the body has: {'x' * 399}… …. Nothing")
