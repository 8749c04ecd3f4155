"""Trains a model of the zoo on the training folds, and exports it with its graph."""
