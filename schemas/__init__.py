"""Data definitions: label rules, class tables, records, features, config, the TFDV schema."""

from typing import Any

_ARTIFACTS = ("Manifest", "Rejects", "LabelReport", "ImageReport", "ReviewPage")


def __getattr__(name: str) -> Any:
    """Import an artifact type on first use, as it needs TFX; Kubeflow imports it by this name."""
    if name in _ARTIFACTS:
        from schemas import artifacts

        return getattr(artifacts, name)
    raise AttributeError(f"module 'schemas' has no attribute {name!r}")
