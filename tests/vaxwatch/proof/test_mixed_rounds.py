"""Two random commands at once, round after round: each round ends as if one had come first."""

import time
from pathlib import Path

import pytest

from tests.tasks.vault.proof.operations import slow
from tests.vaxwatch.proof.acknowledged import Acknowledged
from tests.vaxwatch.proof.random_commands import ingest_of, words_of
from tests.vaxwatch.proof.s3_lakes import new_place_on

pytestmark = pytest.mark.long

ROUNDS = 10
LATEST = 0.6
"""Seconds by which the second command may start after the first; most take about as long."""
ON_FOLDERS, ON_S3 = range(201, 218), range(300, 304)


def rounds(model: Acknowledged, count: int) -> None:
    """Run pairs of commands, and look at the lake after each."""
    place = model.place
    for day in range(4):
        model.run(*ingest_of(place, day))
    for _ in range(count):
        pair = words_of(place), words_of(place)
        first = place.begun(*pair[0])
        time.sleep(place.chance.uniform(0, LATEST))
        second = place.begun(*pair[1])
        for words, command in zip(pair, (first, second), strict=True):
            model.ended(words, command.ended())
        model.check()


@pytest.mark.parametrize(
    ("kind", "seed", "count"),
    [
        ("folder", 200, 2),
        *(slow("folder", seed, ROUNDS) for seed in ON_FOLDERS),
        *(slow("s3", seed, ROUNDS) for seed in ON_S3),
    ],
)
def test_two_at_once(tmp_path: Path, kind: str, seed: int, count: int) -> None:
    """Nothing is lost or doubled, and nothing is left to repair."""
    with new_place_on(kind, tmp_path, seed) as place:
        rounds(Acknowledged(place), count)
