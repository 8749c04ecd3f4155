"""Decides from the predictions on held-out folds whether a model may be used, and reports why."""
