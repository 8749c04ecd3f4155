"""Reads, checks, decodes and resizes the accepted faces into TFRecord shards, a split per fold."""
