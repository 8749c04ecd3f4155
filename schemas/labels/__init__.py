"""Label rules, class tables and their names."""
