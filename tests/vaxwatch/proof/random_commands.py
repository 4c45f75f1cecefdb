"""A place with files and a lake, and random commands that fit what the lake holds just then."""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from tasks.sources import source_named
from tasks.vault.backends.open_store import open_store
from tests.tasks.pipeline.retracted_lakes import DAY, MARKET, Lake
from tests.tasks.steps.test_publish import COUNTRIES
from tests.vaxwatch.proof.forked_commands import Command, begun, begun_flow

DAYS = 12
NOTHING: Mapping[str, str] = MappingProxyType({})
MANY = [*COUNTRIES, "TLS", "TZA", "YEM", "ZMB"]
DOSES = (8_000, 8_000, 7_900, 1_000, 9_000, -50)


def bodies(chance: random.Random) -> list[str]:
    """Return the snapshots of all days; among them some to hold, to block and to quarantine.

    One good row less leaves enough of them for the next snapshot to be held if it has few.
    """
    made = [body(8_000)]
    for _ in range(1, DAYS):
        doses = chance.choice(DOSES)
        kinds = {
            "plain": body(doses),
            "same": made[-1],
            "held": body(doses, of=9),
            "quarantined": body(doses, bad=1),
            "blocked": body(doses, bad=8),
            "column": body(doses, column="Remarks"),
        }
        [kind] = chance.choices([*kinds], weights=(4, 2, 3, 2, 1, 1))
        made.append(kinds[kind])
    return made


def body(doses: int, *, of: int = 24, bad: int = 0, column: str = "") -> str:
    """Return UNICEF's table of some countries; `bad`: so many rows cannot be read."""
    more = f",{column}" if column else ""
    figures = ["unknown"] * bad + [str(doses * (place + 1)) for place in range(bad, of)]
    rows = zip(MANY[:of], figures, strict=True)
    lines = [f"{iso3},AstraZeneca,{figure}{',7' if column else ''}" for iso3, figure in rows]
    return "\n".join([f"Recipient ISO,Vaccine Name,Doses Allocated{more}", *lines, ""])


@dataclass(frozen=True)
class Place:
    """A folder with the files of all days, and a lake; every choice comes from `chance`.

    `done`: the commands so far.
    """

    folder: Path
    uri: str
    chance: random.Random
    environment: Mapping[str, str]
    done: list[str] = field(default_factory=list[str])

    def file(self, day: int) -> Path:
        """Return the file of a day."""
        return self.folder / "days" / f"{at(day):%Y-%m-%d}.csv"

    @property
    def lake(self) -> Lake:
        """The lake as a process that starts now sees it."""
        return Lake(open_store(self.uri), source_named(MARKET), self.folder)

    def begun(self, *words: str) -> Command:
        """Start a command; one that begins with `flow` by the flow's function."""
        self.done.append(" ".join(words))
        if words[0] != "flow":
            lake = ("--lake", self.uri)
            return begun(self.folder, *lake, *words, environment=self.environment)
        file, retrieved_at = self.file(int(words[1])), at(int(words[1]))
        given = {"source": MARKET, "lake": self.uri, "quality": False}
        given |= {"file": str(file), "retrieved_at": retrieved_at}
        return begun_flow(self.folder, "ingest_snapshot", given, environment=self.environment)


@contextmanager
def new_place(
    folder: Path, seed: int, *, uri: str = "", environment: Mapping[str, str] = NOTHING
) -> Iterator[Place]:
    """Yield a place with files and no lake yet; a failure has the seed and the commands."""
    place = Place(folder, uri or str(folder / "lake"), random.Random(seed), dict(environment))  # noqa: S311 (nothing is secret)
    (folder / "days").mkdir()
    for day, text in enumerate(bodies(place.chance)):
        place.file(day).write_text(text)
    try:
        yield place
    except BaseException as error:
        error.add_note("\n".join([f"seed {seed}, in {folder}:", *place.done]))
        raise


def ingest_of(place: Place, day: int) -> tuple[str, ...]:
    """Return the words that take the file of a day."""
    taken = ("--file", str(place.file(day)), "--retrieved-at", at(day).isoformat())
    return ("ingest", MARKET, *taken, "--no-quality")


def at(day: int) -> datetime:
    """Return the instant of a day's snapshot."""
    return DAY + timedelta(days=day)


def words_of(place: Place) -> tuple[str, ...]:
    """Return the words of a random command; what it names is there."""
    vault, chance = place.lake.vault, place.chance
    vintages = vault.vintages()
    held = [one.id for one in vintages if one.held]
    standing, retracted = [one.id for one in vintages], [*vault.retracted]
    first, last = sorted(chance.choices(range(DAYS), k=2))
    day = chance.randrange(DAYS)
    source, quick = (MARKET,), ("--no-quality",)
    reason = ("--reason", f"decision {chance.randrange(10**9)}")
    span = ("--from", f"{at(first):%F}", "--to", f"{at(last):%F}")
    ways: dict[tuple[str, ...], float] = {
        ingest_of(place, day): 6,
        ("backfill", *source, "--origin", f"dir:{place.folder / 'days'}", *span, *quick): 2,
        ("backfill", *source, "--origin", "raw", *quick): 1,
        ("rebuild", *source, *quick): 2,
        ("compact", "--collect"): 2,
        ("quarantine", "release", *quick, *source, chance.choice(held or [""])): 3 * bool(held),
        ("retract", *source, chance.choice(standing or [""]), *reason, *quick): 3 * bool(standing),
        ("retract", *source, chance.choice(retracted or [""]), "--undo", *reason, *quick): 4
        * bool(retracted),
        ("quarantine", "replay", *source, *quick): 2,
        ("repair",): 2,
        ("flow", str(day)): 0.5,
    }
    [words] = chance.choices([*ways], weights=[*ways.values()])
    return words


def kind_of(words: tuple[str, ...]) -> str:
    """Return what commands are called that take about as long."""
    return " ".join(word for word in words[:2] if word.isalpha())
