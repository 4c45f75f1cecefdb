"""The command line, its settings, and the reader for programs.

Belongs here: what a person types and sees, `open_lake(uri)`, the embedded archive. Does not:
fetching, parsing, storing, judging. Importing it costs nothing: the reader is loaded when it is
first named.

>>> import vaxwatch
>>> vaxwatch.open_lake.__module__
'vaxwatch.reader'
"""

from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vaxwatch.reader import Lake, open_lake

    __version__: str

__all__ = ["Lake", "__version__", "open_lake"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return resolve_name("importlib.metadata:version")("vaxwatch")
    if name in {"Lake", "open_lake"}:
        return resolve_name(f"vaxwatch.reader:{name}")
    raise AttributeError(f"module 'vaxwatch' has no attribute '{name}'")
