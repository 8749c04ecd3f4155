"""Chooses how long the last model of a cross-validation trains, from the models of the folds."""
