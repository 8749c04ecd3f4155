"""`facefold --version`: versions and devices for a bug report, without heavy imports."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("facefold", "tensorflow", "keras", "tfx", "apache-beam")
_NVIDIA_GPUS = Path("/proc/driver/nvidia/gpus")  # Of the kernel driver: one folder per GPU.


def describe() -> str:
    """One line per fact."""
    facts = {name: _version(name) for name in _PACKAGES}
    facts["python"] = platform.python_version()
    facts["platform"] = platform.platform()
    facts["cpus"] = str(len(os.sched_getaffinity(0)))
    facts["gpus"] = find_gpus(_NVIDIA_GPUS)
    return "\n".join(f"{name:<12}{fact}" for name, fact in facts.items())


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def find_gpus(folder: Path) -> str:
    """NVIDIA GPUs by model, from the driver's files; TensorFlow may see fewer."""
    try:
        models = [_model(file.read_text()) for file in sorted(folder.glob("*/information"))]
    except OSError as error:
        return f"unknown ({folder}: {error.strerror})"
    return ", ".join(models) or f"none (no GPU in {folder})"


def _model(information: str) -> str:
    lines = (line.partition(":") for line in information.splitlines())
    return next((text.strip() for key, _, text in lines if key == "Model"), "unnamed")
