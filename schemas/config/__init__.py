"""The config as frozen dataclasses, one per block of the YAML file."""
