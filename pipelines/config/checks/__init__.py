"""Checks of a config across its blocks, one module a subject."""
