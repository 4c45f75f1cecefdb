"""The cache of compiled templates: beside them in `__pycache__`, as Python keeps its modules.

Promises: a template is compiled once for a state of the code; what cannot be read or written costs
time alone.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class TemplateCache(BytecodeCache):
    """Keeps the bytecode of templates.

    `folder`: is made where it is not there. `state`: a hash of the code that compiles them; what
    was kept under another one is compiled again. Nothing is written where Python writes no bytecode
    of modules either.
    """

    def __init__(self, folder: Path, state: bytes) -> None:
        self._folder, self._state = folder, state

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a bucket with what is kept for its template, if it is of this state."""
        with suppress(OSError):
            kept = self._file(bucket).read_bytes()
            if kept.startswith(self._state):
                bucket.bytecode_from_string(kept.removeprefix(self._state))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template; another run never sees half of it."""
        if sys.dont_write_bytecode:
            return
        file = self._file(bucket)
        part = file.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            part.write_bytes(self._state + bucket.bytecode_to_string())
            part.replace(file)

    def _file(self, bucket: Bucket) -> Path:
        return self._folder / f"{bucket.key}.{sys.implementation.cache_tag}.jinja"
