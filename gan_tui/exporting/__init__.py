"""A run's numbers in other programs' forms."""
