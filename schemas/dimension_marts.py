"""Dimensions: countries, products, sources and days, to join and to filter by."""

import polars as pl

from schemas.mart_table import Number, Whole, Words, given, known
from schemas.table import Table


class DimCountry(Table, key=("iso3",)):
    """Countries and territories. One row: a code of ISO 3166-1, or a user-assigned one of WHO."""

    iso3: str = given("ISO 3166-1 alpha-3, or XKX, XAA, XBA, XCA")
    iso2: Words = known("ISO 3166-1 alpha-2; null for a user-assigned code")
    name: str = given("name in English, as alerts write it")
    name_ar: Words = known("name in Arabic; null = not translated")
    name_zh: Words = known("name in Chinese; null = not translated")
    name_fr: Words = known("name in French; null = not translated")
    name_ru: Words = known("name in Russian; null = not translated")
    name_es: Words = known("name in Spanish; null = not translated")
    name_ko: Words = known("name in Korean; null = not translated")
    who_region: Words = known(
        "WHO region as WHO's file of cases had it in January 2025; null = none"
    )
    people: Whole = known("population [people]; null = none is known")
    people_year: Whole = known("year of the population, as of 1 July")
    people_source: Words = known("where the population is from")
    aliases: Words = known("other spellings that publishers use, after semicolons; null = none")


class DimProduct(Table, key=("product",)):
    """Vaccines. One row: a canonical name."""

    product: str = given("canonical name of the vaccine, as in the column product of all tables")
    maker: str = given("who makes it")
    platform: str = given("mRNA, viral vector, inactivated or protein subunit")
    aliases: str = given("what else publishers call it, separated by semicolons")
    source: str = given("where maker and platform are from")


class DimSource(Table, key=("source",)):
    """Sources. One row: a publisher's page or file."""

    source: str = given("name of the source, `<publisher>_<subject>`")
    title: str = given("title of the page or file")
    publisher: str = given("who publishes it")
    url: str = given("its address")
    licence: str = given("licence of the data")
    attribution: str = given("whom to cite")
    cadence_days: Number = given("how often it is published [days]")
    tables: str = given("the tables that it fills, separated by commas")
    ended: Words = known("since when nothing new is published, and who says so; null = it goes on")
    by_hand: Words = known("how to get its file where no program can; null = it is fetched")


class DimDate(Table, key=("day",)):
    """Days from 1 December 2019 to 31 December 2030. One row: a day."""

    day: pl.Date = given("the day")
    year: Whole = given("calendar year")
    quarter: Whole = given("quarter, 1 to 4")
    month: Whole = given("month, 1 to 12")
    month_begin: pl.Date = given("first day of the month")
    iso_year: Whole = given("year of the ISO week")
    iso_week: Whole = given("ISO week, 1 to 53")
    week_begin: pl.Date = given("Monday of the week")
    weekday: Whole = given("day of the week, 1 is Monday")
