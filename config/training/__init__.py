"""A small training set for the ranker, written for the project: invented enterprises, tenders and grades."""
