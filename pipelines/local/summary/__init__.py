"""The summary printed at the end of a run."""
