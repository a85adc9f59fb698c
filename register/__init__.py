"""The ground floor: the nouns as typed models, and the one SQLite file they live in."""
