"""Country pages: a country's promises, doses, tests and alerts, as page, pictures, data, embeds."""
