"""The run folder: layout, lock, recovery, pruning."""
