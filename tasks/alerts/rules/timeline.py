"""The vintages of one dataset, as rules word and compare them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.wording import day
from tasks.alerts.rules.rule_input import RuleInput


@dataclass(frozen=True, kw_only=True, slots=True)
class Timeline:
    """One dataset's vintages, by seq.

    `shown_by`: the source as the subject of a sentence ("UNICEF's dashboard"). `rows`: of the
    dataset. `is_part`: the vintage covers a part of it only.
    """

    dataset: str
    key: tuple[str, ...]
    shown_by: str
    ids: Sequence[str]
    as_ofs: Sequence[datetime]
    rows: Sequence[int]
    is_part: Sequence[bool]
    held: Sequence[bool]
    sha256s: Sequence[str]
    urls: Sequence[str]

    @property
    def last(self) -> int:
        """The seq of the newest vintage, -1 without any."""
        return len(self.ids) - 1

    def before(self, seq: int) -> int | None:
        """Return the seq of the vintage before; None for the first."""
        return seq - 1 if seq else None

    def day(self, seq: int) -> str:
        """Return the day of a vintage as sentences show it."""
        return day(self.as_ofs[seq])

    def origin(self, seq: int) -> dict[str, Any]:
        """Return where a vintage is from, as evidence.

        id, as_of, manifest_sha256, source_url, raw [name of the fetch record in the lake].
        """
        source = self.dataset.partition(".")[0]
        return {
            "id": self.ids[seq],
            "as_of": self.as_ofs[seq].isoformat(),
            "manifest_sha256": self.sha256s[seq],
            "source_url": self.urls[seq],
            "raw": f"raw/{source}/fetches/{self.ids[seq]}.json",
        }


def timeline_of(rule_input: RuleInput, shown_by: str) -> Timeline:
    """Return the timeline of a dataset."""
    vintages = rule_input.vintages.sort("seq")
    return Timeline(
        dataset=rule_input.dataset,
        key=rule_input.key,
        shown_by=shown_by,
        ids=vintages["id"].to_list(),
        as_ofs=vintages["as_of"].to_list(),
        rows=vintages["rows"].to_list(),
        is_part=vintages["is_part"].to_list(),
        held=vintages["held"].to_list(),
        sha256s=vintages["sha256"].to_list(),
        urls=vintages["source_url"].to_list(),
    )
