"""Copies a blessed model to where it is served from; an unblessed one goes nowhere."""
