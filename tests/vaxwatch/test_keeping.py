import shutil
from pathlib import Path

from tests.vaxwatch.lakes import Ask


def test_quarantine_has_the_contracted_shape(ask: Ask) -> None:
    """Each cell that could not be read: where it stood, what it said, why it was left out."""
    (cell,) = ask("quarantine", "list", "--json").document
    assert cell == {
        "source": "who_searo_testing",
        "id": "20220214T000000Z-" + cell["id"][-8:],
        "row": 2,
        "rule": "not-a-number",
        "column": "People tested",
        "value": "NaN",
        "reason": "'NaN' is no whole number.",
    }


def test_quarantine_can_be_of_one_source(ask: Ask) -> None:
    """--source leaves out the others; an unknown one is wrong use."""
    assert ask("quarantine", "list", "--source", "unicef_market", "--json").document == []
    assert "Nothing" in ask("quarantine", "list", "--source", "unicef_market").out
    assert ask("quarantine", "list", "--source", "nobody").code == 2


def test_quarantine_is_drawn_with_the_published_cell(ask: Ask) -> None:
    """A person sees the cell and the reason."""
    answer = ask("quarantine", "list")
    assert "NaN" in answer.out
    assert "People tested" in answer.out


def test_a_sound_lake_is_verified(ask: Ask) -> None:
    """Nothing wrong is exit code 0, quick and deep."""
    for words in (["verify"], ["verify", "--deep"]):
        answer = ask(*words)
        assert (answer.code, "sound" in answer.out) == (0, True)


def test_a_damaged_object_is_found(ask: Ask, lake: Path, tmp_path: Path) -> None:
    """Other bytes in one object are a problem, exit code 1, and the object is named."""
    copy = tmp_path / "copy"
    shutil.copytree(lake, copy)
    segment = next((copy / "unicef_market" / "_vault" / "seg").iterdir())
    segment.write_bytes(segment.read_bytes()[:-1] + b"!")
    answer = ask("verify", "--deep", "--json", at=copy)
    assert answer.code == 1
    assert any(segment.name in problem["problem"] for problem in answer.document["problems"])
    assert ask("verify", "--deep", at=copy).code == 1


def test_a_missing_object_is_found_without_deep(ask: Ask, lake: Path, tmp_path: Path) -> None:
    """The quick check sees what is gone."""
    copy = tmp_path / "copy"
    shutil.copytree(lake, copy)
    next((copy / "unicef_market" / "_vault" / "seg").iterdir()).unlink()
    assert ask("verify", at=copy).code == 1
