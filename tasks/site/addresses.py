"""Addresses of pages below `site/`, and the links between them, which are relative.

A link names `index.html`, since a folder opened from a disk lists its files otherwise.
"""

from typing import Final

FOLDER: Final = "site"
RECORD: Final = f"{FOLDER}/files.json"
"""Of what each file was made; see `publish_site`."""
FRONT: Final = "index.html"
SHORT: Final = 12
"""Characters of a fingerprint in an address."""


def country_page(iso3: str) -> str:
    """Return the page of a country.

    >>> country_page("PRK")
    'country/PRK/index.html'
    """
    return f"country/{iso3}/index.html"


def country_data(iso3: str) -> str:
    """Return the script with the steps of a country's figures.

    >>> country_data("PRK")
    'data/country/PRK.js'
    """
    return f"data/country/{iso3}.js"


def country_csv(iso3: str) -> str:
    """Return the CSV of a country's figures.

    >>> country_csv("PRK")
    'country/PRK/figures.csv'
    """
    return f"country/{iso3}/figures.csv"


def country_periods(iso3: str) -> str:
    """Return the CSV of a country's figures of months and years.

    >>> country_periods("TCD")
    'country/TCD/months-and-years.csv'
    """
    return f"country/{iso3}/months-and-years.csv"


def country_picture(iso3: str, name: str, ending: str) -> str:
    """Return a picture of a country as a file.

    >>> country_picture("PRK", "allocation-wide", "png")
    'picture/PRK/allocation-wide.png'
    """
    return f"picture/{iso3}/{name}.{ending}"


def embed_page(iso3: str, name: str) -> str:
    """Return a part of a country's page that other sites can frame.

    >>> embed_page("PRK", "allocation")
    'embed/PRK/allocation.html'
    """
    return f"embed/{iso3}/{name}.html"


def table_page(dataset: str) -> str:
    """Return the page of a dataset.

    >>> table_page("unicef_market.allocations")
    'table/unicef_market/allocations/index.html'
    """
    return f"table/{dataset.replace('.', '/')}/index.html"


def vintage_page(dataset: str, vintage_id: str) -> str:
    """Return the page of one vintage of a dataset, which is there for the last ones.

    >>> vintage_page("unicef_market.allocations", "20220210T000000Z-1a2b3c4d")
    'table/unicef_market/allocations/20220210T000000Z-1a2b3c4d.html'
    """
    return f"table/{dataset.replace('.', '/')}/{vintage_id}.html"


def table_data(dataset: str) -> str:
    """Return the steps of a dataset's figures, which the time machine of its page loads.

    >>> table_data("unicef_market.allocations")
    'data/table/unicef_market/allocations.js'
    """
    return f"data/table/{dataset.replace('.', '/')}.js"


def source_page(source: str) -> str:
    """Return the page of a source.

    >>> source_page("unicef_market")
    'source/unicef_market/index.html'
    """
    return f"source/{source}/index.html"


def alert_page(fingerprint: str) -> str:
    """Return the page of an alert.

    >>> alert_page("0123456789abcdef")
    'alert/0123456789ab/index.html'
    """
    return f"alert/{fingerprint[:SHORT]}/index.html"


def info_page(name: str) -> str:
    """Return one of the pages on the lake as a whole: methods, glossary, status, feeds.

    >>> info_page("methods")
    'methods/index.html'
    """
    return f"{name}/index.html"


def root_from(name: str) -> str:
    """Return the way from a page up to `site/`.

    >>> root_from("index.html"), root_from("country/PRK/index.html")
    ('', '../../')
    """
    return "../" * name.count("/")
