"""Runs the pipeline on one machine: checks, lock, launch, progress, summary, prune."""
