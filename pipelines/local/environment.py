"""Settings that TensorFlow reads from the environment, while it is imported."""

import os


def set_environment() -> None:
    """Set them for this process and its children; before TensorFlow is imported.

    oneDNN's kernels are on by themselves only where a processor has AVX-512 or AMX. Without, on an
    AMD EPYC, a training step takes a third less time with them (DECISIONS.md). They round
    differently; who needs the other rounding sets TF_ENABLE_ONEDNN_OPTS=0.
    """
    os.environ["TF_USE_LEGACY_KERAS"] = "0"  # TFT would set it to 1 for child processes.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
