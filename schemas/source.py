"""
What a source is: a declaration. An easy source has no code beyond it.

A source names the columns of the publisher (`From`) that become the canonical columns of the
tables in `schemas.tables`. Parsers read; they never repair.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import polars as pl

Bodies = Mapping[str, bytes]
"""The bytes of one snapshot by body name; a source of one file calls its only body `main`."""

Parser = Callable[[Bodies], Mapping[str, pl.DataFrame]]
"""Bytes in; for each table a frame of strings in the publisher's own words, no row dropped."""


@dataclass(frozen=True, slots=True)
class From:
    """
    Where one canonical column comes from.

    `names`: what the publisher has called the column through time; the first one present is read.
    `multiply`, `divide`: the declared unit conversion (thousands to people, percent to share).
    `thousands`: separators to remove inside a number. `dates`: strptime formats, tried in order.
    `blanks`: texts that mean "not published". `optional`: the column may be absent, and is then
    absent in that vintage: neither compared nor nulled. `default`: what a blank cell of a text
    column becomes: a key is never null, so a product that is not named is "unspecified".
    """

    names: tuple[str, ...]
    multiply: int = 1
    divide: int = 1
    thousands: str = ""
    dates: tuple[str, ...] = ("%Y-%m-%d",)
    blanks: tuple[str, ...] = ("",)
    optional: bool = False
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Always:
    """A canonical column that the publisher does not print: the same value in every row."""

    value: str


Columns = Mapping[str, From | Always]
"""The canonical columns of one table, by name, in the table's own order."""


@dataclass(frozen=True, slots=True)
class Slice:
    """
    A snapshot speaks only for the rows whose `column` has a value that occurs in it.

    A weekly report is a slice of `observed_on`: that other weeks are absent means nothing.
    """

    column: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """
    One publisher's page or file.

    `shown_by`: the page in words that begin a sentence: "UNICEF's dashboard". `cadence`: how often
    they publish, not how often we look. `covers`: None when a snapshot speaks for the whole table,
    so that absence means gone; else the slice. `not_countries`: codes or names in the country
    column that are no country, each with the reason for which its rows are left out.
    `parser_version` rises with every change of `parse` or `tables` that can change a figure.
    `smallest`: fewer rows than this in the last good vintage switch off the gate that holds back a
    snapshot in which many rows are missing.
    """

    name: str
    title: str
    shown_by: str
    publisher: str
    url: str
    licence: str
    attribution: str
    cadence: timedelta
    parse: Parser
    tables: Mapping[str, Columns]
    covers: Slice | None = None
    not_countries: Mapping[str, str] = field(default_factory=dict[str, str])
    parser_version: int = 1
    smallest: int = 20
