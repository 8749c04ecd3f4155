"""Environment variables of every process that runs steps, on a laptop and on a cluster."""

import os
import tempfile


def set_environment() -> None:
    """Set TensorFlow's variables for this process and its children, before it is imported.

    TensorFlow uses oneDNN by default only on processors with AVX-512 or AMX. On an AMD EPYC
    without, oneDNN shortens a training step by a third (DECISIONS.md). Its rounding differs;
    TF_ENABLE_ONEDNN_OPTS=0 disables it.

    A user number without a name, as containers have, has no home folder; libraries look for one.
    """
    if os.path.expanduser("~") == "~":
        os.environ["HOME"] = tempfile.gettempdir()
    os.environ["TF_USE_LEGACY_KERAS"] = "0"  # TFT would set it to 1 for child processes.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
