"""Decide from per-face predictions of held-out folds whether a model may be used, and show why."""
