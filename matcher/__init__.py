"""Reads notices for social clauses, and ranks lots for each enterprise."""
