"""A report: the value, its fields, and its JSON."""
