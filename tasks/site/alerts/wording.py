"""The words of alert pages: states, confidence and events, for people who know none of them."""

from collections.abc import Mapping
from typing import Final

STATE_WORDS: Final[Mapping[str, str]] = {
    "open": "Open: no later version undid it, and nobody has explained it.",
    "acked": "Open, and a person has taken note of it.",
    "silenced": "Open, and silenced: a person asked for no messages about it.",
    "reverted": "Undone: the next version showed the figure again.",
    "resolved": "Over: it was confirmed, and a later version changed that.",
    "explained": "Explained: a person has recorded the cause that was published.",
}
"""What each state of an alert means."""
STATE_NAMES: Final[Mapping[str, str]] = {
    "open": "Open",
    "acked": "Taken note of",
    "silenced": "Silenced",
    "explained": "Explained",
    "reverted": "Undone",
    "resolved": "Over",
}
"""States in the order in which the list has them, and their headings."""
CONFIDENCE_WORDS: Final[Mapping[str, str]] = {
    "confirmed": "Confirmed: a later version did not undo it, or the evidence is enough by itself.",
    "unconfirmed": "Unconfirmed: no later version has confirmed it. Large changes are often "
    "mistakes of a page that its next version undoes.",
}
"""What each confidence means."""
KIND_WORDS: Final[Mapping[str, str]] = {
    "opened": "Opened",
    "updated": "Updated",
    "escalated": "Became more severe",
    "confirmed": "Confirmed by a later version",
    "reverted": "Undone by a later version",
    "resolved": "Over",
    "superseded": "No longer holds",
    "acknowledged": "Taken note of",
    "unacknowledged": "Note taken back",
    "silenced": "Silenced",
    "unsilenced": "Silence ended",
    "explained": "Explained",
    "unexplained": "Explanation taken back",
}
"""What each kind of event is called."""
