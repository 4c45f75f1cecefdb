import shutil
from pathlib import Path

from tests.flows.lakes import GOOD
from tests.flows.lakes import Lake as Filled
from tests.vaxwatch.lakes import Ask


def test_quarantine_has_the_contracted_shape(ask: Ask) -> None:
    """Each cell that could not be read: where it stood, what it said, why it was left out."""
    (cell,) = ask("quarantine", "list", "--json").document
    contract = {
        "source": "who_searo_testing",
        "id": "20220214T000000Z-" + cell["id"][-8:],
        "row": 2,
        "rule": "not-a-number",
        "column": "People tested",
        "value": "NaN",
        "reason": "'NaN' is no whole number.",
    }
    assert list(cell.items())[: len(contract)] == list(contract.items())
    assert (cell["table"], cell["rule_version"], cell["state"]) == ("tests", 1, "quarantined")


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


def test_rows_in_quarantine_are_shown_whole(ask: Ask) -> None:
    """With what is known of the bytes; bytes that cannot be read any more are reported."""
    (cell,) = ask("quarantine", "list", "--json").document
    shown = ask("quarantine", "show", "who_searo_testing", cell["id"], "--json").document
    assert [row["row"] for row in shown["rows"]] == [2]
    assert shown["rows"][0]["faults"][0]["value"] == "NaN"
    assert shown["bodies"][0]["name"] == "main"
    assert "who_searo_testing" in shown["unread"]
    assert "NaN" in ask("quarantine", "show", "who_searo_testing", cell["id"], "2").out
    assert ask("quarantine", "show", "who_searo_testing", cell["id"], "7").code == 2
    assert ask("quarantine", "show", "who_searo_testing", "20200101T000000Z-00000000").code == 2


def test_what_is_released_or_of_another_rule_is_listed_on_request(ask: Ask) -> None:
    """Without options, what waits; a state that is none is wrong use."""
    assert ask("quarantine", "list", "--state", "released", "--json").document == []
    assert len(ask("quarantine", "list", "--all", "--json").document) == 1
    assert ask("quarantine", "list", "--rule", "readable", "--json").document == []
    assert ask("quarantine", "list", "--state", "lost").code == 2


def test_a_snapshot_that_is_blocked_as_a_whole_is_reported(ask: Ask, tmp_path: Path) -> None:
    """None of its rows is listed, as none was looked at; the sentence says what to do."""
    lake = Filled(tmp_path)
    lake.take(GOOD)
    lake.take(GOOD.replace(b"Doses Allocated", b"Number"), day=1)
    answer = ask("quarantine", "list", at=Path(lake.uri))
    assert "A snapshot is blocked as a whole. unicef_market: column Doses Allocated" in answer.out
    assert "vaxwatch quarantine replay unicef_market" in answer.out
    assert "No row is in quarantine." in answer.out
    assert ask("quarantine", "list", "--json", at=Path(lake.uri)).document == []


def test_a_sound_lake_is_verified(ask: Ask, lake: Path, tmp_path: Path) -> None:
    """Nothing wrong is exit code 0, quick and deep."""
    own = tmp_path / "own"
    shutil.copytree(lake, own)
    ask("repair", at=own)  # the lake's alerts are made up
    for words in (["verify"], ["verify", "--deep"]):
        answer = ask(*words, at=own)
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
