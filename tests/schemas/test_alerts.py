from dataclasses import replace
from datetime import UTC, datetime

from schemas.alerts import Event, Finding

OPENED = Event(
    kind="opened",
    id="v1",
    as_of=datetime(2022, 2, 10, tzinfo=UTC),
    previous_as_of=None,
    severity="low",
    confidence="confirmed",
    before=None,
    after=5,
    change=None,
    rel_change=None,
    sentence="They showed 5 doses.",
)
FINDING = Finding(
    rule="R1",
    dataset="a.allocations",
    key={"iso3": "PRK"},
    column="doses_allocated",
    events=(OPENED,),
)


def test_the_identity_of_an_episode_is_the_one_in_every_lake() -> None:
    """It is of rule, dataset, key, column, and the vintage that opened it; no text changes it."""
    assert FINDING.fingerprint[:8] == "f5350fc9"
    reworded = replace(OPENED, sentence="They showed five doses.", after=6)
    assert replace(FINDING, events=(reworded, OPENED)).fingerprint == FINDING.fingerprint


def test_what_a_finding_is_about_distinguishes_it() -> None:
    """Two families of one column and vintage are two episodes."""
    assert replace(FINDING, about="fall").fingerprint != replace(FINDING, about="rise").fingerprint
