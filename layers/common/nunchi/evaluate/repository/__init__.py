"""All SQL of this stage: reactions, base rates, evaluations, records, grades and ratings."""
