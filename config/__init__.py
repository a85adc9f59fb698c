"""What can be set and what is known: settings, places, CPV, trades, clauses, sources."""
