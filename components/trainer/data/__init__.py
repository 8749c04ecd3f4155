"""From shards of examples to training batches."""
