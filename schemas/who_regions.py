"""WHO regions by country: one constant list.

As in `WHO-COVID-19-global-data.csv` of the World Health Organization, 30 January 2025 (CC BY 4.0);
the codes in their order. Territories that the file sets in no region have none here.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

REGIONS: Final[Mapping[str, str]] = {
    "AFRO": (
        "AGO BDI BEN BFA BWA CAF CIV CMR COD COG COM CPV DZA ERI ETH GAB GHA GIN GMB GNB GNQ "
        "KEN LBR LSO MDG MLI MOZ MRT MUS MWI NAM NER NGA RWA SEN SLE SSD STP SWZ SYC TCD TGO "
        "TZA UGA ZAF ZMB ZWE"
    ),
    "AMRO": (
        "ABW AIA ARG ATG BES BHS BLZ BMU BOL BRA BRB CAN CHL COL CRI CUB CUW CYM DMA DOM ECU "
        "GRD GTM GUY HND HTI JAM KNA LCA MEX MSR NIC PAN PER PRI PRY SLV SUR SXM TCA TTO URY "
        "USA VCT VEN VGB VIR"
    ),
    "EMRO": (
        "AFG ARE BHR DJI EGY IRN IRQ JOR KWT LBN LBY MAR OMN PAK PSE QAT SAU SDN SOM SYR TUN YEM"
    ),
    "EURO": (
        "ALB AND ARM AUT AZE BEL BGR BIH BLR CHE CYP CZE DEU DNK ESP EST FIN FRA GBR GEO GRC "
        "GRL HRV HUN IRL ISL ISR ITA KAZ KGZ LTU LUX LVA MCO MDA MKD MLT MNE NLD NOR POL PRT "
        "ROU RUS SMR SRB SVK SVN SWE TJK TKM TUR UKR UZB XKX"
    ),
    "SEARO": ("BGD BTN IDN IND LKA MDV MMR NPL PRK THA TLS"),
    "WPRO": (
        "ASM AUS BRN CHN COK FJI FSM GUM JPN KHM KIR KOR LAO MHL MNG MNP MYS NCL NIU NRU NZL "
        "PHL PLW PNG PYF SGP SLB TKL TON TUV VNM VUT WLF WSM"
    ),
}
"""The countries of each region, by the name of its office."""


@cache
def who_regions() -> Mapping[str, str]:
    """Return the WHO region by ISO 3166-1 alpha-3 code.

    >>> who_regions()["PRK"], who_regions().get("VAT")
    ('SEARO', None)
    """
    return {iso3: region for region, codes in REGIONS.items() for iso3 in codes.split()}
