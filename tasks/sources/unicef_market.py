"""UNICEF's COVID-19 Vaccine Market Dashboard: allocations, deliveries, donations, deals and prices.

The page embeds a public Power BI report, which is asked for each table that it has; an export saved
from it (CSV, XLSX) is read as well. The dashboard shows one state and overwrites it. Traps: a
figure may fall, reach 0 and rise again within ten days; 0 is a figure, not an absent row; a
cancelled vaccine may vanish; while the vaccine is not named, the cell is blank and is read as
"unspecified"; one donor gives one product to one country several times, so the server is asked for
the sums; keys and ids of the report change at every republication, so each snapshot finds them
again. Of the report's tables only the deals and the donations have been seen; how the others are
called is guessed, first by the names that the dashboard's own export of deliveries has: doses of a
month by country, vaccine and channel, the channels side by side. They are published by month and,
summed, to date. A table that is not found, or not with all its columns, is absent.
"""

from datetime import timedelta

from schemas.columns import FIRST_OF_MONTH, Across, Always, Columns, From, SumOf
from schemas.source import Schedule, Source
from tasks.powerbi.report import Report

RECIPIENT = From(("Recipient ISO", "ISO"), instead=("Recipient",))
COUNTRY = From(("Country/territory", "Recipient ISO", "ISO"), instead=("Recipient",))
PRODUCT = From(("WHO Preferred Vaccine Name", "Vaccine Name"), default="unspecified")
CHANNELS = ("Bilateral/multilateral agreements", "Donations", "COVAX", "AVAT", "Unknown")
"""Where the doses come from, as the export of deliveries calls it."""
TOTAL = "Total Doses Delivered"
MONTHS = ("%b %Y", "%B %Y", "%b-%y", "%Y-%m-01", "%m/1/%Y", "%m/01/%Y", FIRST_OF_MONTH)
"""The dashboard writes `Jul 2021`, a spreadsheet that somebody saved it from all the others."""
DAYS = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S")

TABLES: dict[str, Columns] = {
    "allocations": {
        "iso3": From(("Recipient ISO",), instead=("Recipient",)),
        "product": PRODUCT,
        "mechanism": Always("COVAX"),
        "doses_allocated": From(("Doses Allocated", "Allocated Doses"), thousands=","),
    },
    "deliveries": {
        "iso3": COUNTRY,
        "product": PRODUCT,
        "mechanism": Always("unspecified"),
        "doses_shipped": From(("Doses Shipped", "Shipped Doses"), thousands=",", optional=True),
        "doses_delivered": From((TOTAL, "Doses Delivered", "Delivered Doses"), thousands=","),
    },
    "deliveries_monthly": {
        "iso3": COUNTRY,
        "product": PRODUCT,
        "month": From(("mmm Year",), dates=MONTHS),
        "doses_delivered_new": Across(names=CHANNELS, into="mechanism", total=TOTAL, thousands=","),
    },
    "donations": {
        "iso3": RECIPIENT,
        "donor": From(("Donor",), default="unspecified"),
        "product": PRODUCT,
        "doses_donated": From(("Doses", "Doses Donated"), thousands=","),
    },
    "supply_deals": {
        "buyer": From(("Recipient",)),
        "supplier": From(("Manufacturer",), default="unspecified"),
        "product": PRODUCT,
        "deal_on": From(("Deal Date",), dates=DAYS),
        "doses_committed": From(("Secured Doses",), thousands=","),
        "doses_optioned": From(("Optioned Doses",), thousands=","),
    },
    "prices": {
        "buyer": From(("Buyer", "Recipient"), default="unspecified"),
        "product": PRODUCT,
        "reported_on": From(("Update Date", "Date Reported"), dates=DAYS),
        "usd_per_dose": From(("Price per Dose (USD)", "Price per Dose", "USD per Dose")),
    },
}

SUMS = {"deliveries": SumOf("deliveries_monthly", {"doses_delivered": "doses_delivered_new"})}
FINER = {name: how.table for name, how in SUMS.items()}
DELIVERIES = ("mod Deliveries View Table", "mod COVAX Deliveries View Table")
ENTITIES = {
    "allocations": ("mod Allocations View Table", "mod COVAX Allocations View Table"),
    "deliveries": DELIVERIES,
    "deliveries_monthly": DELIVERIES,
    "donations": ("mod Donation Deliveries View Table",),
    "supply_deals": ("mod Supply Deals View Table",),
    "prices": ("mod Prices View Table", "mod Vaccine Prices View Table"),
}
"""What the report has called its tables; whatever their case and spaces."""

BUFFER = "doses set aside for people whom no country reaches"

NOT_COUNTRIES = {
    **dict.fromkeys(("COVAX", "COVAX Facility"), "a facility that buys for many countries"),
    **dict.fromkeys(("COVAX Humanitarian Buffer", "Humanitarian Buffer"), BUFFER),
    "Hong Kong SAR and Macao": "one figure for two territories with a code each",
    **dict.fromkeys(
        ("African Union", "AVAT", "African Union (AVAT)", "African Vaccine Acquisition Trust"),
        "buys for the members of the African Union",
    ),
    **dict.fromkeys(("European Union", "European Commission"), "buys for its members"),
    **dict.fromkeys(("PAHO", "Pan American Health Organization"), "buys for the Americas"),
    **dict.fromkeys(("CARICOM", "Caribbean Community"), "a community of countries"),
}
"""
Recipients without a code that are no country. Only COVAX has been seen among them; any other name
that no country has waits in quarantine, until somebody adds it here or to our aliases.
"""

SUMMED = {name for columns in TABLES.values() for name in columns if name.startswith("doses_")}
"""Figures that the server sums over the rows that share a key; a price is no such figure."""


REPORT = Report(where="unicef_market", tables=TABLES, entities=ENTITIES, summed=SUMMED, finer=FINER)

SOURCE = Source(
    name="unicef_market",
    title="UNICEF COVID-19 Vaccine Market Dashboard",
    shown_by="UNICEF's dashboard",
    publisher="UNICEF Supply Division",
    url="https://www.unicef.org/supply/covid-19-vaccine-market-dashboard",
    licence="UNICEF terms of use; figures are cited with their source",
    attribution="UNICEF COVID-19 Vaccine Market Dashboard",
    cadence=timedelta(days=7),
    schedule=Schedule(
        cron="17 6 * * *",
        timezone="Europe/Copenhagen",
        note="A Power BI report, asked for each table. Built against the format as it is "
        "described and a server that answers so, never tried on the page itself.",
    ),
    parse=REPORT.parse,
    tables=TABLES,
    gather=REPORT.gather,
    sums=SUMS,
    not_countries=NOT_COUNTRIES,
    parser_version=3,
    keys_since=3,
    may_lack=frozenset(TABLES),
    remarks=REPORT.remarks,
)
