"""Every body of every fixture, damaged on its way: refused, and never a smaller table."""

from pathlib import Path

import pytest

from schemas.contract_errors import SourceChanged
from schemas.errors import BadBody
from tasks.sources import source_named
from tests.golden import BODIES, bodies_of
from tests.parsed import readings
from tests.source_servers import FAULTS

DAMAGE = [name for name in FAULTS if not name.startswith("status")]


@pytest.mark.parametrize("fixture", BODIES, ids=lambda body: f"{body.parent.name}-{body.stem}")
def test_a_damaged_body_is_refused(fixture: Path) -> None:
    """A web page, words, nothing, a cut or damaged gzip in the place of any body of a snapshot."""
    source, bodies = source_named(fixture.parent.name), bodies_of(fixture)
    for name, body in bodies.items():
        for damage in DAMAGE:
            damaged = bodies | {name: FAULTS[damage](body).data}
            with pytest.raises((BadBody, SourceChanged), match=source.name):
                pytest.fail(f"{damage} as {name} was read: {readings(source, damaged)}")
