"""Reference tables: what the names in the published tables mean, `catalog/dim_product.parquet`.

Promises: it follows from the declarations alone, and is the same whichever source is published. A
list that has changed changes `PRODUCTS_HASH`, which is part of `catalog/views.sql`, so that the
table is written again with it.
"""

import hashlib
from typing import Final

from polars.exceptions import PolarsError

from schemas.product_list import PRODUCTS
from schemas.products import DIM_COLUMNS, dim_product
from schemas.versions import FILE_VERSIONS
from tasks.vault.backends.store import Blob, Store
from tasks.vault.parquet_metadata import PublishedFile, descriptions_json, is_intact, to_parquet

DIM_PRODUCT: Final = "catalog/dim_product.parquet"
PRODUCTS_HASH: Final = hashlib.sha256(repr(PRODUCTS).encode()).hexdigest()[:16]


def publish_reference_tables(store: Store) -> bool:
    """Write the reference tables unless they are there; return whether anything was written.

    Raises LostRace.
    """
    return store.update(DIM_PRODUCT, lambda there: None if _is_right(there) else _file())


def are_reference_tables_right(store: Store) -> bool:
    """Return whether a lake has the reference tables, with the rows of today and undamaged."""
    blob = store.get(DIM_PRODUCT)
    return _is_right(None if blob is None else blob.body)


def _is_right(body: bytes | None) -> bool:
    if body is None or not is_intact(body):
        return False
    try:
        return PublishedFile.read(DIM_PRODUCT, Blob(body, etag="")).frame().equals(dim_product())
    except PolarsError:
        return False


def _file() -> bytes:
    frame = dim_product()
    metadata = {
        "dataset": "dim_product",
        "key": "product",
        "columns": descriptions_json(frame, {}, DIM_COLUMNS),
        "layout": str(FILE_VERSIONS["dim_product"]),
    }
    return to_parquet(frame, metadata)
