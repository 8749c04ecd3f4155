"""Copies a blessed model to the serving folder."""
