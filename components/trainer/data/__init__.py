"""Training batches from shards of examples."""
