"""Chooses the epochs of the last training of a cross-validation from the folds' models."""
