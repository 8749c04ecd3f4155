"""Stops the run if the statistics break the schema; otherwise passes the schema on."""
