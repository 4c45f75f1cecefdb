"""Arrow field metadata: column descriptions in the schema that pyarrow, pandas and Spark show.

polars writes the metadata of fields that another library exports as an Arrow C schema. This module
exports one itself, since that takes a struct of nine fields and no library of 40 MB.
"""

import ctypes
import struct
from collections.abc import Mapping
from typing import Any, Final

import polars as pl


class _ArrowSchema(ctypes.Structure):
    """The struct of the Arrow C data interface."""


_ArrowSchema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_char_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(_ArrowSchema))),
    ("dictionary", ctypes.c_void_p),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]
_RELEASE = ctypes.CFUNCTYPE(None, ctypes.POINTER(_ArrowSchema))
NULLABLE: Final = 2
FORMATS: Final[Mapping[pl.DataType, bytes]] = {
    pl.Boolean(): b"b",
    pl.Int64(): b"l",
    pl.Float64(): b"g",
    pl.String(): b"U",
    pl.Date(): b"tdD",
    pl.Datetime("us", "UTC"): b"tsu:UTC",
}
"""The format string of each type that a mart has."""
CAPSULE: Final = b"arrow_schema"


@_RELEASE
def _release(exported: Any) -> None:
    """Mark a schema as released; its memory belongs to the object that exported it."""
    exported.contents.release = None


class DescribedSchema:
    """A schema with a description of each column, for `write_parquet(arrow_schema=…)`.

    It must live until the file is written.
    """

    def __init__(self, schema: Mapping[str, pl.DataType], descriptions: Mapping[str, str]) -> None:
        self._fields = [
            _schema(FORMATS[kind], name, {"description": descriptions[name]})
            for name, kind in schema.items()
        ]
        pointers = [ctypes.pointer(field) for field in self._fields]
        self._children = (ctypes.POINTER(_ArrowSchema) * len(pointers))(*pointers)
        self._root = _schema(b"+s", "", {})
        self._root.n_children, self._root.children = len(pointers), self._children

    def __arrow_c_schema__(self) -> object:
        """Return a capsule with the schema."""
        new = ctypes.pythonapi.PyCapsule_New
        new.restype, new.argtypes = (
            ctypes.py_object,
            [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p],
        )
        return new(ctypes.addressof(self._root), CAPSULE, None)


def _schema(form: bytes, name: str, metadata: Mapping[str, str]) -> _ArrowSchema:
    return _ArrowSchema(
        format=form,
        name=name.encode(),
        metadata=_encoded(metadata) if metadata else None,
        flags=NULLABLE,
        release=ctypes.cast(_release, ctypes.c_void_p).value,
    )


def _encoded(metadata: Mapping[str, str]) -> bytes:
    """Return metadata in the form of the interface: counts and lengths as native int32."""
    texts = [text.encode() for pair in metadata.items() for text in pair]
    parts = (struct.pack("=i", len(text)) + text for text in texts)
    return struct.pack("=i", len(metadata)) + b"".join(parts)
