"""Beam runners of the steps: their options, and jobs on a cluster that end with the run."""
