"""Commands killed for good (SIGKILL) at random, others after them, then a repair.

Nothing that was committed is lost, no alert is lost or doubled, and `verify --deep` calls no lake
sound of which a full replay from its raw bytes gives another.
"""

import time
from pathlib import Path

import pytest

from tests.tasks.vault.proof.operations import slow
from tests.vaxwatch.proof.acknowledged import KILLED, Acknowledged
from tests.vaxwatch.proof.random_commands import ingest_of, kind_of, words_of
from tests.vaxwatch.proof.s3_lakes import new_place_on

pytestmark = pytest.mark.long

TOOK: dict[str, float] = {}
"""How long a kind of command took the last time [s]; the first of a kind is run to its end."""
KILLS = 14
ON_FOLDERS, ON_S3 = range(1, 20), range(100, 104)


def killed(model: Acknowledged) -> bool:
    """Run a random command and kill it; return whether that was before its end."""
    place, words = model.place, words_of(model.place)
    if kind_of(words) not in TOOK:
        completed(model, words)
        return False
    command = place.begun(*words)
    time.sleep(place.chance.uniform(0, TOOK[kind_of(words)]))
    command.kill()
    answer = command.ended()
    model.ended(words, answer)
    return answer.code == KILLED


def completed(model: Acknowledged, words: tuple[str, ...]) -> None:
    """Run a command to its end, and measure it."""
    start = time.monotonic()
    model.run(*words)
    TOOK[kind_of(words)] = time.monotonic() - start


def chain(model: Acknowledged, kills: int) -> None:
    """Kill so many commands; between them look at the lake, run others, and repair it."""
    chance, done = model.place.chance, 0
    for day in range(3):
        completed(model, ingest_of(model.place, day))
    while done < kills:
        done += killed(model)
        if chance.random() < 1 / 4:
            model.check_readers()
        if chance.random() < 1 / 3:
            completed(model, words_of(model.place))
        if chance.random() < 1 / 6:
            completed(model, ("repair",))
            model.check()
    completed(model, ("repair",))
    model.check()


@pytest.mark.parametrize(
    ("kind", "seed", "kills"),
    [
        ("folder", 0, 2),
        *(slow("folder", seed, KILLS) for seed in ON_FOLDERS),
        *(slow("s3", seed, KILLS) for seed in ON_S3),
    ],
)
def test_killed_at_random(tmp_path: Path, kind: str, seed: int, kills: int) -> None:
    """They are spread over the whole duration of each command."""
    with new_place_on(kind, tmp_path, seed) as place:
        chain(Acknowledged(place), kills)
