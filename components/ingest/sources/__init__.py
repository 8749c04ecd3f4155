"""Data sets: the table of them, and the modules that read them."""
