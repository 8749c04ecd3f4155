"""TFMA on the held-out fold: slices, thresholds, and every face's prediction for the review."""
