"""Names that Kubernetes and Kubeflow accept."""

import re

from schemas.config.blocks import Config
from schemas.errors import ConfigError

MAX_NAME = 63  # Of an RFC 1123 label.
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# Of the OCI distribution specification: [host[:port]/]path[:tag][@digest].
_LETTERS = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = rf"{_LETTERS}(?:\.{_LETTERS})*"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_IMAGE = re.compile(
    rf"(?:{_HOST}(?::[0-9]{{1,5}})?/)?{_PART}(?:/{_PART})*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)
_MAX_IMAGE = 255  # Characters of its name, by the same specification.


def task_name(node: str) -> str:
    """The task of a node: `Trainer_fold_0` becomes `trainer-fold-0`.

    Argo, which runs the tasks, accepts no `_`; Kubernetes accepts no capitals in names of pods.
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", "-", node).lower()


def check_name(config: Config) -> None:
    """The run's name can name a KFP pipeline. Raises ConfigError, with one that could, if not."""
    if not is_label(config.name):
        raise ConfigError(
            f"name is {config.name!r}, expected 1 to {MAX_NAME} lower-case letters, digits and "
            f"'-' for a Kubeflow pipeline. Set another, such as name={_label(config.name)}."
        )


def check_image(key: str, image: str) -> None:
    """Raise ConfigError, with a name that would do, if the text names no container image."""
    if not _IMAGE.fullmatch(image) or len(image) > _MAX_IMAGE:
        raise ConfigError(
            f"{key} is {image!r}, expected a container image such as registry.org/facefold:0.1.0. "
            f"Set another, such as {_image(image)}."
        )


def is_label(name: str) -> bool:
    """Whether a name is an RFC 1123 label."""
    return _LABEL.fullmatch(name) is not None


def _label(name: str) -> str:
    """A name that would do."""
    words = re.sub(r"[^a-z0-9]+", "-", task_name(name)).strip("-")
    return words[:MAX_NAME].strip("-") or "facefold"


def _image(image: str) -> str:
    """An image reference that would do."""
    wanted = re.sub(r"[^a-z0-9:/._@-]+", "-", image.lower()).strip("-/.:@")
    return wanted if _IMAGE.fullmatch(wanted) and len(wanted) <= _MAX_IMAGE else "facefold:0.1.0"
