from flows.retract_vintage import retract_vintage
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault
from tests.flows.lakes import CUT, GOOD, SOURCE, Lake


def test_a_retraction_and_its_undoing(lake: Lake) -> None:
    """The figures before it are published, then its own again; its alert follows."""
    lake.take(GOOD)
    lake.take(CUT, day=1)
    cut, wrong = lake.latest(), VaultReader(lake.store, SOURCE).vintages()[-1].id
    summary = retract_vintage.fn(SOURCE, wrong, "The time is a typo.", lake.uri, by="Kim")
    assert (summary.state_name, summary.number, summary.is_undone) == ("Published", 3, False)
    assert lake.latest().filter(iso3="PRK")["doses_allocated"].to_list() == [8_115_600]
    summary = retract_vintage.fn(SOURCE, wrong, "It was right.", lake.uri, undo=True)
    assert [one.verdict for one in summary.outcomes] == ["new"]
    assert (summary.state_name, summary.by) == ("Published", None)
    assert [one.rule for one in summary.alerts if not one.group] == ["R1"]
    assert lake.latest().equals(cut)
    assert verify_vault(VaultReader(lake.store, SOURCE), deep=True) == []
