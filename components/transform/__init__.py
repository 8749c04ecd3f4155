"""The one graph that training and serving share: decode, scale, label index."""
