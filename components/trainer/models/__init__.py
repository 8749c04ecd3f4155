"""The model zoo: one file an architecture family, one table of builders in `zoo.py`."""
