"""Evidence as the published table of events has it: JSON text, decoded when somebody looks at it.

A run reads the events of all alerts, and the evidence of few.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any


class StoredEvidence(Mapping[str, Any]):
    """The evidence of an event; `text` is its JSON."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._decoded: dict[str, Any] | None = None

    def __getitem__(self, name: str) -> Any:
        return self._all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @property
    def _all(self) -> dict[str, Any]:
        known = self._decoded
        if known is None:
            known = self._decoded = dict[str, Any](json.loads(self.text))
        return known


def evidence_text(evidence: Mapping[str, Any]) -> str:
    """Return evidence as the table of events has it."""
    if isinstance(evidence, StoredEvidence):
        return evidence.text
    return json.dumps(dict(evidence), ensure_ascii=False)
