"""`nunchi replay`: stored history put to arms again, and how they would have done."""
