"""The registry of marts: an explicit tuple, in the order in which they are built."""

from typing import Final

from schemas import dimension_marts, evidence_marts, figure_marts, further_marts
from tasks.marts.builders import (
    alert_list,
    allocation_ladder,
    campaign_status,
    changes_all,
    compare_sources,
    country_totals,
    dim_country,
    dimensions,
    freshness_mart,
    further_figures,
    offer_events,
    promise_steps,
    testing,
)
from tasks.marts.mart import Mart

MARTS: Final[tuple[Mart, ...]] = (
    Mart(
        name="country_totals",
        model=figure_marts.CountryTotals,
        build=country_totals.country_totals,
        tables=country_totals.TABLES,
        is_by_source=True,
    ),
    Mart(
        name="promise_steps",
        model=figure_marts.PromiseSteps,
        build=promise_steps.promise_steps,
        tables=country_totals.TABLES,
        reads_alerts=True,
        is_by_source=True,
    ),
    Mart(
        name="offers",
        model=figure_marts.OfferEvents,
        build=offer_events.offer_events,
        tables=frozenset({"offers"}),
        is_by_source=True,
    ),
    Mart(
        name="allocation_ladder",
        model=figure_marts.AllocationLadder,
        build=allocation_ladder.allocation_ladder,
        tables=country_totals.TABLES | {"offers"},
    ),
    Mart(
        name="campaign_status",
        model=figure_marts.CampaignStatus,
        build=campaign_status.campaign_status,
        tables=campaign_status.TABLES,
        is_by_source=True,
    ),
    Mart(
        name="testing",
        model=evidence_marts.Testing,
        build=testing.testing,
        tables=frozenset({"tests"}),
        is_by_source=True,
    ),
    Mart(
        name="further_figures",
        model=further_marts.FurtherFigures,
        build=further_figures.further_figures,
        tables=further_figures.TABLES,
        is_by_source=True,
    ),
    Mart(
        name="changes_all",
        model=evidence_marts.ChangesAll,
        build=changes_all.changes_all,
        tables=changes_all.ALL_TABLES,
        is_by_source=True,
    ),
    Mart(
        name="freshness",
        model=evidence_marts.Freshness,
        build=freshness_mart.freshness,
        tables=freshness_mart.ALL_TABLES,
        is_by_source=True,
        follows_observations=True,
        of_the_run=frozenset({"state"}),
    ),
    Mart(
        name="compare_sources",
        model=evidence_marts.CompareSources,
        build=compare_sources.compare_sources,
        tables=country_totals.TABLES,
    ),
    Mart(
        name="alerts",
        model=evidence_marts.AlertList,
        build=alert_list.alert_list,
        tables=frozenset({"offers"}),
        reads_alerts=True,
    ),
    Mart(name="dim_country", model=dimension_marts.DimCountry, build=dim_country.countries),
    Mart(
        name="dim_product",
        model=dimension_marts.DimProduct,
        build=dimensions.products,
        declared=dimensions.declared_products,
    ),
    Mart(
        name="dim_source",
        model=dimension_marts.DimSource,
        build=dimensions.sources,
        declared=dimensions.declared_sources,
    ),
    Mart(name="dim_date", model=dimension_marts.DimDate, build=dimensions.days),
)
"""Every mart. One that is built from another comes after it."""
