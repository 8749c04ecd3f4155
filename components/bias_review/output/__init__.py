"""The review's files: page, card, CSV and JSON."""
