"""Which countries have a page."""

from tasks.site.country.country_content import country_contents
from tasks.site.site_content import SiteContent


def listed_countries(content: SiteContent) -> list[str]:
    """Return the ISO 3166-1 alpha-3 codes of the countries that have a page, sorted."""
    return [one.iso3 for one in country_contents(content)]
