"""The config as frozen dataclasses, one a block of the YAML file."""
