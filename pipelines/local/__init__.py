"""The runner for one machine: checks, lock, launch, summary, pruning."""
