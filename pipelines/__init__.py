"""Wiring: the pipeline, its runners, the command line, shipped configs and the drawn demo data."""
