"""What data is: label rules, class tables, records, features, the config and the TFDV schema."""

from typing import Any

_ARTIFACTS = ("Manifest", "Rejects", "LabelReport", "ImageReport", "ReviewPage")


def __getattr__(name: str) -> Any:
    """Give an artifact type by the name that Kubeflow uses; they need tfx, so only when asked."""
    if name in _ARTIFACTS:
        from schemas import artifacts

        return getattr(artifacts, name)
    raise AttributeError(f"module 'schemas' has no attribute {name!r}")
