"""Initial weights: ImageNet, an earlier model, a file."""
