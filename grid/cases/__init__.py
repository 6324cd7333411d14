"""The case engine: commands in, events out, a case is the fold of its events."""
