"""One YAML file a clause: what it is, its law, its patterns, its look-alikes and examples."""
