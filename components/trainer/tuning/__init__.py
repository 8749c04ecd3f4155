"""The hyperparameter sweep."""
