"""What a lake has acknowledged, and must therefore have for ever: a model beside the lake."""

from dataclasses import dataclass, field

from tasks.vault.rebuilt_files import REPAIR
from tasks.vault.vault_reader import VaultReader
from tests.tasks.pipeline.retracted_lakes import MARKET
from tests.vaxwatch.lakes import Answer
from tests.vaxwatch.proof.random_commands import DAYS, Place, at
from tests.vaxwatch.proof.replayed import differing
from vaxwatch.commands.command_runner import DONE, NEEDS_ATTENTION, WRONG_USE

KILLED = -9


@dataclass
class Acknowledged:
    """What commands that ended well have done, and every commit that was ever seen in the log.

    `days`: of the snapshots that were taken. `reasons`: of the decisions that were made.
    `released`: ids of vintages. `commits`: the transaction of each commit by number.
    """

    place: Place
    days: set[int] = field(default_factory=set[int])
    reasons: set[str] = field(default_factory=set[str])
    released: set[str] = field(default_factory=set[str])
    commits: dict[int, str] = field(default_factory=dict[int, str])

    def run(self, *words: str) -> None:
        """Run a command to its end."""
        self.ended(words, self.place.begun(*words).ended())

    def ended(self, words: tuple[str, ...], answer: Answer) -> None:
        """Take note of how a command ended; wrong use is one that another has overtaken.

        A repair beside another run may list what that one has not committed or published yet.
        """
        text = " ".join(answer.out.split())
        is_beside = words == ("repair",) and ("or is under way" in text or REPAIR in text)
        assert answer.code in {DONE, WRONG_USE, NEEDS_ATTENTION, KILLED} or is_beside, answer
        if answer.code not in {DONE, NEEDS_ATTENTION}:
            return
        if words[0] == "ingest":
            self.days.update(day for day in range(DAYS) if at(day).isoformat() in words)
        if words[0] == "flow":
            self.days.add(int(words[1]))
        if words[0] == "retract":
            self.reasons.add(words[words.index("--reason") + 1])
        if words[:2] == ("quarantine", "release"):
            self.released.add(words[-1])

    def check_readers(self) -> None:
        """Assert that `verify` calls no lake sound that is not the same as its full replay.

        Where they are the same, it reports derived files alone, which a killed run left behind the
        commits: not all of them are in the replay.
        """
        verified = self.place.begun("verify", "--deep", "--json")
        other, answer = differing(self.place.lake), verified.ended()
        found = [one["problem"] for one in answer.document["problems"]]
        assert found or not other, other
        assert other or all(REPAIR in one for one in found), found
        self._read_log()

    def check(self) -> None:
        """Assert that the lake is sound and has everything that was acknowledged, once."""
        answer = self.place.begun("verify", "--deep").ended()
        assert answer.code == DONE, answer
        assert differing(self.place.lake) == {}
        self._read_log()
        store, vault = self.place.lake.store, self.place.lake.vault
        there = {one.id for one in (*vault.vintages(), *vault.retracted.values())}
        for number in self.commits:
            old = VaultReader(store, MARKET, number=number).vintages()
            assert {one.id for one in old} <= there
        refused = {key.rpartition("/")[2] for key in store.list(f"raw/{MARKET}/unread/")}
        days = {name[:8] for name in there | refused}
        assert {f"{at(day):%Y%m%d}" for day in self.days} <= days
        reasons = [one.reason for one in vault.head.retractions] if vault.head else []
        assert len(reasons) == len({*reasons})
        assert self.reasons <= {*reasons}
        assert self.released.isdisjoint(one.id for one in vault.vintages() if one.held)

    def _read_log(self) -> None:
        """Assert that every commit that was seen is still there; take note of the new ones."""
        log = VaultReader(self.place.lake.store, MARKET).log
        now = {number: str(document["txn"]) for number, document in log.entries()}
        assert self.commits.items() <= now.items()
        self.commits = now
