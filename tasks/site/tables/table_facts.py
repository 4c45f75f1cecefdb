"""What the pages of one table are made of, each read once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from schemas.alerts import Alert
from schemas.source import Source
from tasks.marts.builders.country_totals import TABLES
from tasks.site.alert_lines import standing
from tasks.site.change_lines import worst_first
from tasks.site.site_content import SiteContent
from tasks.site.tables.figure_steps import LINE, by_country, figure_steps
from tasks.vault.manifest import Retraction, Vintage
from tasks.vault.vault_reader import VaultReader


@dataclass(kw_only=True)
class TableFacts:
    """One table of one source. `content`: of the site. `source`: its declaration."""

    content: SiteContent
    source: Source
    table: str

    @property
    def dataset(self) -> str:
        """The name of the dataset."""
        return f"{self.source.name}.{self.table}"

    @property
    def vault(self) -> VaultReader:
        """The vault of the source."""
        return self.content.vaults[self.source.name]

    @cached_property
    def vintages(self) -> Sequence[Vintage]:
        """Its versions, oldest first, held ones included."""
        return self.vault.vintages(self.table)

    @cached_property
    def accepted(self) -> Sequence[Vintage]:
        """Its versions that are not held, oldest first."""
        return [one for one in self.vintages if not one.held]

    @cached_property
    def changed(self) -> Sequence[Vintage]:
        """Its versions that changed a row, oldest first."""
        return [one for one in self.vintages if one.tables[self.table].is_new]

    @cached_property
    def shown(self) -> Vintage:
        """The version that `latest` shows."""
        return self.vault.shown(self.table)

    @cached_property
    def retracted(self) -> Mapping[str, tuple[Vintage, Retraction]]:
        """Its versions that are retracted, with the decision that holds, by id."""
        head = self.vault.head
        decisions = {one.id: one for one in head.retractions} if head else {}
        return {
            name: (vintage, decisions[name])
            for name, vintage in self.vault.retracted.items()
            if self.table in vintage.tables
        }

    @cached_property
    def steps(self) -> pl.DataFrame:
        """The steps of its figures, see `figure_steps`."""
        return figure_steps(
            self.content, self.vault, self.table, [one.as_of for one in self.accepted]
        )

    @cached_property
    def ordered_steps(self) -> pl.DataFrame:
        """The steps of its figures, by the name of the country, then by part and measure."""
        return by_country(self.steps)

    @cached_property
    def figure_origins(self) -> list[object]:
        """What the steps of its figures follow from, as far as it may change."""
        mart = "country_totals" if self.table in TABLES else "further_figures"
        sums = self.content.row_sums(mart, "dataset").get((self.dataset,))
        return [[one.as_of for one in self.accepted], sums]

    @cached_property
    def figures(self) -> pl.DataFrame:
        """The last step of each line, in that order: what the newest accepted version shows."""
        return self.ordered_steps.unique(LINE, keep="last", maintain_order=True)

    @cached_property
    def change_hashes(self) -> Mapping[str, Sequence[int]]:
        """A hash of the changes of its figures, by the id of the version that shows them."""
        sums = self.content.change_sums
        return {
            name: numbers for (dataset, name), numbers in sums.items() if dataset == self.dataset
        }

    @cached_property
    def changes(self) -> Mapping[str, pl.DataFrame]:
        """The changes of its figures, the worst first, by the id of the version that shows them."""
        rows = worst_first(self.content.part("changes_all", "dataset", self.dataset))
        parts = rows.partition_by("vintage_id", as_dict=True, maintain_order=True)
        return {str(name): part for (name,), part in parts.items()}

    @cached_property
    def alerts(self) -> Sequence[Alert]:
        """The alerts on it that stand, the worst first."""
        return standing(one for one in self.content.alerts if one.dataset == self.dataset)
