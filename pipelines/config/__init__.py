"""Reading and checking a config."""
