"""What the house has fixed: categories, rules, limits, calendar, responsibilities, as one value."""
