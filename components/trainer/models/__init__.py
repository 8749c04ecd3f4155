"""The model zoo: one file an architecture family, found by its row in schemas/zoo.py."""
