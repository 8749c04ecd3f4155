"""One label source a module, and the table of them."""
