"""Which articles tell the same story: clusters of near-identical texts."""
