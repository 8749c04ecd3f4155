"""LabelValidator: a label policy accepts every row, or rejects it for one reason."""
