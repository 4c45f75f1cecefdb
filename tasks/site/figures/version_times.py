"""The times of the versions of all datasets, and a hash of those up to an instant."""

import hashlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime

from tasks.vault.vault_reader import VaultReader


class VersionTimes:
    """The versions of the datasets of a lake, each dataset read once.

    `vaults`: by source.
    """

    def __init__(self, vaults: Mapping[str, VaultReader]) -> None:
        self._vaults = vaults
        self._times: dict[str, Sequence[datetime]] = {}
        self._hashes: dict[str, Sequence[str]] = {}

    def all_of(self, dataset: str) -> Sequence[datetime]:
        """Return as_of of all versions that are not held, oldest first; none without a vault."""
        if dataset not in self._times:
            source, _, table = dataset.partition(".")
            vault = self._vaults.get(source)
            found = vault.vintages(table) if vault else []
            self._times[dataset] = [one.as_of for one in found if not one.held]
        return self._times[dataset]

    def up_to(self, dataset: str, last: datetime) -> Sequence[datetime]:
        """Return as_of of the versions up to an instant, oldest first."""
        times = self.all_of(dataset)
        return times[: bisect_right(times, last)]

    def hash_up_to(self, dataset: str, last: datetime) -> str:
        """Return a hash of the versions up to an instant."""
        if dataset not in self._hashes:
            digest, hashes = hashlib.sha256(dataset.encode()), [""]
            for at in self.all_of(dataset):
                digest.update(at.isoformat().encode())
                hashes.append(digest.hexdigest())
            self._hashes[dataset] = hashes
        return self._hashes[dataset][bisect_right(self.all_of(dataset), last)]
