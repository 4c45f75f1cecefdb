"""No retired word stands anywhere in the repository."""

from pathlib import Path

import pytest

from tests.vocabulary import EXEMPT, everything, findings, is_covered


def test_the_repository_has_no_retired_word() -> None:
    """Identifiers, comments, docstrings, help texts and Markdown use the field's terms."""
    found = [
        f"{one.path}:{one.number}: '{one.word}' ({one.instead}): {one.text}"
        for path in everything()
        for one in findings(path)
    ]
    assert not found, f"{len(found)} retired words:\n" + "\n".join(found)


def test_every_exemption_has_a_reason_and_a_file() -> None:
    """An exemption gives its reason and holds for a file that is there."""
    for exempt in EXEMPT:
        assert exempt.reason
        assert any(is_covered(exempt, path) for path in everything())


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("told = 1", ["told"]),
        ("def fn(as_told): ...", ["told"]),
        ("class ToldLine: ...", ["Told"]),
        ("import csv as wire", ["wire"]),
        ("self.unread = 1", ["unread"]),
        ("fn(rich_help_panel=1)", []),
        ("frame.fold()", []),
        ("x = 1  # made anew", ["anew"]),
        ('"""Read `unread.parquet`."""', []),
        ('"""Read it.\n\n>>> told = 1\n"""', []),
        ('"""What it speaks for."""', ["speaks for"]),
    ],
)
def test_only_bound_names_and_prose_are_scanned(
    code: str, words: list[str], tmp_path: Path
) -> None:
    """Names of other libraries and text in backticks are not findings."""
    path = tmp_path / "module.py"
    path.write_text(code, encoding="utf-8")
    assert [one.word for one in findings(path, root=tmp_path)] == words
