"""Spiders: one file a source."""
