"""Stops the run, in words, where the statistics break the schema; hands the schema on where not."""
