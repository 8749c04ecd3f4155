"""The curated TFDV schema of the examples."""
