"""The list of products: canonical names, what publishers call them, who makes them and how.

Canonical is WHO's preferred name, as UNICEF's dashboard prints it, and the brand alone for the two
vaccines that the Serum Institute of India makes under licence. A name that vaccines of one maker
share is not listed; "Sinopharm" is, since COVAX has had that of its Beijing institute alone.
`source` is the list of WHO in which to look a vaccine up; the eleven that had an emergency use
listing by December 2022 were compared with published copies of that list, the others with none.
"""

from typing import Final, Literal, NamedTuple

PRODUCT: Final = "product"
PUBLISHED: Final = "product_published"
"""The canonical column of a product, and the one with the publisher's own word beside it."""
Platform = Literal["mRNA", "viral vector", "inactivated", "protein subunit"]
EUL: Final = "WHO, Status of COVID-19 vaccines within the EUL/PQ evaluation process"
LANDSCAPE: Final = "WHO, COVID-19 vaccine tracker and landscape"


class Product(NamedTuple):
    """One vaccine. `aliases`: what else publishers call it, after semicolons."""

    product: str
    maker: str
    platform: Platform
    source: str
    aliases: str


PRODUCTS: Final[tuple[Product, ...]] = (
    Product(
        "AstraZeneca - Vaxzevria",
        "AstraZeneca, with the University of Oxford",
        "viral vector",
        EUL,
        "AstraZeneca; AZ; Vaxzevria; AZD1222; AstraZeneca - AZD1222; Oxford/AstraZeneca; "
        "Oxford-AstraZeneca; AstraZeneca/Oxford",
    ),
    Product(
        "Covishield",
        "Serum Institute of India",
        "viral vector",
        EUL,
        "SII - Covishield; SII/Covishield; SII-AstraZeneca; AZ-SII; AstraZeneca - SII; SII AZ",
    ),
    Product(
        "Covovax",
        "Serum Institute of India",
        "protein subunit",
        EUL,
        "SII - Covovax; SII - Covavax; SII/Covovax; Covavax",
    ),
    Product(
        "Novavax - Nuvaxovid",
        "Novavax",
        "protein subunit",
        EUL,
        "Novavax; Nuvaxovid; NVX-CoV2373; Novavax/Nuvaxovid",
    ),
    Product(
        "Pfizer BioNTech - Comirnaty",
        "Pfizer and BioNTech",
        "mRNA",
        EUL,
        "Pfizer; Pfizer BioNTech; Pfizer/BioNTech; Comirnaty; BNT162b2; Pfizer - Comirnaty",
    ),
    Product(
        "Moderna - Spikevax",
        "Moderna",
        "mRNA",
        EUL,
        "Moderna; Spikevax; mRNA-1273; Moderna - mRNA-1273",
    ),
    Product(
        "Janssen - Ad26.COV 2.S",
        "Janssen (Johnson & Johnson)",
        "viral vector",
        EUL,
        "Janssen; J&J; Johnson & Johnson; Ad26.COV2.S; Janssen - Ad26.COV 2.5; Jcovden; "
        "Johnson & Johnson/Janssen; Janssen (J&J)",
    ),
    Product(
        "Sinopharm (Beijing) - BBIBP-CorV",
        "Beijing Institute of Biological Products (Sinopharm)",
        "inactivated",
        EUL,
        "Sinopharm; BBIBP-CorV; Sinopharm (Beijing); Sinopharm/Beijing; Sinopharm BIBP; Covilo; "
        "Beijing CNBG - BBIBP-CorV; Beijing CNBG - Inactivated",
    ),
    Product(
        "Sinopharm (Wuhan) - Inactivated",
        "Wuhan Institute of Biological Products (Sinopharm)",
        "inactivated",
        LANDSCAPE,
        "Sinopharm (Wuhan); Sinopharm/Wuhan; Wuhan CNBG - Inactivated",
    ),
    Product(
        "Sinovac - CoronaVac",
        "Sinovac",
        "inactivated",
        EUL,
        "Sinovac; CoronaVac; Sinovac/CoronaVac",
    ),
    Product(
        "BBIL - Covaxin",
        "Bharat Biotech",
        "inactivated",
        EUL,
        "Covaxin; BBV152; Bharat - Covaxin; Bharat Biotech - Covaxin",
    ),
    Product(
        "CanSino - CONVIDECIA",
        "CanSino Biologics",
        "viral vector",
        EUL,
        "Convidecia; Ad5-nCoV; CanSino - Ad5-nCOV",
    ),
    Product("SK Bio - SKYCovione", "SK bioscience", "protein subunit", EUL, "SKYCovione; GBP510"),
    Product(
        "Gamaleya - Sputnik V",
        "Gamaleya Research Institute",
        "viral vector",
        LANDSCAPE,
        "Sputnik V; Gam-Covid-Vac; Gamaleya - Gam-Covid-Vac",
    ),
    Product(
        "Gamaleya - Sputnik Light",
        "Gamaleya Research Institute",
        "viral vector",
        LANDSCAPE,
        "Sputnik Light",
    ),
    Product(
        "Anhui Zhifei - Zifivax",
        "Anhui Zhifei Longcom",
        "protein subunit",
        LANDSCAPE,
        "Zifivax; ZF2001; RBD-Dimer; Anhui ZL - Recombinant; Anhui ZL - Zifivax",
    ),
    Product(
        "CIGB - Abdala",
        "Center for Genetic Engineering and Biotechnology, Cuba",
        "protein subunit",
        LANDSCAPE,
        "Abdala; CIGB-66; CIGB - CIGB-66",
    ),
    Product(
        "Soberana 2",
        "Finlay Vaccine Institute",
        "protein subunit",
        LANDSCAPE,
        "Soberana 02; Finlay - Soberana 2; Finlay - Soberana 02; FINLAY-FR-2",
    ),
    Product(
        "CovIran Barekat",
        "Shifa Pharmed",
        "inactivated",
        LANDSCAPE,
        "COVIran Barakat; Shifa - COVIran Barekat; Shifa - COVIran Barakat",
    ),
    Product(
        "Razi Cov Pars",
        "Razi Vaccine and Serum Research Institute",
        "protein subunit",
        LANDSCAPE,
        "Razi - Cov Pars",
    ),
    Product(
        "Medigen - MVC-COV1901",
        "Medigen Vaccine Biologics",
        "protein subunit",
        LANDSCAPE,
        "MVC-COV1901; Medigen",
    ),
    Product("Chumakov - Covi-Vac", "Chumakov Centre", "inactivated", LANDSCAPE, "CoviVac"),
    Product("Turkovac", "Health Institutes of Türkiye", "inactivated", LANDSCAPE, "ERUCOV-VAC"),
    Product(
        "RIBSP - QazCovid",
        "Research Institute for Biological Safety Problems, Kazakhstan",
        "inactivated",
        LANDSCAPE,
        "QazVac; QazCovid-in; RIBSP - QazVac",
    ),
)
"""A new name of a known vaccine belongs into its aliases, a new vaccine into a line of its own."""
